import type { GeoPoint } from '../../domain/geo-point.js';

/** Cities of a winner that compete at most. */
export const CITIES_EACH = 30;
/** What `--split-states` puts the states in place of. */
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

/** What the protocol chooses from. */
export interface ProtocolLists {
  readonly countries: readonly ProbeCountry[];
  /** What stands in for what, a sentence each. */
  readonly notices: readonly string[];
}

/** As published: names as they are, without articles. */
export function countryCaption(country: string): string {
  return `A Street View photo in ${country}.`;
}

export function stateCaption(state: string): string {
  return `A Street View photo in ${state}, ${SPLIT_COUNTRY}.`;
}

export function cityCaption(city: string): string {
  return `A Street View photo from ${city}.`;
}
