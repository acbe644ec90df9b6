import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { buildGazetteer } from './build-gazetteer.js';
import { GEONAMES_ATTRIBUTION, type SourceCity, type SourceCountry } from './gazetteer-source.js';
import { noteImport } from './import-note.js';
import { findGeonamesFile, type GeonamesFile, readGeonamesFile } from './read-geonames-file.js';

/** The largest file comes first: more places give better centres of regions. */
const CITY_FILES = ['cities500', 'cities1000', 'cities5000', 'cities15000'];

/**
 * Builds the gazetteer from GeoNames' own files in a folder: one of cities500, cities1000, cities5000, cities15000, with
 * admin1CodesASCII and countryInfo, each .txt or .zip. The old gazetteer stays until the new one is complete; processes that
 * have it open keep reading it.
 * @throws `folder_unreadable`, `gazetteer_file_missing`, `gazetteer_file_invalid`, `gazetteer_row_invalid` (with file and
 * line), and what `buildGazetteer` throws.
 */
export async function importGeonames(folder: string, file: string): Promise<void> {
  const cityFile = CITY_FILES.map((name) => findGeonamesFile(folder, name)).find((path) => path !== null) ?? null;
  const paths = [
    ['cities500, cities1000, cities5000 or cities15000', cityFile],
    ['admin1CodesASCII', findGeonamesFile(folder, 'admin1CodesASCII')],
    ['countryInfo', findGeonamesFile(folder, 'countryInfo')],
  ] as const;
  const found = paths.flatMap(([, path]) => path ?? []);
  const missing = paths.filter(([, path]) => path === null).map(([name]) => `${name} (.txt or .zip)`);
  if (missing.length > 0) {
    throw fault(
      'gazetteer_file_missing',
      `Expected GeoNames' files in ${folder}; missing: ${missing.join('; ')}. They are at download.geonames.org/export/dump.`,
    );
  }
  const [cities, regions, countries] = await Promise.all(found.map(readGeonamesFile));
  const source = {
    description: `GeoNames ${cityFile?.split(/[\\/]/).at(-1)}`,
    attribution: GEONAMES_ATTRIBUTION,
    cities: parseRows(present(cities), 19, parseCity),
    regionNames: new Map(parseRows(present(regions), 4, parseRegion)),
    countries: parseRows(present(countries), 19, parseCountry),
  };
  buildGazetteer(file, source);
  noteImport(file, source.description);
}

type Fail = (expected: string, found: string | undefined) => never;

function parseRows<T>(file: GeonamesFile, columns: number, parse: (fields: readonly string[], fail: Fail) => T): T[] {
  const parsed: T[] = [];
  const keys = new Set<string>();
  for (const { line, fields } of file.rows) {
    const fail: Fail = (expected, found) => {
      throw fault(
        'gazetteer_row_invalid',
        `${file.path}, line ${line}: expected ${expected}, found ${JSON.stringify(found ?? '')}. Download the file again; it must be as GeoNames gives it.`,
      );
    };
    if (fields.length !== columns) fail(`${columns} columns separated by tabs`, String(fields.length));
    const [key = ''] = fields;
    if (keys.has(key)) fail('each value of column 1 once', key);
    keys.add(key);
    parsed.push(parse(fields, fail));
  }
  return parsed;
}

/** Columns of GeoNames' main table, by its readme. */
function parseCity(fields: readonly string[], fail: Fail): SourceCity {
  const [id = '', name = '', , alternates = '', lat, lon, , feature = '', iso2 = '', , admin1 = ''] = fields;
  if (!/^\d+$/.test(id)) fail('a numeric geonameid in column 1', id);
  if (name === '') fail('a name in column 2', name);
  if (!/^[A-Z]{2}$/.test(iso2)) fail('a country code of two letters in column 9', iso2);
  return {
    id,
    name,
    iso2,
    admin1: admin1 === '00' ? '' : admin1,
    lat: coordinate(lat, 90, 'a latitude from -90 to 90 in column 5', fail),
    lon: coordinate(lon, 180, 'a longitude from -180 to 180 in column 6', fail),
    population: wholeNumber(fields[14], 'the population in column 15', fail),
    feature,
    alternates: alternates.split(',').filter((alternate) => alternate !== '' && alternate !== name),
  };
}

function parseRegion([id = '', name = '']: readonly string[], fail: Fail): readonly [string, string] {
  if (!/^[A-Z]{2}\..+$/.test(id)) fail('a code like US.CA in column 1', id);
  if (name === '') fail('a name in column 2', name);
  return [id, name];
}

function parseCountry(fields: readonly string[], fail: Fail): SourceCountry {
  const [iso2 = '', , , , name = ''] = fields;
  if (!/^[A-Z]{2}$/.test(iso2)) fail('a country code of two letters in column 1', iso2);
  if (name === '') fail('a name in column 5', name);
  const area = Number(fields[6] === '' ? 0 : fields[6]);
  if (!(area >= 0 && area < 1e9)) fail('the area in km² in column 7', fields[6]);
  const languages = (fields[15] ?? '').split(',').map((tag) => present(tag.split('-')[0]));
  return {
    iso2,
    name: name.trim(),
    population: wholeNumber(fields[7], 'the population in column 8', fail),
    areaKm2: area,
    languages: [...new Set(languages.filter(Boolean))],
  };
}

function coordinate(text: string | undefined, max: number, expected: string, fail: Fail): number {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Math.abs(value) <= max ? value : fail(expected, text);
}

function wholeNumber(text: string | undefined, what: string, fail: Fail): number {
  if (text === undefined || !/^\d{0,15}$/.test(text)) return fail(what, text);
  return Number(text);
}
