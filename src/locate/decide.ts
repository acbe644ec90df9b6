import { EARTH_RADIUS_KM } from '../domain/geo-point.js';
import { present as checked } from '../domain/present.js';
import { chordSquaredToKm } from '../geo/sphere.js';
import type { Utility } from './blend-profile.js';
import { checkFinite } from './check-finite.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

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
  return byFourthPower(distanceKm ** 4);
}

/** The default utility, the mean of 1/(1 + (d/r)⁴), from d⁴. */
function byFourthPower(fourth: number): number {
  let sum = 0;
  for (let i = 0; i < INVERSE_FOURTHS.length; i++) sum += 1 / (1 + fourth * present(INVERSE_FOURTHS[i]));
  return sum / INVERSE_FOURTHS.length;
}

/**
 * Utilities of all pairs of points from their squared chords, row-major, n × n.
 * @param result where they are to stand: its first n² numbers
 */
export function utilities(
  chordSquared: Float64Array,
  n: number,
  utility: Utility,
  result: Float64Array = new Float64Array(chordSquared.length),
): Float64Array {
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const chord2 = present(chordSquared[i * n + j]);
      const worth = utility === 'default' ? defaultUtility(chord2) : utilityAt(chordSquaredToKm(chord2), utility);
      result[i * n + j] = worth;
      result[j * n + i] = worth;
    }
  }
  return result;
}

const STEPS_PER_UNIT = 8_192;
const NEAR = 0.05;
/** The default utility by squared chord, for beyond some 1,400 km: straight between entries it errs by less than 2e-7. */
const FAR_UTILITY = Float64Array.from({ length: 4 * STEPS_PER_UNIT + 2 }, (_, i) =>
  utilityAt(chordSquaredToKm(i / STEPS_PER_UNIT), 'default'),
);

/** Near points by d² = R²(c + c²/12 + c³/90 + c⁴/560 + c⁵/3150), c the squared chord: what 4 asin²(√c/2) starts with. */
function defaultUtility(chord2: number): number {
  if (chord2 >= NEAR) {
    const at = chord2 * STEPS_PER_UNIT;
    const i = at | 0;
    const low = present(FAR_UTILITY[i]);
    return low + (at - i) * (present(FAR_UTILITY[i + 1]) - low);
  }
  const series = 1 + chord2 * (1 / 12 + chord2 * (1 / 90 + chord2 * (1 / 560 + chord2 / 3150)));
  return byFourthPower((EARTH_RADIUS_KM * EARTH_RADIUS_KM * chord2 * series) ** 2);
}

/** U(x) = Σ_j P_j u(d(x, x_j)) at each point of the support. */
export function expectedUtilities(mass: Float64Array, utility: Float64Array): Float64Array {
  const n = mass.length;
  const expected = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0, at = i * n; j < n; j++, at++) sum += present(mass[j]) * present(utility[at]);
    expected[i] = sum;
  }
  checkFinite('decision', expected);
  return expected;
}

/** Position of the greatest expected utility among the eligible points (all by default), ties by the lower one. */
export function bestOf(expected: Float64Array, eligible?: (at: number) => boolean): number {
  let best = -1;
  for (let i = 0; i < expected.length; i++) {
    if (eligible !== undefined && !eligible(i)) continue;
    if (best === -1 || present(expected[i]) > present(expected[best])) best = i;
  }
  return best;
}
