import type { Hints } from '../api/types.js';
import { coordinates, kilometres } from './format.js';
import { countryName, t } from './language.js';

/** Of the places that a circle of two standard deviations means, 86 % lie within it. */
export const SIGMAS = 2;

/** Every hint in words, for an answer that leaves the page: it is another one without them. */
export function hintWords({ country = [], exclude_country = [], bbox, exclude_bbox, near }: Hints): readonly string[] {
  const text = t.value.hints;
  const corners = ([west, south, east, north]: NonNullable<Hints['bbox']>) =>
    `${coordinates({ lat: south, lon: west })} – ${coordinates({ lat: north, lon: east })}`;
  return [
    ...country.map((code) => `${text.country} ${countryName(code)}`),
    ...exclude_country.map((code) => `${text.notCountry} ${countryName(code)}`),
    ...(bbox ? [`${text.box} ${corners(bbox)}`] : []),
    ...(exclude_bbox ? [`${text.notBox}: ${corners(exclude_bbox)}`] : []),
    ...(near ? [text.near(coordinates(near), kilometres(near.uncertainty_km * SIGMAS))] : []),
  ];
}
