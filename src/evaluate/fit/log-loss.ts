import type { GeoPoint } from '../../domain/geo-point.js';
import { present as checked } from '../../domain/present.js';
import { chordSquared, EARTH_AREA_KM2, toSphere } from '../../geo/sphere.js';
import { vmfKernel } from '../../geo/von-mises-fisher.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** The loss's own kernels: widths in km, and weights. No profile sets them. */
const NEARNESS = [
  { ...vmfKernel(10), weight: 0.4 },
  { ...vmfKernel(50), weight: 0.3 },
  { ...vmfKernel(400), weight: 0.3 },
] as const;

/** η: mass spread over the whole Earth, so that no single query costs more than some 20 nats. */
const ANYWHERE = 0.01;

/** (0.4 K_10 + 0.3 K_50 + 0.3 K_400)(truth; x_j), per km², at each of the points. */
export function nearness(truth: GeoPoint, points: readonly GeoPoint[]): Float64Array {
  const at = toSphere(truth);
  return Float64Array.from(points, (point) => {
    const chord2 = chordSquared(at, toSphere(point));
    return NEARNESS.reduce((sum, k) => sum + k.weight * Math.exp(k.logPeak - k.halfKappa * chord2), 0);
  });
}

/**
 * L = −log[(1 − η) Σ_j P_j (0.4 K_10 + 0.3 K_50 + 0.3 K_400)(x*; x_j) + η/(4πR²)], η = 0.01, in nats.
 * @param expected Σ_j P_j times the nearness of x_j, per km²
 */
export function logLoss(expected: number): number {
  return -Math.log((1 - ANYWHERE) * expected + ANYWHERE / EARTH_AREA_KM2);
}

/** Σ a_j b_j of rows of one length. */
export function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += present(a[j]) * present(b[j]);
  return sum;
}
