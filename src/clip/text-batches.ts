import { present } from '../domain/present.js';

/**
 * How the first dimension of `input_ids` is called in graphs that pack texts (import/graph/packed-texts.ts) and give each of
 * a batch what they give it alone, however rounded they are and whatever fills up its row.
 */
export const TEXTS_DIM = 'texts';

/** Tokens of a run at most, shared or not: memory of a packed run grows with their square. */
const PACKED_TOKENS_MAX = 1024;
/** As many are in a lot of a caption set; 128 take longer each. */
const PACKED_TEXTS_MAX = 64;

/**
 * Which texts share a run of a graph that packs them: neighbours, of whatever length.
 *
 * @param lengths of the texts, in tokens
 * @returns positions in `lengths`, in runs
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

/** Texts of equal length share a run, `most` at most: they need no filling up, which any other graph would see. */
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

/** Rows of equal length one after another, filled up with their last tokens, which are behind their ends. */
export function filledUp(texts: readonly (readonly number[])[]): { readonly ids: number[]; readonly length: number } {
  const length = Math.max(0, ...texts.map((ids) => ids.length));
  const ids = texts.flatMap((text) => [...text, ...Array<number>(length - text.length).fill(present(text.at(-1)))]);
  return { ids, length };
}
