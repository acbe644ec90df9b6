import { present } from '../domain/present.js';

/**
 * Name of the first dimension of `input_ids` in graphs that pack texts (import/graph/packed-texts.ts). These give each text of
 * a batch the embedding that it has alone, whatever the precision and the padding.
 */
export const TEXTS_DIM = 'texts';

/** Most tokens of a run, shared or not: the memory of a packed run grows with their square. */
const PACKED_TOKENS_MAX = 1024;
/** Most texts of a run: a caption set commits as many at a time; with 128 each takes longer. */
const PACKED_TEXTS_MAX = 64;

/**
 * Divides texts among runs of a graph that packs them: neighbours, of whatever length.
 *
 * @param lengths the texts' lengths, in tokens
 * @returns indices into `lengths`, by run
 */
export function packedBatches(lengths: readonly number[]): number[][] {
  const batches: number[][] = [];
  let batch: number[] = [];
  let longest = 0;
  for (const [i, length] of lengths.entries()) {
    longest = Math.max(longest, length);
    if (batch.length === PACKED_TEXTS_MAX || longest * (batch.length + 1) > PACKED_TOKENS_MAX) {
      if (batch.length > 0) batches.push(batch);
      batch = [];
      longest = length;
    }
    batch.push(i);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/**
 * Texts of equal length share a run, at most `most`: they need no padding, which would change the embeddings of other graphs.
 */
export function equalBatches(lengths: readonly number[], most: number): number[][] {
  const byLength = new Map<number, number[]>();
  for (const [i, length] of lengths.entries()) {
    const alike = byLength.get(length);
    if (alike) alike.push(i);
    else byLength.set(length, [i]);
  }
  const batches: number[][] = [];
  for (const alike of byLength.values()) {
    for (let from = 0; from < alike.length; from += most) batches.push(alike.slice(from, from + most));
  }
  return batches;
}

/** Rows of equal length, one after the other, padded with copies of their last tokens, which come after their ends. */
export function filledUp(texts: readonly (readonly number[])[]): { readonly ids: number[]; readonly length: number } {
  const length = Math.max(0, ...texts.map((ids) => ids.length));
  const ids = texts.flatMap((text) => [...text, ...Array<number>(length - text.length).fill(present(text.at(-1)))]);
  return { ids, length };
}
