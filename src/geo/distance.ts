import { EARTH_RADIUS_KM, type GeoPoint } from '../domain/geo-point.js';
import { fromSphere, RADIANS, toSphere } from './sphere.js';

/**
 * Great-circle distance by the haversine, R = 6371 km. The haversine of the other point's antipode stands in for
 * 1 − h, so that the result is as exact near antipodes as it is nearby.
 */
export function distanceKm(a: GeoPoint, b: GeoPoint): number {
  const halfLon = ((b.lon - a.lon) / 2) * RADIANS;
  const cosines = Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS);
  const near = Math.sin(((b.lat - a.lat) / 2) * RADIANS) ** 2 + cosines * Math.sin(halfLon) ** 2;
  const far = Math.sin(((b.lat + a.lat) / 2) * RADIANS) ** 2 + cosines * Math.cos(halfLon) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.atan2(Math.sqrt(near), Math.sqrt(far));
}

/** Where one arrives after `km` along the great circle that leaves `point` at a bearing (degrees from north, east 90). */
export function destination(point: GeoPoint, bearingDeg: number, km: number): GeoPoint {
  const u = toSphere(point);
  const [sinLat, cosLat] = [Math.sin(point.lat * RADIANS), Math.cos(point.lat * RADIANS)];
  const [sinLon, cosLon] = [Math.sin(point.lon * RADIANS), Math.cos(point.lon * RADIANS)];
  const [north, east] = [Math.cos(bearingDeg * RADIANS), Math.sin(bearingDeg * RADIANS)];
  const forward = [
    -sinLat * cosLon * north - sinLon * east,
    -sinLat * sinLon * north + cosLon * east,
    cosLat * north,
  ] as const;
  const angle = km / EARTH_RADIUS_KM;
  const along = (i: 0 | 1 | 2) => u[i] * Math.cos(angle) + forward[i] * Math.sin(angle);
  return fromSphere([along(0), along(1), along(2)]);
}
