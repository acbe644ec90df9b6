import { circleLine, circleRings } from '../../../src/geo/circle.js';
import type { Box, Candidate, Coverage, LocateAnswer } from '../api/types.js';
import { candidateKey, type HintShape, type Spot } from './overlay.js';

/** What the map's own layers draw, as GeoJSON by source. */
export interface OverlayData {
  readonly heat: GeoJSON.FeatureCollection;
  readonly circles: GeoJSON.FeatureCollection;
  readonly spots: GeoJSON.FeatureCollection;
  readonly candidates: GeoJSON.FeatureCollection;
  readonly known: GeoJSON.FeatureCollection;
  readonly coverage: GeoJSON.FeatureCollection;
  readonly hint: GeoJSON.FeatureCollection;
}

export function overlayData(shown: {
  readonly answer: LocateAnswer | null;
  readonly spots: readonly Spot[];
  readonly coverage: Coverage | null;
  readonly hint: HintShape;
}): OverlayData {
  const candidates = shown.answer?.candidates ?? [];
  const neighbours = shown.answer?.neighbours ?? [];
  const known = shown.answer?.known ?? null;
  return {
    heat: collection(
      (shown.answer?.posterior ?? []).map(({ point, probability }) => dot([point.lon, point.lat], { probability })),
    ),
    circles: collection(candidates.flatMap(circlesOf)),
    spots: collection([...neighbours, ...shown.spots].map(({ id, point }) => dot([point.lon, point.lat], { key: id }))),
    candidates: collection(
      candidates
        .map(({ point, place }, i) =>
          dot([point.lon, point.lat], {
            key: candidateKey(i),
            candidate: i,
            number: `${i + 1}`,
            name: place.name ?? '',
          }),
        )
        .reverse(),
    ),
    known: collection(known === null ? [] : [dot([known.point.lon, known.point.lat], {})]),
    coverage: collection(
      (shown.coverage?.features ?? []).map(({ id, geometry, properties: { count } }) =>
        dot([...geometry.coordinates], { key: id, count, label: short(count) }),
      ),
    ),
    hint: collection(hintFeatures(shown.hint)),
  };
}

/** A circle as wide as this says that nobody knows: filled, it would only colour the map. */
const WIDE_KM = 750;

/** Of each circle its area, and its line apart: the area's own edge would run along the edge of the map too. */
function circlesOf({ point, radius_50_km, radius_90_km }: Candidate, i: number): GeoJSON.Feature[] {
  return [radius_90_km, radius_50_km].flatMap((km, j) => {
    const properties = { candidate: i, inner: j === 1, wide: km > WIDE_KM };
    return [
      { type: 'Feature', geometry: { type: 'Polygon', coordinates: circleRings(point, km) }, properties },
      { type: 'Feature', geometry: { type: 'LineString', coordinates: circleLine(point, km) }, properties },
    ];
  });
}

function hintFeatures({ box, circle }: HintShape): GeoJSON.Feature[] {
  const polygon = (coordinates: [number, number][][]): GeoJSON.Feature => ({
    type: 'Feature',
    geometry: { type: 'Polygon', coordinates },
    properties: {},
  });
  return [
    ...(box ? [polygon([boxRing(box)])] : []),
    ...(circle ? [polygon(circleRings(circle.centre, circle.km))] : []),
  ];
}

/** A box whose west is east of its east crosses 180°. */
function boxRing([west, south, east, north]: Box): [number, number][] {
  const right = east < west ? east + 360 : east;
  return [
    [west, south],
    [right, south],
    [right, north],
    [west, north],
    [west, south],
  ];
}

const dot = (coordinates: number[], properties: Record<string, unknown>): GeoJSON.Feature => ({
  type: 'Feature',
  geometry: { type: 'Point', coordinates },
  properties,
});

const collection = (features: GeoJSON.Feature[]): GeoJSON.FeatureCollection => ({
  type: 'FeatureCollection',
  features,
});

/** 1234 as `1.2k`. */
function short(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${Number((count / 1000).toPrecision(2))}k`;
  return `${Number((count / 1_000_000).toPrecision(2))}M`;
}
