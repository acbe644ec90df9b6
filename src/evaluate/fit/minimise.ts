import direct from 'ml-direct';
import { ours } from '../../domain/errors.js';
import { fromScale, type Knob, toScale } from './knobs.js';

/** DIRECT's rounds: over all of the box, then over ever smaller boxes about the best. */
const ZOOMS = [1, 0.3, 0.1] as const;
const ITERATIONS = [0, 20, 16, 16, 14] as const;

export interface Minimum {
  /** In the order of the knobs. */
  readonly values: readonly number[];
  readonly loss: number;
}

/**
 * The knobs' values of the least loss that Jones's DIRECT finds (ml-direct: bounded, without gradients, the same result
 * for the same loss), over the bounds and then twice closer about the best; never worse than where it started.
 *
 * @param start in the order of the knobs; beyond the bounds counts as at them
 * @throws `not_finite_fit` where the loss is not a number
 */
export function minimise(
  knobs: readonly Knob[],
  start: readonly number[],
  loss: (values: number[]) => number,
): Minimum {
  const values = (at: readonly number[]) => knobs.map((knob, i) => fromScale(knob, at[i] as number));
  const lossAt = (at: readonly number[]): number => {
    const result = loss(values(at));
    if (Number.isFinite(result)) return result;
    const where = knobs.map((knob, i) => `${knob.name} ${values(at)[i]}`).join(', ');
    throw ours('not_finite_fit', `Expected a finite loss of the fit, got ${result} at ${where}.`);
  };
  let best = knobs.map((knob, i) => toScale(knob, start[i] as number));
  let least = lossAt(best);
  for (const zoom of ZOOMS) {
    const box = knobs.map((knob, i) => boxAbout(knob, best[i] as number, zoom));
    const low = box.map(([from]) => from);
    const high = box.map(([, to]) => to);
    // DIRECT takes the same share of every side: how many rounds it needs grows with the number of sides.
    const iterations = ITERATIONS[Math.min(knobs.length, ITERATIONS.length - 1)] as number;
    const found = direct((at) => lossAt(Array.from(at)), low, high, { iterations });
    if (found.minFunctionValue < least && found.optima[0] !== undefined) {
      least = found.minFunctionValue;
      best = Array.from(found.optima[0]);
    }
  }
  return { values: values(best), loss: least };
}

/** A share of the knob's range, with `at` in the middle but for the bounds. */
function boxAbout(knob: Knob, at: number, share: number): readonly [from: number, to: number] {
  const low = toScale(knob, knob.low);
  const high = toScale(knob, knob.high);
  const half = (share * (high - low)) / 2;
  return share === 1 ? [low, high] : [Math.max(low, at - half), Math.min(high, at + half)];
}
