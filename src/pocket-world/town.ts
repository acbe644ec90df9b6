import type { GeoPoint } from '../domain/geo-point.js';

/** A town of the gazetteer that scenes are rendered of. */
export interface Town extends GeoPoint {
  /** GeoNames id in decimal digits. */
  readonly id: string;
  readonly name: string;
  /** Name of the first-level region, null where unknown. */
  readonly region: string | null;
  /** Name in the country table. */
  readonly country: string;
  readonly iso2: string;
  readonly population: number;
}
