// Our own: of the libraries ml-direct did not end on real losses, fmin can't be imported as ESM, and what optimization-js calls
// Powell's method is gradient descent.

import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { fromScale, type Knob, toScale } from './knobs.js';

export interface Minimum {
  /** The knobs' values, in their order. */
  readonly values: readonly number[];
  readonly loss: number;
}

/** Points over the whole box that are tried before the simplex starts, for each knob. */
const SCATTERED = 12;
/** Sizes of the first simplex, and of one that starts again around the best so far, in shares of the box. */
const SIZES = [0.2, 0.06] as const;
/** Steps of a simplex, for each knob. */
const STEPS = 25;
/** A simplex has converged when its losses differ by less, in nats. */
const FLAT = 1e-5;

/** A point of the unit cube, each side a knob's own scale between its bounds, and its loss. */
interface Tried {
  readonly at: readonly number[];
  readonly loss: number;
}

/**
 * Minimises a loss by Nelder and Mead's simplex (1965) within the bounds, from the best of the start and of Halton's (1960)
 * points over the whole box, and again with new simplices around the best. It needs no gradients, its steps are limited, the
 * same loss gives the same result, and that is never worse than the start.
 *
 * @param start in the order of the knobs; beyond the bounds counts as at them
 * @param near searches around the start only, which is known to be good
 * @throws `not_finite` where the loss is not a number
 */
export function minimise(
  knobs: readonly Knob[],
  start: readonly number[],
  loss: (values: number[]) => number,
  near = false,
): Minimum {
  const values = (at: readonly number[]) =>
    knobs.map((knob, i) => {
      const [low, high] = [toScale(knob, knob.low), toScale(knob, knob.high)];
      return fromScale(knob, low + present(at[i]) * (high - low));
    });
  const tryAt = (point: readonly number[]): Tried => {
    const at = point.map((x) => Math.min(1, Math.max(0, x)));
    const result = loss(values(at));
    if (Number.isFinite(result)) return { at, loss: result };
    const where = knobs.map((knob, i) => `${knob.name} ${values(at)[i]}`).join(', ');
    throw fault('not_finite', `Expected a finite loss of the fit, got ${result} at ${where}.`);
  };
  let best = tryAt(
    knobs.map((knob, i) => {
      const [low, high] = [toScale(knob, knob.low), toScale(knob, knob.high)];
      return (toScale(knob, present(start[i])) - low) / (high - low);
    }),
  );
  for (let n = 1; n <= (near ? 0 : SCATTERED * knobs.length); n++) best = better(best, tryAt(halton(n, knobs.length)));
  for (const size of near ? SIZES.slice(-1) : SIZES) best = better(best, simplex(best, size, tryAt));
  return { values: values(best.at), loss: best.loss };
}

function better(a: Tried, b: Tried): Tried {
  return b.loss < a.loss ? b : a;
}

/** Nelder and Mead's steps from a simplex with one corner at `start`, its points kept in the cube. */
function simplex(start: Tried, size: number, tryAt: (at: readonly number[]) => Tried): Tried {
  const n = start.at.length;
  const corners = [start];
  for (let i = 0; i < n; i++) {
    corners.push(tryAt(start.at.map((x, k) => (k === i ? (x + size <= 1 ? x + size : x - size) : x))));
  }
  const first = () => present(corners[0]);
  const last = () => present(corners[n]);
  for (let step = 0; step < STEPS * n; step++) {
    corners.sort((a, b) => a.loss - b.loss);
    if (last().loss - first().loss < FLAT) break;
    const middle = start.at.map((_, k) => corners.slice(0, n).reduce((sum, { at }) => sum + present(at[k]), 0) / n);
    // Goes from the worst corner through the middle of the others, and `by` times that distance beyond.
    const away = (by: number) => tryAt(middle.map((x, k) => x + by * (x - present(last().at[k]))));
    const reflected = away(1);
    const secondWorst = present(corners[n - 1]);
    if (reflected.loss < first().loss) corners[n] = better(reflected, away(2));
    else if (reflected.loss < secondWorst.loss) corners[n] = reflected;
    else {
      const contracted = reflected.loss < last().loss ? away(0.5) : away(-0.5);
      if (contracted.loss < Math.min(reflected.loss, last().loss)) corners[n] = contracted;
      else {
        const towards = first().at;
        for (let i = 1; i <= n; i++) {
          corners[i] = tryAt(present(corners[i]).at.map((x, k) => (x + present(towards[k])) / 2));
        }
      }
    }
  }
  return corners.reduce(better);
}

const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19] as const;

/** The n-th point of Halton's sequence: n's digits to a prime base, mirrored at the point. */
function halton(n: number, dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, i) => {
    const base = present(PRIMES[i]);
    let mirrored = 0;
    for (let left = n, unit = 1 / base; left > 0; left = Math.floor(left / base), unit /= base) {
      mirrored += unit * (left % base);
    }
    return mirrored;
  });
}
