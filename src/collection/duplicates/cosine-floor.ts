import { present } from '../../domain/present.js';
import { cosine } from '../../domain/unit-vector.js';
import type { ReferenceReader } from '../../references/reader.js';

/** Photos of the index whose cosines tell how near strangers are to this model. */
const SAMPLE = 200;

/**
 * Least cosine of what may be the same picture: half-way between what strangers have in common for this model and
 * sameness. A fixed cosine would not do: CLIP's photos all lie in one cone, the pocket model's don't.
 */
export async function cosineFloor(reader: Pick<ReferenceReader, 'scan' | 'vectors'>): Promise<number> {
  const { references } = await reader.scan({ limit: SAMPLE });
  const vectors = [...(await reader.vectors(references.map(({ id }) => id))).values()];
  const half = vectors.length >> 1;
  // Far apart in the list, since neighbours in it may be frames of one walk.
  const cosines = vectors.slice(0, half).map((vector, i) => cosine(vector, present(vectors[i + half])));
  const strangers = cosines.sort((a, b) => a - b)[cosines.length >> 1] ?? 0;
  return strangers + (1 - strangers) / 2;
}
