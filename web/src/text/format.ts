import { durationIn, momentIn, percentIn } from './figures.js';
import { language } from './language.js';

export const percent = (share: number): string => percentIn(language.value, share);
export const duration = (seconds: number): string => durationIn(language.value, seconds);

/** Two significant digits below 100 km, integers above. */
export function kilometres(km: number): string {
  const options: Intl.NumberFormatOptions = km < 100 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 };
  return `${new Intl.NumberFormat(language.value, options).format(km)} km`;
}

export const count = (value: number): string => new Intl.NumberFormat(language.value).format(value);

export const decimals = (value: number, digits: number): string =>
  new Intl.NumberFormat(language.value, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** For the search fields of maps: degrees with a decimal point, whatever the language. */
export const coordinates = ({ lat, lon }: { readonly lat: number; readonly lon: number }): string =>
  `${lat.toFixed(5)}, ${lon.toFixed(5)}`;

export const moment = (iso: string): string => momentIn(language.value, iso);

export function day(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : new Intl.DateTimeFormat(language.value, { dateStyle: 'medium', timeZone: 'UTC' }).format(date);
}
