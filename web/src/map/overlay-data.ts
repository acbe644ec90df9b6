import { circleLine, circleRings } from '../../../src/geo/circle.js';
import type { Box, Candidate, Coverage } from '../api/types.js';
import {
  candidateKey,
  type HintShape,
  photoMark,
  shownAnswer,
  shownAnswers,
  shownCoverage,
  shownHint,
  shownShares,
  shownSpots,
} from './overlay.js';
import { shareDots } from './share-cells.js';

/** The data of the page's layers, by source. Each function subscribes only to the signals it shows. */
export const OVERLAY_DATA = {
  heat: () =>
    collection(
      (shownAnswer.value?.posterior ?? []).map(({ point, probability }) =>
        dot([point.lon, point.lat], { probability }),
      ),
    ),
  circles: () => collection((shownAnswer.value?.candidates ?? []).flatMap(circlesOf)),
  answers: () =>
    collection(shownAnswers.value.map(({ photo, point }) => dot([point.lon, point.lat], { key: photoMark(photo) }))),
  spots: () => {
    const neighbours = shownAnswer.value?.neighbours ?? [];
    return collection([
      ...[...neighbours, ...shownSpots.value].map(({ id, point }) => dot([point.lon, point.lat], { key: id })),
      ...parted(shownCoverage.value).alone,
    ]);
  },
  candidates: () =>
    collection(
      (shownAnswer.value?.candidates ?? [])
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
  known: () => {
    const known = shownAnswer.value?.known ?? null;
    return collection(known === null ? [] : [dot([known.point.lon, known.point.lat], {})]);
  },
  shares: () => collection(shownShares.value === null ? [] : shareDots(shownShares.value)),
  coverage: () => collection(parted(shownCoverage.value).clusters),
  hint: () => collection(hintFeatures(shownHint.value)),
} as const satisfies Readonly<Record<string, () => GeoJSON.FeatureCollection>>;

/** A circle this wide means that the place is unknown; filled, it would only colour the map. */
const WIDE_KM = 750;

/** Coverage as clusters and spots: a cluster of one photo is that photo. */
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

/** Each circle as an area and a separate line: an area's outline would also run along the edge of the map. */
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

/** Always the same object, so that an empty source is seen to be unchanged. */
const NOTHING: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

const collection = (features: GeoJSON.Feature[]): GeoJSON.FeatureCollection =>
  features.length === 0 ? NOTHING : { type: 'FeatureCollection', features };

/** 1234 as `1.2k`. */
function short(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${Number((count / 1000).toPrecision(2))}k`;
  return `${Number((count / 1_000_000).toPrecision(2))}M`;
}
