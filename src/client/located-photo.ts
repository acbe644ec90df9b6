import { answerFeatures, type PlacedAnswer } from './answer-geojson.js';

/** A photo with its answer, or with why there is none: a line of CSV, features of GeoJSON. */
export interface LocatedPhoto {
  readonly file: string;
  readonly answer: PlacedAnswer | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export const CSV_HEAD = [
  'file',
  'lat',
  'lon',
  'probability',
  'radius_50_km',
  'radius_90_km',
  'place',
  'region',
  'country',
  'iso2',
  'confident',
  'spread',
  'verdict',
  'level',
  'headline',
  'known_lat',
  'known_lon',
  'known_from',
  'error_km',
  'error',
] as const;

/** The first candidate under the names of `CSV_HEAD`. */
export function csvRow({ file, answer, error }: LocatedPhoto): (string | number | boolean | null)[] {
  const best = answer?.candidates[0];
  if (!answer || !best) return [file, ...Array<null>(CSV_HEAD.length - 2).fill(null), error?.code ?? 'no_answer'];
  const { point, place } = best;
  return [
    file,
    point.lat,
    point.lon,
    best.probability,
    best.radius_50_km,
    best.radius_90_km,
    place.name,
    place.region,
    place.country,
    place.iso2,
    answer.confident,
    answer.spread,
    answer.verdict.word,
    answer.verdict.level,
    answer.verdict.headline,
    answer.known?.point.lat ?? null,
    answer.known?.point.lon ?? null,
    answer.known?.from ?? null,
    answer.known?.distance_km ?? null,
    null,
  ];
}

/** The answer's features, each with the photo's file; a failure is a feature without a place. */
export function photoFeatures({ file, answer, error }: LocatedPhoto): readonly unknown[] {
  if (!answer) return [{ type: 'Feature', geometry: null, properties: { kind: 'failure', file, error } }];
  return answerFeatures(answer, { file });
}
