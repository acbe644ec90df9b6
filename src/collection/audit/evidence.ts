import { present } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import type { Locator } from '../../locate/locator.js';
import { retrievalWeights } from '../../locate/retrieve.js';
import type { ReferenceFilter } from '../../references/reader.js';

/** What the rest of an index and the captions say of where a photo was taken, without looking at where it is said to be. */
export interface PlaceEvidence {
  /** Groups of neighbours, three numbers each: latitude, longitude, weight. Weights sum to 1, or there is none. */
  readonly groups: Float32Array;
  /** The captions' probability of each country, in the order of `AuditGround.countries`; empty without captions. */
  readonly countries: Float32Array;
}

/** @param filter whose `exclude` names what may not speak for the photo */
export async function gatherEvidence(
  locator: Locator,
  vector: UnitVector,
  filter: ReferenceFilter,
): Promise<PlaceEvidence> {
  const query = { vector, filter };
  const retrieved = await locator.retrieve(query);
  const cosines = retrieved.groups.map(({ representative }) => representative.score);
  const weights = cosines.length === 0 ? [] : retrievalWeights(cosines, locator.profile.retrieval);
  const groups = retrieved.groups.flatMap(({ representative: { point } }, i) => [
    ...[point.lat, point.lon],
    present(weights[i]),
  ]);
  const scores = locator.scoreCaptions(query, retrieved);
  return { groups: Float32Array.from(groups), countries: Float32Array.from(scores?.countries ?? []) };
}

/** As bytes, to be kept. */
export function packEvidence({ groups, countries }: PlaceEvidence): Buffer {
  const all = Float32Array.from([groups.length, ...groups, ...countries]);
  return Buffer.from(all.buffer);
}

export function unpackEvidence(bytes: Uint8Array): PlaceEvidence {
  const all = new Float32Array(Uint8Array.from(bytes).buffer);
  const end = 1 + present(all[0]);
  return { groups: all.subarray(1, end), countries: all.subarray(end) };
}
