import { type BoundingBox, EARTH_RADIUS_KM, type GeoPoint } from '../domain/geo-point.js';
import { RADIANS } from './sphere.js';

/** True for a point inside or on the edge; west > east crosses 180°, and 180° is the same meridian as −180°. */
export function inBox(box: BoundingBox, point: GeoPoint): boolean {
  if (point.lat < box.south || point.lat > box.north) return false;
  const { west, east } = box;
  if (west > east) return point.lon >= west || point.lon <= east;
  if (point.lon >= west && point.lon <= east) return true;
  return Math.abs(point.lon) === 180 && (west === -180 || east === 180);
}

/** The smallest box that holds every point within `km`: crosses 180° where it must, is full round at a pole. */
export function boxAround(point: GeoPoint, km: number): BoundingBox {
  const angle = km / EARTH_RADIUS_KM;
  const south = point.lat - angle / RADIANS;
  const north = point.lat + angle / RADIANS;
  if (south <= -90 || north >= 90) {
    return { west: -180, south: Math.max(-90, south), east: 180, north: Math.min(90, north) };
  }
  const halfWidth = Math.asin(Math.min(1, Math.sin(angle) / Math.cos(point.lat * RADIANS))) / RADIANS;
  return { west: wrapLon(point.lon - halfWidth), south, east: wrapLon(point.lon + halfWidth), north };
}

/** The one or two boxes, none of which crosses 180°, that a box is made of: for a range query over longitudes. */
export function splitBox(box: BoundingBox): readonly BoundingBox[] {
  if (box.west <= box.east) return [box];
  return [
    { ...box, east: 180 },
    { ...box, west: -180 },
  ];
}

/** A longitude, in degrees, brought into [−180, 180]. */
export function wrapLon(lon: number): number {
  if (lon >= -180 && lon <= 180) return lon;
  const turned = (((lon + 180) % 360) + 360) % 360;
  return turned - 180;
}
