import type { PlaceName } from '../api/types.js';
import { countryName, t } from './language.js';

/** `Sopot, Pomerania, Poland`; where no place is near, the country, else that it is far from everything. */
export function placeName({ name, region, country, iso2 }: PlaceName): string {
  const land = iso2 === null ? country : countryName(iso2);
  const parts = [name, region === name ? null : region, land].filter((part) => part !== null && part !== '');
  return parts.length > 0 ? parts.join(', ') : t.value.answer.nowhere;
}

/** `Sopot, Poland` */
export function shortPlaceName({ name, country, iso2 }: PlaceName): string {
  const land = iso2 === null ? country : countryName(iso2);
  const parts = [name, land].filter((part) => part !== null && part !== '');
  return parts.length > 0 ? parts.join(', ') : t.value.answer.nowhere;
}
