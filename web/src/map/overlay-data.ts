import { circleLine, circleRings } from '../../../src/geo/circle.js';
import type { Box, Candidate, Coverage, LocateAnswer } from '../api/types.js';
import { candidateKey, type HintShape, type Spot } from './overlay.js';

/** What the map's own layers draw, as GeoJSON by source. */
export interface OverlayData {
  readonly heat: GeoJSON.FeatureCollection;
  readonly circles: GeoJSON.FeatureCollection;
  readonly spots: GeoJSON.FeatureCollection;
  readonly candidates: GeoJSON.FeatureCollection;
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
  const { clusters, alone } = parted(shown.coverage);
  return {
    heat: collection(
      (shown.answer?.posterior ?? []).map(({ point, probability }) => dot([point.lon, point.lat], { probability })),
    ),
    circles: collection(candidates.flatMap(circlesOf)),
    spots: collection([
      ...[...neighbours, ...shown.spots].map(({ id, point }) => dot([point.lon, point.lat], { key: id })),
      ...alone,
    ]),
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
    coverage: collection(clusters),
    hint: collection(hintFeatures(shown.hint)),
  };
}

/** A cluster of one photo is that photo. */
function parted(coverage: Coverage | null) {
  const [clusters, alone]: [GeoJSON.Feature[], GeoJSON.Feature[]] = [[], []];
  for (const { id, geometry, properties } of coverage?.features ?? []) {
    const { count, reference_id } = properties;
    const at = [...geometry.coordinates];
    if (reference_id === null) clusters.push(dot(at, { key: id, count, label: short(count) }));
    else alone.push(dot(at, { key: reference_id }));
  }
  return { clusters, alone };
}

/** Of each circle its area, and its line apart: the area's own edge would run along the edge of the map too. */
function circlesOf({ point, radius_50_km, radius_90_km }: Candidate, i: number): GeoJSON.Feature[] {
  return [radius_90_km, radius_50_km].flatMap((km, j) => {
    const properties = { candidate: i, inner: j === 1 };
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
