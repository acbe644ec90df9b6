import type { Hints } from '../api/types.js';
import { coordinates, kilometres } from './format.js';
import { countryName, t } from './language.js';

/** A drawn circle is two standard deviations: 86 % of a two-dimensional normal distribution lie within it. */
export const SIGMAS = 2;

/** A hint in words: its kind and, for countries, which. */
export interface NamedHint {
  readonly key: keyof Hints;
  readonly code?: string;
  readonly words: string;
  /** Corners of a box, left out where a map shows it. */
  readonly corners?: string;
}

/** Every hint in words. */
export function namedHints({
  country = [],
  exclude_country = [],
  bbox,
  exclude_bbox,
  near,
}: Hints): readonly NamedHint[] {
  const text = t.value.hints;
  const corners = ([west, south, east, north]: NonNullable<Hints['bbox']>) =>
    `${coordinates({ lat: south, lon: west })} – ${coordinates({ lat: north, lon: east })}`;
  const circle = near && text.near(coordinates(near), kilometres(near.uncertainty_km * SIGMAS));
  return [
    ...country.map((code) => ({ key: 'country', code, words: `${text.country} ${countryName(code)}` }) as const),
    ...exclude_country.map(
      (code) => ({ key: 'exclude_country', code, words: `${text.notCountry} ${countryName(code)}` }) as const,
    ),
    ...(bbox ? [{ key: 'bbox', words: text.box, corners: corners(bbox) } as const] : []),
    ...(exclude_bbox ? [{ key: 'exclude_bbox', words: text.notBox, corners: corners(exclude_bbox) } as const] : []),
    ...(circle ? [{ key: 'near', words: circle } as const] : []),
  ];
}

/** The hints in words, for an answer that leaves the page: without them it would be another. */
export const hintWords = (hints: Hints): readonly string[] =>
  namedHints(hints).map(({ words, corners }) => (corners === undefined ? words : `${words}: ${corners}`));
