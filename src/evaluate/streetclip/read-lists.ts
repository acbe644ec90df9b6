import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { packageRoot } from '../../config/package-root.js';
import { fault } from '../../domain/errors.js';
import { isGeoPoint } from '../../domain/geo-point.js';

const FOLDER = join('migrations', 'evaluate', 'data', 'streetclip');

/** A city as a list gives it. */
export interface ListedCity {
  readonly country: string;
  readonly admin: string | null;
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
  /** null where the list has none: it is then used in its own order. */
  readonly population: number | null;
}

/**
 * Names, one a line; the shipped list by default.
 * @throws `protocol_list_invalid` for a file that can't be read, is empty or names one twice
 */
export function readNames(file = shipped('countries.txt')): string[] {
  const names = readText(file)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length === 0) throw invalid(file, 'Expected a name on each line, got none');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalid(file, `Expected each name once, got ${twice} twice`);
  return names;
}

export function readStates(): string[] {
  return readNames(shipped('us-states.txt'));
}

/**
 * Cities from CSV with the columns country, city (or city_ascii, name), lat, lon or lng, and optionally admin or admin_name and
 * population (SimpleMaps' own files have them); the shipped list by default.
 * @throws `protocol_list_invalid` that names the column or the line at fault
 */
export function readCities(file = shipped('cities.csv')): ListedCity[] {
  const rows = parseRows(file);
  const columns = Object.keys(rows[0] ?? {});
  const column = (...names: string[]): string | null => names.find((name) => columns.includes(name)) ?? null;
  const needed = (...names: string[]): string => {
    const found = column(...names);
    if (found === null)
      throw invalid(file, `Expected a column ${names.join(' or ')}, got ${columns.join(', ') || 'no line'}`);
    return found;
  };
  const country = needed('country');
  // The captions of the published runs have the names in ASCII.
  const name = needed('city_ascii', 'city', 'name');
  const [lat, lon] = [needed('lat', 'latitude'), needed('lon', 'lng', 'longitude')];
  const [admin, population] = [column('admin', 'admin_name'), column('population')];
  return rows.map((row, i) => {
    const city: ListedCity = {
      country: row[country] ?? '',
      admin: admin === null ? null : (row[admin] ?? null),
      name: row[name] ?? '',
      lat: number(row[lat]),
      lon: number(row[lon]),
      population: population === null ? null : number(row[population]) || 0,
    };
    if (city.country === '' || city.name === '' || !isGeoPoint(city))
      throw invalid(
        file,
        `Expected a country, a city and a position in degrees, got ${JSON.stringify(row)} as city ${i + 1}`,
      );
    return city;
  });
}

function parseRows(file: string): Record<string, string>[] {
  const text = readText(file);
  try {
    return parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw invalid(file, `Expected CSV with a header, got: ${(error as Error).message}`, error);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(file, `Expected a file that can be read, got: ${(error as Error).message}`, error);
  }
}

/** A number; NaN for an empty field, which `Number` takes for 0. */
function number(text: string | undefined): number {
  return text === undefined || text === '' ? Number.NaN : Number(text);
}

function invalid(file: string, sentence: string, cause?: unknown) {
  return fault('protocol_list_invalid', `${sentence} (${file}).`, cause === undefined ? {} : { cause });
}

function shipped(name: string): string {
  return join(packageRoot(), FOLDER, name);
}
