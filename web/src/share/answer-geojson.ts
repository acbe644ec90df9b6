import type { Hints, LocateAnswer } from '../api/types.js';
import { circleRings } from '../map/geodesic.js';

/**
 * An answer as a GeoJSON FeatureCollection: candidates as points, their circles as polygons, neighbours as points; `kind`
 * says which is which.
 */
export function answerGeoJson(answer: LocateAnswer, hints: Hints): GeoJSON.FeatureCollection {
  const { model, calibrated, confident } = answer;
  const candidates = answer.candidates.flatMap(
    ({ point, probability, radius_50_km, radius_90_km, radius_is, place }, i) => {
      const rank = i + 1;
      return [
        at(point, { kind: 'candidate', rank, probability, radius_50_km, radius_90_km, radius_is, ...place }),
        area(circleRings(point, radius_50_km), { kind: 'circle', rank, holds: 0.5, radius_km: radius_50_km }),
        area(circleRings(point, radius_90_km), { kind: 'circle', rank, holds: 0.9, radius_km: radius_90_km }),
      ];
    },
  );
  const neighbours = answer.neighbours.map(({ id, score, point, source, captured_at }) =>
    at(point, { kind: 'neighbour', id, score, source, captured_at }),
  );
  return {
    type: 'FeatureCollection',
    features: [...candidates, ...neighbours],
    ...{ streetdex: { model, calibrated, confident, hints } },
  };
}

function at({ lat, lon }: { readonly lat: number; readonly lon: number }, properties: object): GeoJSON.Feature {
  return { type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties: { ...properties } };
}

/** RFC 7946 has the outer ring run counter-clockwise and holes clockwise. */
function area(rings: readonly (readonly [number, number])[][], properties: object): GeoJSON.Feature {
  const coordinates = rings.map((ring, i) => {
    const points = ring.map(([lon, lat]) => [Number(lon.toFixed(6)), Number(lat.toFixed(6))]);
    return signedArea(ring) > 0 === (i === 0) ? points : points.reverse();
  });
  return { type: 'Feature', geometry: { type: 'Polygon', coordinates }, properties: { ...properties } };
}

/** Positive for a ring that runs counter-clockwise. */
function signedArea(ring: readonly (readonly [number, number])[]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length] as readonly [number, number];
    return sum + x * nextY - nextX * y;
  }, 0);
}
