import type { GeoPoint } from '../domain/geo-point.js';
import { codeAt } from './borders.js';

/**
 * ISO 3166-1 alpha-2 code of the country or dependent territory that holds the point, with GeoNames' codes: PR, GF, HK,
 * TW and XK stand for themselves, the Canary Islands, Ceuta and Melilla count as ES, Svalbard and Jan Mayen as SJ.
 * The borders (OpenStreetMap's, simplified) reach some way out to sea; beyond them the answer is null.
 */
export function countryAt(point: GeoPoint): string | null {
  return codeAt(point);
}
