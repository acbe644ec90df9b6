import { present as checked } from '../../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Pairs of steps that approximate the curvature. */
const MEMORY = 10;
/** Share of the predicted descent that a step must reach (Armijo). */
const SUFFICIENT = 1e-4;
const HALVINGS = 25;
/** Converged when a step gains no more than this, in nats for a photo. */
const GAIN = 1e-7;

export interface Loss {
  readonly value: number;
  readonly gradient: Float64Array;
}

interface Step {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly sy: number;
}

/**
 * The minimum of a smooth convex function by the limited-memory method of Broyden, Fletcher, Goldfarb and Shanno (Liu and
 * Nocedal 1989), with steps halved until they descend.
 *
 * @param tolerance ends when no component of the gradient is larger
 * @param stepsMax ends there at the latest
 */
export function descend(
  start: Float64Array,
  loss: (at: Float64Array) => Loss,
  tolerance: number,
  stepsMax: number,
): Float64Array {
  let at = start;
  let now = loss(at);
  const steps: Step[] = [];
  for (let step = 0; step < stepsMax && largest(now.gradient) > tolerance; step++) {
    const direction = alongCurvature(now.gradient, steps);
    let slope = dot(direction, now.gradient);
    if (slope >= 0) {
      // Rounding has spoilt the curvature: use the gradient instead.
      steps.length = 0;
      for (let i = 0; i < direction.length; i++) direction[i] = -present(now.gradient[i]);
      slope = dot(direction, now.gradient);
    }
    const first = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const next = search(at, now, direction, slope, first, loss);
    if (next === null) break;
    const s = next.at.map((x, i) => x - present(at[i]));
    const y = next.loss.gradient.map((g, i) => g - present(now.gradient[i]));
    const sy = dot(s, y);
    if (sy > 1e-12 * dot(y, y)) steps.push({ s, y, sy });
    if (steps.length > MEMORY) steps.shift();
    const gained = now.value - next.loss.value;
    at = next.at;
    now = next.loss;
    if (gained <= GAIN) break;
  }
  return at;
}

function search(
  from: Float64Array,
  now: Loss,
  direction: Float64Array,
  slope: number,
  first: number,
  loss: (at: Float64Array) => Loss,
): { readonly at: Float64Array; readonly loss: Loss } | null {
  // Rounding of float32 sums must not count as a rise.
  const open = 1e-9 * Math.abs(now.value);
  let length = first;
  for (let halving = 0; halving < HALVINGS; halving++, length /= 2) {
    const at = from.map((x, i) => x + length * present(direction[i]));
    const there = loss(at);
    if (there.value <= now.value + SUFFICIENT * length * slope + open) return { at, loss: there };
  }
  return null;
}

/** The two loops of Nocedal (1980): minus the inverse curvature times the gradient. */
function alongCurvature(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const q = Float64Array.from(gradient, (g) => -g);
  const alphas = steps.map(() => 0);
  for (let k = steps.length - 1; k >= 0; k--) {
    const { s, y, sy } = present(steps[k]);
    const alpha = dot(s, q) / sy;
    alphas[k] = alpha;
    for (let i = 0; i < q.length; i++) q[i] = present(q[i]) - alpha * present(y[i]);
  }
  const last = steps.at(-1);
  if (last !== undefined) {
    const scale = last.sy / dot(last.y, last.y);
    for (let i = 0; i < q.length; i++) q[i] = present(q[i]) * scale;
  }
  steps.forEach(({ s, y, sy }, k) => {
    const more = present(alphas[k]) - dot(y, q) / sy;
    for (let i = 0; i < q.length; i++) q[i] = present(q[i]) + more * present(s[i]);
  });
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += present(a[i]) * present(b[i]);
  return sum;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(present(values[i])));
  return most;
}
