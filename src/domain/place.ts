import type { GeoPoint } from './geo-point.js';

export type PlaceLevel = 'country' | 'region' | 'city';

/** A country, a first-level region or a city of the gazetteer. */
export interface Place {
  /** Stable over imports: `PL` (country), `PL.82` (region), GeoNames id or `<iso2>:<name>:<lat>:<lon>` (city). */
  readonly id: string;
  readonly level: PlaceLevel;
  readonly name: string;
  /** Name of the first-level region, null for countries and where unknown. */
  readonly region: string | null;
  /** Id of the region that holds a city, null otherwise and where unknown. */
  readonly regionId: string | null;
  readonly country: string;
  readonly iso2: string;
  /** A city's own position; for regions and countries the population-weighted centre of their cities. */
  readonly point: GeoPoint;
  /** People; for regions and countries the sum over their cities where no better figure is known. */
  readonly population: number;
}

/** What an answer says about a point: the nearest city of the country that holds it. */
export interface NearestPlace {
  readonly name: string | null;
  readonly region: string | null;
  readonly country: string | null;
  readonly iso2: string | null;
  readonly distanceKm: number | null;
}
