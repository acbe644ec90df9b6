import fc from 'fast-check';
import type { GeoPoint } from '../../../src/domain/geo-point.js';

const lat = fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, -89.999999, 0, 89.999999, 90));
const lon = fc.oneof(
  fc.double({ min: -180, max: 180, noNaN: true }),
  fc.constantFrom(-180, -179.999999, 0, 179.999999, 180),
);

/** Any point on the Earth, the poles and the edges at 180° more often than chance would give them. */
export const anyPoint: fc.Arbitrary<GeoPoint> = fc.record({ lat, lon });
