import { didYouMean, nearestWords } from '../domain/nearest-words.js';
import { alternateCountryNames } from './country-names.js';
import { foldName } from './fold-name.js';
import { readCountries } from './package-source.js';

interface Names {
  /** Codes by folded name; null where several countries share it. */
  readonly codes: ReadonlyMap<string, string | null>;
  readonly english: readonly string[];
}

let known: Names | undefined;

/**
 * The ISO code of a country by its code or a name of it in any language that the gazetteer knows (`PL`, `Poland`,
 * `polska`). Two letters that are neither are taken as a code. null where nothing fits.
 */
export function countryCode(text: string): string | null {
  known ??= readNames();
  const trimmed = text.trim();
  return known.codes.get(foldName(trimmed)) ?? (/^[A-Za-z]{2}$/.test(trimmed) ? trimmed.toUpperCase() : null);
}

/** Message for a text that names no country. */
export function noSuchCountry(text: string): string {
  known ??= readNames();
  return `Expected a country by its name or its ISO 3166-1 code, but got ${text}.${didYouMean(nearestWords(text, known.english))}`;
}

/** Codes before first names before other names. */
function readNames(): Names {
  const countries = readCountries();
  const codes = new Map<string, string | null>();
  const take = (names: readonly (readonly [name: string, iso2: string])[]) => {
    const own = new Map<string, string | null>();
    for (const [name, iso2] of names) {
      const folded = foldName(name);
      const other = own.get(folded);
      own.set(folded, other === undefined || other === iso2 ? iso2 : null);
    }
    for (const [folded, iso2] of own) if (!codes.has(folded)) codes.set(folded, iso2);
  };
  take(countries.map(({ iso2 }) => [iso2, iso2]));
  take(countries.map(({ iso2, name }) => [name, iso2]));
  take(
    countries.flatMap(({ iso2, languages }) =>
      alternateCountryNames(iso2, languages).map((name) => [name, iso2] as const),
    ),
  );
  return { codes, english: countries.map(({ name }) => name) };
}
