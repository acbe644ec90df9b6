import type { Candidate, LocateAnswer, LocateFeatures } from '../api/types.js';
import { circleRings } from '../geo/circle.js';

type Feature = LocateFeatures['features'][number];

/** What of an answer is drawn: it may be without its evidence. */
export type PlacedAnswer = Pick<LocateAnswer, 'confident' | 'spread' | 'verdict' | 'known'> &
  Partial<Pick<LocateAnswer, 'neighbours' | 'posterior'>> & {
    readonly candidates: readonly Omit<Candidate, 'because'>[];
  };

/** An answer of `POST /v1/locate` as a GeoJSON FeatureCollection; what has no place stands beside the features. */
export function answerGeoJson(answer: LocateAnswer): LocateFeatures {
  const { candidates: _candidates, neighbours: _neighbours, posterior: _posterior, ...beside } = answer;
  return { type: 'FeatureCollection', features: answerFeatures(answer), ...beside };
}

/**
 * Candidates as points, their circles as polygons, the photo's known position, neighbours as points, and the posterior's
 * points where the answer has them; `kind` says which is which. A circle across 180° goes on beyond it.
 * @param about what every feature says besides, such as the photo's file
 */
export function answerFeatures(
  answer: PlacedAnswer,
  about: Readonly<Record<string, unknown>> = {},
): readonly Feature[] {
  const { confident, spread, verdict } = answer;
  const candidates = answer.candidates.flatMap(
    ({ point, probability, radius_50_km, radius_90_km, radius_is, place }, i) => {
      const rank = i + 1;
      const figures = {
        probability,
        radius_50_km,
        radius_90_km,
        radius_is,
        ...place,
        confident,
        spread,
        verdict: verdict.word,
        level: verdict.level,
      };
      return [
        at(point, { kind: 'candidate', ...about, rank, ...figures }),
        area(circleRings(point, radius_50_km), { kind: 'circle', ...about, rank, holds: 0.5, radius_km: radius_50_km }),
        area(circleRings(point, radius_90_km), { kind: 'circle', ...about, rank, holds: 0.9, radius_km: radius_90_km }),
      ];
    },
  );
  const neighbours = (answer.neighbours ?? []).map(({ point, ...neighbour }) =>
    at(point, { kind: 'neighbour', ...about, ...neighbour }),
  );
  const posterior = (answer.posterior ?? []).map(({ point, probability }) =>
    at(point, { kind: 'posterior', ...about, probability }),
  );
  const { known } = answer;
  const taken =
    known === null
      ? []
      : [at(known.point, { kind: 'known', ...about, from: known.from, distance_km: known.distance_km })];
  return [...candidates, ...taken, ...neighbours, ...posterior];
}

function at({ lat, lon }: { readonly lat: number; readonly lon: number }, properties: Feature['properties']): Feature {
  return { type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties };
}

const round6 = (degrees: number): number => Math.round(degrees * 1e6) / 1e6 + 0;

/** RFC 7946 has the outer ring run counter-clockwise, holes clockwise, and each end in the very point that it begins in. */
function area(rings: readonly (readonly [number, number])[][], properties: Feature['properties']): Feature {
  const coordinates = rings.map((ring, i) => {
    const open = ring.slice(0, -1).map(([lon, lat]) => [round6(lon), round6(lat)]);
    const points = [...open, ...open.slice(0, 1)];
    return signedArea(ring) > 0 === (i === 0) ? points : points.reverse();
  });
  return { type: 'Feature', geometry: { type: 'Polygon', coordinates }, properties };
}

/** Positive for a ring that runs counter-clockwise. */
function signedArea(ring: readonly (readonly [number, number])[]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length] ?? [x, y];
    return sum + x * nextY - nextX * y;
  }, 0);
}
