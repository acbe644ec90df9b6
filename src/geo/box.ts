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

/** A box that lies wholly within `km` of a point, about the largest; null for circles of thousands of km and near the poles. */
export function boxWithin(point: GeoPoint, km: number): BoundingBox | null {
  // A millimetre less, for rounding.
  const reach = (km - 1e-6) / EARTH_RADIUS_KM;
  if (reach <= 0) return null;
  const halfHeight = reach / Math.SQRT2 / RADIANS;
  const [south, north] = [point.lat - halfHeight, point.lat + halfHeight];
  const edge = Math.max(Math.abs(south), Math.abs(north));
  if (edge > 85 || halfHeight > 20) return null;
  // Where a corner lies on the circle, by the haversine formula.
  const widths = [south, north].map((lat) => {
    const across = Math.sin(reach / 2) ** 2 - Math.sin(((lat - point.lat) * RADIANS) / 2) ** 2;
    const along = across / (Math.cos(point.lat * RADIANS) * Math.cos(lat * RADIANS));
    return along < 0 ? 0 : (2 * Math.asin(Math.min(1, Math.sqrt(along)))) / RADIANS;
  });
  const halfWidth = Math.min(...widths);
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

/** Whether two boxes have a point in common, edges included; either may cross 180°. */
export function boxesTouch(a: BoundingBox, b: BoundingBox): boolean {
  const others = splitBox(b);
  return splitBox(a).some((one) =>
    others.some(
      (other) =>
        one.south <= other.north && one.north >= other.south && one.west <= other.east && one.east >= other.west,
    ),
  );
}

/** A longitude, in degrees, brought into [−180, 180]. */
export function wrapLon(lon: number): number {
  if (lon >= -180 && lon <= 180) return lon;
  const turned = (((lon + 180) % 360) + 360) % 360;
  return turned - 180;
}
