import type { Candidate } from '../api/types.js';
import { present } from '../domain/present.js';
import { distanceKm } from '../geo/distance.js';
import type { Located } from './judge.js';
import { round } from './round.js';
import { topIndicesInOrder } from './top-indices.js';

const WITNESSES_MAX = 5;
const SHARE_MIN = 0.05;

type Witness = Candidate['because']['witnesses'][number];

/** What a point rests on: positions of groups, and who they and the captions are. */
export interface Witnesses {
  readonly groups: readonly number[];
  /** Ids of the captions' places. */
  readonly captions: readonly string[];
  readonly described: readonly Witness[];
}

/**
 * Who brings at least a twentieth of P_r, or of P_t, at the point `at` of the support: at most 5 of each, the strongest
 * first. What is missing to 1 is of weaker witnesses and of the part that P_r and P_t keep for what is not indexed, or
 * has no caption: where that is nearly all, nobody is a witness.
 */
export function witnessesOf(at: number, located: Located): Witnesses {
  const { support, posterior, groups, notIndexed, profile } = located;
  const point = present(support.points[at]);
  const n = support.points.length;
  const sharesOf = (shares: Float64Array, kept: number, side: Float64Array | null) =>
    side === null ? [] : strongest(column(shares, at, n).map((part) => ((1 - kept) * part) / present(side[at])));
  const neighbours = sharesOf(posterior.groupShares, notIndexed, posterior.retrieval);
  const places = sharesOf(posterior.placeShares, profile.captions.floor, posterior.captions);
  const described = neighbours.map(({ i, share }): Witness => {
    const { id, score, point: own } = present(groups[i]).representative;
    return {
      kind: 'neighbour',
      id,
      share: round(share, 4),
      score: round(score, 6),
      distance_km: round(distanceKm(point, own), 3),
    };
  });
  const captions = new Map<string, Witness>();
  for (const { i, share } of places) {
    const { place, rest } = present(support.places[i]);
    const known = captions.get(place.id);
    captions.set(place.id, {
      kind: 'caption',
      id: place.id,
      share: round(share + (known?.share ?? 0), 4),
      score: null,
      // What is left of a country beside its cities is no point.
      distance_km: rest && place.level === 'country' ? null : round(distanceKm(point, place.point), 3),
    });
  }
  return {
    groups: neighbours.map(({ i }) => i),
    captions: [...captions.keys()],
    described: [...described, ...captions.values()],
  };
}

function column(shares: Float64Array, at: number, n: number): Float64Array {
  const values = new Float64Array(shares.length / n);
  for (let i = 0; i < values.length; i++) values[i] = present(shares[i * n + at]);
  return values;
}

function strongest(shares: Float64Array): { readonly i: number; readonly share: number }[] {
  return Array.from(topIndicesInOrder(shares, WITNESSES_MAX), (i) => ({ i, share: present(shares[i]) })).filter(
    ({ share }) => share >= SHARE_MIN,
  );
}
