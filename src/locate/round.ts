import type { GeoPoint } from '../domain/geo-point.js';

export function round(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

/** At most 7 decimals, about a centimetre. */
export function roundPoint(point: GeoPoint): GeoPoint {
  return { lat: round(point.lat, 7), lon: round(point.lon, 7) };
}
