import { present as checked } from '../../domain/present.js';
import { softmax } from '../../domain/softmax.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Standard deviation of the mix's normal prior around 1, the model's own scale. */
const DEVIATION = 0.5;
const MIX_MAX = 4;

/**
 * Weight of the sentences' logits, within 0 and 4: the value with the highest posterior of the labels under a normal prior
 * around 1. Each sentence's mean over all photos is subtracted first, since a probe has its own biases.
 * @param logits one for each row and class, by rows
 * @param used 1 for the rows to look at
 */
export function fitMix(logits: Float64Array, classOf: Int32Array, classes: number, used?: Uint8Array): number {
  const rows = [...classOf.keys()].filter((i) => used === undefined || used[i] === 1);
  const means = Array.from(
    { length: classes },
    (_, k) => rows.reduce((sum, i) => sum + present(logits[i * classes + k]), 0) / rows.length,
  );
  const slope = (mix: number) => {
    let sum = (mix - 1) / DEVIATION ** 2;
    for (const i of rows) {
      const own = means.map((mean, k) => present(logits[i * classes + k]) - mean);
      const probabilities = softmax(Float64Array.from(own, (z) => mix * z));
      own.forEach((z, k) => {
        sum += present(probabilities[k]) * z;
      });
      sum -= present(own[present(classOf[i])]);
    }
    return sum;
  };
  let [low, high] = [0, MIX_MAX];
  // The loss is convex in the mix.
  for (let turn = 0; turn < 40; turn++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}
