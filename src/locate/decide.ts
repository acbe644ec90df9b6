import { chordSquaredToKm } from '../geo/sphere.js';
import type { Utility } from './blend-profile.js';
import { checkFinite } from './check-finite.js';

/** GeoScore's scale: exp(−d/1492.7). */
export const GEOSCORE_SCALE_KM = 1492.7;
/** The published protocols' radii: street, city, region, country, continent. */
export const PROTOCOL_RADII_KM = [1, 25, 200, 750, 2500] as const;

/** 1/r⁴ of each. */
const INVERSE_FOURTHS = PROTOCOL_RADII_KM.map((radius) => 1 / radius ** 4);

/** What an answer `distanceKm` away from the truth is worth. */
export function utilityAt(distanceKm: number, utility: Utility): number {
  if (utility === 'distance') return -distanceKm;
  if (utility === 'geoscore') return Math.exp(-distanceKm / GEOSCORE_SCALE_KM);
  const square = distanceKm * distanceKm;
  const fourth = square * square;
  let sum = 0;
  for (let i = 0; i < INVERSE_FOURTHS.length; i++) sum += 1 / (1 + fourth * (INVERSE_FOURTHS[i] as number));
  return sum / INVERSE_FOURTHS.length;
}

/** Distances in km of all pairs from their squared chords, row-major. */
export function distances(chordSquared: Float64Array): Float64Array {
  return mirrored(chordSquared, chordSquaredToKm);
}

/** Utilities of all pairs from their distances, row-major. */
export function utilities(distancesKm: Float64Array, utility: Utility): Float64Array {
  return mirrored(distancesKm, (km) => utilityAt(km, utility));
}

/** Each value of a symmetric matrix put through `value`, half of them by symmetry. */
function mirrored(matrix: Float64Array, value: (from: number) => number): Float64Array {
  const n = Math.round(Math.sqrt(matrix.length));
  const result = new Float64Array(matrix.length);
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const to = value(matrix[i * n + j] as number);
      result[i * n + j] = to;
      result[j * n + i] = to;
    }
  }
  return result;
}

export interface Decision {
  /** Position in the support; ties by the lower one. */
  readonly at: number;
  readonly expectedUtility: number;
}

/**
 * The point that maximises U(x) = Σ_j P_j u(d(x, x_j)).
 *
 * @param mass at most 1 in sum
 * @param eligible which points may be chosen; all by default
 */
export function decide(mass: Float64Array, utility: Float64Array, eligible?: readonly boolean[]): Decision {
  const n = mass.length;
  let at = -1;
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    if (eligible !== undefined && !eligible[i]) continue;
    let expected = 0;
    for (let j = 0; j < n; j++) expected += (mass[j] as number) * (utility[i * n + j] as number);
    if (expected > best) {
      best = expected;
      at = i;
    }
  }
  checkFinite('decision', [best]);
  return { at, expectedUtility: best };
}
