/** Mean radius of the Earth used by every distance here, in km (the published protocols use it too). */
export const EARTH_RADIUS_KM = 6371;

/** A position in degrees, WGS 84: lat in [-90, 90], lon in [-180, 180]. */
export interface GeoPoint {
  readonly lat: number;
  readonly lon: number;
}

/**
 * Photos within 25 m of each other are of one spot, which is what receivers of satellites are off in streets: they are one
 * witness, and what is farther apart was taken elsewhere.
 */
export const SPOT_M = 25;
export const SPOT_KM = SPOT_M / 1000;

/** Degrees; west > east means that the box crosses 180°. */
export interface BoundingBox {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** True for a finite point within the legal ranges. */
export function isGeoPoint(point: GeoPoint): boolean {
  return Math.abs(point.lat) <= 90 && Math.abs(point.lon) <= 180;
}
