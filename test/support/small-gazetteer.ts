import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildGazetteer } from '../../src/gazetteer/build-gazetteer.js';
import { readPackageSource } from '../../src/gazetteer/package-source.js';

const CITY_PEOPLE_MIN = 3_000_000;

/** Makes `folder` a data folder with the largest cities only: thousands of captions would take minutes and show no more. */
export function smallGazetteer(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const source = readPackageSource();
  const cities = source.cities.filter((city) => city.population >= CITY_PEOPLE_MIN);
  buildGazetteer(join(folder, 'gazetteer.sqlite'), { ...source, cities });
}
