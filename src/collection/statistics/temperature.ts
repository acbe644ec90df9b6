import { present as checked } from '../../domain/present.js';
import { softmax } from '../../domain/softmax.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const COLDEST = 1 / 64;
const HOTTEST = 64;

/**
 * The divisor of logits, within 1/64 and 64, for which their softmax gives the true classes the highest likelihood (Guo et al.
 * 2017). The loss's derivative grows with 1/T, so bisection finds its zero.
 *
 * @param logits one for each row and class, by rows, of rows that they were not fitted to
 * @param classOf class of each row
 */
export function fitTemperature(logits: Float64Array, classOf: Int32Array, classes: number): number {
  const slope = (inverse: number) => {
    let sum = 0;
    for (let i = 0; i < classOf.length; i++) {
      const own = logits.subarray(i * classes, (i + 1) * classes);
      const probabilities = softmax(own.map((z) => z * inverse));
      for (let k = 0; k < classes; k++) sum += present(probabilities[k]) * present(own[k]);
      sum -= present(own[present(classOf[i])]);
    }
    return sum;
  };
  let [low, high] = [Math.log(1 / HOTTEST), Math.log(1 / COLDEST)];
  for (let turn = 0; turn < 40; turn++) {
    const middle = (low + high) / 2;
    if (slope(Math.exp(middle)) > 0) high = middle;
    else low = middle;
  }
  return Math.exp(-(low + high) / 2);
}

/** The softmax of each row's logits over a temperature, by rows. */
export function probabilitiesOf(logits: Float64Array, classes: number, temperature: number): Float64Array {
  const probabilities = logits.map((z) => z / temperature);
  for (let at = 0; at < probabilities.length; at += classes) softmax(probabilities.subarray(at, at + classes));
  return probabilities;
}
