import type { GeoPoint } from '../domain/geo-point.js';
import { distanceKm } from '../geo/distance.js';
import { round } from './describe-neighbour.js';
import type { NeighbourGroup } from './group-neighbours.js';
import type { Located } from './judge.js';
import type { WitnessAnswer } from './locate-answer.js';
import type { SupportPlace } from './support.js';
import { topIndicesInOrder } from './top-indices.js';

const WITNESSES_MAX = 5;
const SHARE_MIN = 0.05;

/** What a point rests on: positions of groups, and who they and the captions are. */
export interface Witnesses {
  readonly groups: readonly number[];
  /** Ids of the captions' places. */
  readonly captions: readonly string[];
  readonly described: readonly WitnessAnswer[];
}

/**
 * Who brings at least a twentieth of what neighbours, or captions, put on the point `at` of the support: at most 5 of
 * each, the strongest first, with their share of P_r, or of P_t, there. What is missing to 1 is of weaker witnesses and
 * of the part that P_r and P_t keep for what is not indexed, or has no caption.
 */
export function witnessesOf(at: number, located: Located): Witnesses {
  const { support, posterior, groups, notIndexed, profile } = located;
  const point = support.points[at] as GeoPoint;
  const n = support.points.length;
  const neighbours = strongest(column(posterior.groupShares, at, n));
  const places = strongest(column(posterior.placeShares, at, n));
  const share = (part: number, kept: number, side: Float64Array | null) =>
    round(((1 - kept) * part) / ((side?.[at] ?? 0) || 1), 4);
  const described = neighbours.map(({ i, part }): WitnessAnswer => {
    const { id, score, point: own } = (groups[i] as NeighbourGroup).representative;
    const weight = share(part, notIndexed, posterior.retrieval);
    return {
      kind: 'neighbour',
      id,
      share: weight,
      score: round(score, 6),
      distance_km: round(distanceKm(point, own), 3),
    };
  });
  const captions = new Map<string, WitnessAnswer>();
  for (const { i, part } of places) {
    const { place, rest } = support.places[i] as SupportPlace;
    const weight = share(part, profile.captions.floor, posterior.captions);
    const known = captions.get(place.id);
    captions.set(place.id, {
      kind: 'caption',
      id: place.id,
      share: round(weight + (known?.share ?? 0), 4),
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
  for (let i = 0; i < values.length; i++) values[i] = shares[i * n + at] as number;
  return values;
}

function strongest(shares: Float64Array): { readonly i: number; readonly part: number }[] {
  const least = SHARE_MIN * shares.reduce((a, b) => a + b, 0);
  return Array.from(topIndicesInOrder(shares, WITNESSES_MAX), (i) => ({ i, part: shares[i] as number })).filter(
    ({ part }) => part > 0 && part >= least,
  );
}
