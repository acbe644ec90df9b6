import { present as checked } from '../../domain/present.js';
import { softmax } from '../../domain/softmax.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** The prior of the mix: a normal one around what the model itself says, half as wide. */
const DEVIATION = 0.5;
const MIX_MAX = 4;

/**
 * How much logits of sentences count: what makes the labels likeliest under a normal prior around 1, within 0 and 4. What sentences
 * have more of for all photos alike is taken out first: a probe has biases of its own.
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
