import { EARTH_RADIUS_KM, type GeoPoint } from '../domain/geo-point.js';

/** Radians per degree. */
export const RADIANS = Math.PI / 180;

/** Area of the Earth as a sphere. */
export const EARTH_AREA_KM2 = 4 * Math.PI * EARTH_RADIUS_KM ** 2;

/** A unit vector from the Earth's centre: x to (0°, 0°), y to (0°, 90° E), z to the north pole. */
export type SpherePoint = readonly [x: number, y: number, z: number];

export function toSphere(point: GeoPoint): SpherePoint {
  const lat = point.lat * RADIANS;
  const lon = point.lon * RADIANS;
  const cosLat = Math.cos(lat);
  return [cosLat * Math.cos(lon), cosLat * Math.sin(lon), Math.sin(lat)];
}

/** The direction of a vector of any length but 0. Lon is in [-180, 180], and 0 at the poles. */
export function fromSphere([x, y, z]: SpherePoint): GeoPoint {
  return { lat: Math.atan2(z, Math.hypot(x, y)) / RADIANS, lon: Math.atan2(y, x) / RADIANS };
}

/** |u − v|², in [0, 4]: exact for near points, where 1 − u·v cancels. */
export function chordSquared(u: SpherePoint, v: SpherePoint): number {
  return (u[0] - v[0]) ** 2 + (u[1] - v[1]) ** 2 + (u[2] - v[2]) ** 2;
}

/** Great-circle distance of two unit vectors whose squared chord this is. */
export function chordSquaredToKm(chord2: number): number {
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord2) / 2));
}

/** Squared chord of points this far apart; more than half the way round counts as half the way round. */
export function kmToChordSquared(km: number): number {
  return 4 * Math.sin(Math.min(Math.PI, km / EARTH_RADIUS_KM) / 2) ** 2;
}
