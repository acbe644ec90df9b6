import { present as checked } from '../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const STEPS = 64;
/** From here on it is 0: e^(−64) of a kernel's peak is less than float64 can add to it. */
export const EXPONENT_MAX = 64;
const TABLE = Float64Array.from({ length: EXPONENT_MAX * STEPS + 1 }, (_, i) => Math.exp(-i / STEPS));

/**
 * e^(−x) for x ≥ 0 from a table of e^(−i/64) and four terms of the series for what is left: within 3e-9 of it,
 * relatively, and 0 beyond 64. Math.exp takes four times as long, and a query needs some 100,000 of them.
 */
export function negativeExponential(x: number): number {
  if (x >= EXPONENT_MAX) return 0;
  const i = (x * STEPS) | 0;
  const rest = x - i / STEPS;
  return present(TABLE[i]) * (1 - rest * (1 - rest * (0.5 - rest * (1 / 6))));
}
