import type { GeoPoint } from '../../domain/geo-point.js';

/** Most cities of a country in the second stage. */
export const CITIES_EACH = 30;
/** The country that `--split-states` replaces. */
export const SPLIT_COUNTRY = 'United States';

/** A label of the first stage with those of the second. */
export interface ProbeCountry {
  readonly name: string;
  readonly caption: string;
  /** Most populous first, 1 to 30. */
  readonly cities: readonly ProbeCity[];
}

export interface ProbeCity {
  readonly name: string;
  readonly caption: string;
  readonly point: GeoPoint;
}

/** The labels of both stages. */
export interface ProtocolLists {
  readonly countries: readonly ProbeCountry[];
  /** Sentences on cities that stand in. */
  readonly notices: readonly string[];
}

/** The published caption: names without articles. */
export function countryCaption(country: string): string {
  return `A Street View photo in ${country}.`;
}

export function stateCaption(state: string): string {
  return `A Street View photo in ${state}, ${SPLIT_COUNTRY}.`;
}

export function cityCaption(city: string): string {
  return `A Street View photo from ${city}.`;
}
