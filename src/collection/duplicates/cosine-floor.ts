import { present } from '../../domain/present.js';
import { cosine } from '../../domain/unit-vector.js';
import type { ReferenceReader } from '../../references/reader.js';

/** Sampled photos of the index, whose cosines show how similar strangers are to this model. */
const SAMPLE = 200;

/**
 * Least cosine of what may be the same picture: halfway between strangers' and 1. A fixed one would not do: CLIP's photos all
 * lie in one cone, the pocket model's do not.
 */
export async function cosineFloor(reader: Pick<ReferenceReader, 'scan' | 'vectors'>): Promise<number> {
  const { references } = await reader.scan({ limit: SAMPLE });
  const vectors = [...(await reader.vectors(references.map(({ id }) => id))).values()];
  const half = vectors.length >> 1;
  // Pairs far apart in the list, since neighbours in it may be frames of one walk.
  const cosines = vectors.slice(0, half).map((vector, i) => cosine(vector, present(vectors[i + half])));
  const strangers = cosines.sort((a, b) => a - b)[cosines.length >> 1] ?? 0;
  return strangers + (1 - strangers) / 2;
}
