import { existsSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { fault, StreetdexError } from '../domain/errors.js';
import type { GeoPoint } from '../domain/geo-point.js';
import type { NearestPlace, Place } from '../domain/place.js';
import { inBox } from '../geo/box.js';
import { countryAt } from '../geo/country-at.js';
import { NearestIndex } from '../geo/nearest-index.js';
import { openDatabase } from '../store/open-database.js';
import { storeError } from '../store/store-error.js';
import { buildGazetteer } from './build-gazetteer.js';
import type { Gazetteer } from './gazetteer.js';
import { importNote, wasImported } from './import-note.js';
import { readPackageSource } from './package-source.js';
import { placeCaptions } from './place-captions.js';
import { placeSearch } from './search-places.js';

/** Countries larger than this that have at least `SPLIT_REGIONS_MIN` regions are scored by region. */
const SPLIT_AREA_KM2 = 1_900_000;
const SPLIT_REGIONS_MIN = 5;
/** People per km² of a city, which gives it a radius (docs/blend.md, section 6). */
const CITY_DENSITY = 2500;

/**
 * Opens the gazetteer. Where the file is missing, or damaged and not imported, it is built first from the facts that come with
 * streetdex, in some seconds. The places stay in memory, the names for search in the file.
 * @throws `not_a_database`, `format_newer`, `database_corrupt`, `folder_read_only`
 */
export function openGazetteer({ file, onNotice = () => {} }: GazetteerOptions): Gazetteer {
  if (!existsSync(file)) buildGazetteer(file, readPackageSource());
  try {
    return open(file);
  } catch (error) {
    if (!isDamage(error)) throw error;
    if (wasImported(file)) {
      throw fault(
        'database_corrupt',
        `The gazetteer ${file} is damaged, and was imported, so that it can't be built anew from what comes with streetdex. Import it again: streetdex gazetteer import FOLDER. Or delete ${file} and ${importNote(file)}, and the places that come with streetdex are taken.`,
        { cause: error },
      );
    }
    onNotice(
      `The gazetteer ${file} was damaged (${(error as Error).message.replace(/\.$/, '')}) and is built anew from what comes with streetdex.`,
    );
    buildGazetteer(file, readPackageSource());
    return open(file);
  }
}

/** Whether an error means that the file is empty, truncated or overwritten, rather than of a newer version. */
function isDamage(error: unknown): boolean {
  if (!(error instanceof StreetdexError)) return (error as { code?: unknown }).code === 'SQLITE_ERROR';
  return error.code === 'not_a_database' || error.code === 'database_corrupt' || error.code === 'disk_error';
}

function open(file: string): Gazetteer {
  const db = openDatabase(file, { migrations: 'gazetteer', readonly: true });
  try {
    return loadGazetteer(db);
  } catch (error) {
    db.close();
    throw storeError(error, file);
  }
}

interface GazetteerOptions {
  readonly file: string;
  /** Called with a sentence when a damaged one was built anew. */
  readonly onNotice?: (sentence: string) => void;
}

interface Loaded {
  readonly countries: readonly Place[];
  readonly regions: readonly Place[];
  readonly cities: readonly Place[];
  readonly spreads: ReadonlyMap<string, number>;
  readonly splitCountries: ReadonlySet<string>;
  readonly meta: ReadonlyMap<string, string>;
}

function loadGazetteer(db: Database): Gazetteer {
  const loaded = readPlaces(db);
  const { countries, regions, cities, spreads, splitCountries } = loaded;
  const byId = new Map([...countries, ...regions, ...cities].map((place) => [place.id, place]));
  const place = (id: string) => byId.get(id) ?? null;
  const citiesByParent = groupByParents(cities);
  const regionsByCountry = new Map<string, Place[]>();
  for (const region of regions) append(regionsByCountry, region.iso2, region);
  return {
    hash: metaValue(loaded, 'hash'),
    attribution: metaValue(loaded, 'attribution'),
    countries,
    regions,
    cities,
    splitCountries,
    place,
    spreadKm: (id) => {
      const found = byId.get(id);
      if (found?.level !== 'city') return spreads.get(id) ?? null;
      return Math.sqrt(found.population / (CITY_DENSITY * Math.PI));
    },
    citiesIn: (parentId) => citiesByParent.get(parentId) ?? [],
    regionsOf: (iso2) => regionsByCountry.get(iso2) ?? [],
    search: placeSearch(db, place),
    countryAt,
    nearest: nearestPlace(cities, place),
    citiesWithin: (box) => cities.filter((city) => inBox(box, city.point)),
    captions: (templates) => placeCaptions({ countries, regions, cities, splitCountries }, templates),
    stats: () => ({
      countries: countries.length,
      regions: regions.length,
      cities: cities.length,
      source: metaValue(loaded, 'source'),
      built_at: metaValue(loaded, 'built_at'),
    }),
    close: () => void db.close(),
  };
}

function readPlaces(db: Database): Loaded {
  const all = <T extends readonly unknown[]>(sql: string) => db.prepare(sql).raw().all() as readonly T[];
  const spreads = new Map<string, number>();
  const splitCountries = new Set<string>();
  const countryNames = new Map<string, string>();
  const regionNames = new Map<string, string>();
  const regionCounts = new Map(all<[string, number]>('SELECT iso2, count(*) FROM regions GROUP BY iso2'));
  const countries = all<[string, string, number, number, number, number, number]>(
    'SELECT iso2, name, population, lat, lon, spread_km, area_km2 FROM countries ORDER BY iso2',
  ).map(([iso2, name, population, lat, lon, spreadKm, areaKm2]): Place => {
    spreads.set(iso2, spreadKm);
    countryNames.set(iso2, name);
    if (areaKm2 > SPLIT_AREA_KM2 && (regionCounts.get(iso2) ?? 0) >= SPLIT_REGIONS_MIN) splitCountries.add(iso2);
    const none = { region: null, regionId: null };
    return { id: iso2, level: 'country', name, ...none, country: name, iso2, point: { lat, lon }, population };
  });
  const countryOf = (iso2: string) => countryNames.get(iso2) ?? iso2;
  const regions = all<[string, string, string, number, number, number, number]>(
    'SELECT id, iso2, name, population, lat, lon, spread_km FROM regions ORDER BY id',
  ).map(([id, iso2, name, population, lat, lon, spreadKm]): Place => {
    spreads.set(id, spreadKm);
    regionNames.set(id, name);
    const own = { region: name, regionId: null, country: countryOf(iso2) };
    return { id, level: 'region', name, ...own, iso2, point: { lat, lon }, population };
  });
  const cities = all<[string, string, string | null, string, number, number, number]>(
    'SELECT id, iso2, region_id, name, population, lat, lon FROM cities ORDER BY population DESC, id',
  ).map(([id, iso2, regionId, name, population, lat, lon]): Place => {
    const region = regionId === null ? null : (regionNames.get(regionId) ?? null);
    const above = { region, regionId, country: countryOf(iso2) };
    return { id, level: 'city', name, ...above, iso2, point: { lat, lon }, population };
  });
  const meta = new Map(all<[string, string]>('SELECT key, value FROM meta'));
  return { countries, regions, cities, spreads, splitCountries, meta };
}

/**
 * On land the nearest city of the point's country, null where it has none (Antarctica). At sea (country null) the nearest city
 * of all.
 */
function nearestPlace(
  cities: readonly Place[],
  place: (id: string) => Place | null,
): (point: GeoPoint) => NearestPlace {
  const indexes = new Map<string | null, { readonly own: readonly Place[]; readonly index: NearestIndex }>();
  return (point) => {
    const iso2 = countryAt(point);
    let among = indexes.get(iso2);
    if (among === undefined) {
      const own = iso2 === null ? cities : cities.filter((city) => city.iso2 === iso2);
      among = { own, index: new NearestIndex(own.map((city) => city.point)) };
      indexes.set(iso2, among);
    }
    const found = among.index.nearest(point);
    const city = found === null ? null : (among.own[found.index] ?? null);
    return {
      name: city?.name ?? null,
      region: city?.region ?? null,
      country: iso2 === null ? null : (place(iso2)?.name ?? null),
      iso2,
      distanceKm: found?.distanceKm ?? null,
    };
  };
}

function groupByParents(cities: readonly Place[]): ReadonlyMap<string, readonly Place[]> {
  const groups = new Map<string, Place[]>();
  for (const city of cities) {
    append(groups, city.iso2, city);
    if (city.regionId !== null) append(groups, city.regionId, city);
  }
  return groups;
}

function append<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}

function metaValue({ meta }: Loaded, key: string): string {
  const value = meta.get(key);
  if (value === undefined) {
    throw fault('database_corrupt', `The gazetteer has no ${key}. Delete the file, and it is built anew.`);
  }
  return value;
}
