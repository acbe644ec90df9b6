import { present as checked } from '../../domain/present.js';
import { descend, type Loss } from './descend.js';
import type { FeatureMatrix } from './feature-matrix.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Logits are weights · features + bias. */
export interface Logistic {
  readonly classes: number;
  /** For each class a row with one number for each feature. */
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

export interface FitOptions {
  /** Weight of the losses against ½‖weights‖²; the biases are not penalised. */
  readonly c: number;
  /** 1 for the rows to fit to, 0 for the others; all by default. */
  readonly used?: Uint8Array;
  /** Model to start from: the same minimum, sooner. */
  readonly start?: Logistic;
  /** Weights that the fitted ones are drawn to, in place of 0: what is known before a label is seen. */
  readonly around?: Float64Array;
}

/** Tolerance of the gradient of the mean loss. */
const TOLERANCE = 1e-5;
const STEPS_MAX = 300;

/**
 * Multinomial logistic regression: the minimum of ½‖weights − around‖² + c · Σ −log P(class of the row | its features) over the
 * rows used, which is unique up to a common constant of the biases.
 *
 * @param classOf class of each row, 0 to `classes` − 1
 */
export function fitLogistic(
  features: FeatureMatrix,
  classOf: Int32Array,
  classes: number,
  { c, used, start, around }: FitOptions,
): Logistic {
  const { rows, columns } = features;
  const counted = used === undefined ? features.rowNumbers : features.rowNumbers.filter((i) => used[i] === 1);
  const n = counted.length;
  // Reused buffers; rows that are not used stay 0.
  const residuals = Array.from({ length: classes }, () => new Float32Array(rows));
  const loss = (at: Float64Array): Loss => {
    const logits = centredLogits(features, toLogistic(at, classes, columns));
    const gradient = new Float64Array(at.length);
    let value = residualsOf(logits, classOf, counted, residuals) / n;
    features.transposedTimes(residuals).forEach((sums, k) => {
      for (let f = 0; f < columns; f++) {
        const w = k * columns + f;
        const drawn = present(at[w]) - (around === undefined ? 0 : present(around[w]));
        gradient[w] = (present(sums[f]) + drawn / c) / n;
        value += drawn ** 2 / (2 * c * n);
      }
      gradient[classes * columns + k] = present(residuals[k]).reduce((sum, r) => sum + r, 0) / n;
    });
    return { value, gradient };
  };
  const from = new Float64Array(classes * (columns + 1));
  if (start === undefined) from.set(around ?? []);
  else {
    from.set(start.weights);
    from.set(movedBiases(start, features.means, 1), classes * columns);
  }
  const found = toLogistic(descend(from, loss, TOLERANCE, STEPS_MAX), classes, columns);
  return { ...found, biases: movedBiases(found, features.means, -1) };
}

/** Biases absorb the products of weights and columns' means, which the matrix leaves out; they are not penalised. */
function movedBiases({ weights, biases }: Logistic, means: Float64Array, sign: 1 | -1): Float64Array {
  return biases.map((bias, k) =>
    means.reduce((sum, mean, f) => sum + sign * mean * present(weights[k * means.length + f]), bias),
  );
}

/** Logits for each row and class, by rows. */
export function logitsOf(features: FeatureMatrix, model: Logistic): Float64Array {
  const { classes } = model;
  const logits = new Float64Array(features.rows * classes);
  centredLogits(features, { ...model, biases: movedBiases(model, features.means, 1) }).forEach((own, k) => {
    for (let i = 0; i < own.length; i++) logits[i * classes + k] = present(own[i]);
  });
  return logits;
}

/** For each class the logits of all rows, of the centred features. */
function centredLogits(features: FeatureMatrix, { classes, weights, biases }: Logistic): Float64Array[] {
  const { columns } = features;
  const rows = Array.from({ length: classes }, (_, k) =>
    Float32Array.from(weights.subarray(k * columns, (k + 1) * columns)),
  );
  const logits = features.times(rows);
  logits.forEach((own, k) => {
    const bias = present(biases[k]);
    for (let i = 0; i < own.length; i++) own[i] = present(own[i]) + bias;
  });
  return logits;
}

/**
 * Writes probabilities minus outcomes for each class and used row into `residuals`.
 * @returns Σ −log P(class of the row)
 */
function residualsOf(
  logits: readonly Float64Array[],
  classOf: Int32Array,
  counted: Int32Array,
  residuals: readonly Float32Array[],
): number {
  const most = new Float64Array(classOf.length).fill(Number.NEGATIVE_INFINITY);
  const sums = new Float64Array(classOf.length);
  for (const own of logits) for (const i of counted) most[i] = Math.max(present(most[i]), present(own[i]));
  for (const own of logits) {
    for (const i of counted) {
      const power = Math.exp(present(own[i]) - present(most[i]));
      own[i] = power;
      sums[i] = present(sums[i]) + power;
    }
  }
  let loss = 0;
  for (let k = 0; k < logits.length; k++) {
    const [own, residual] = [present(logits[k]), present(residuals[k])];
    for (const i of counted) {
      const probability = present(own[i]) / present(sums[i]);
      const right = classOf[i] === k;
      residual[i] = right ? probability - 1 : probability;
      if (right) loss -= Math.log(Math.max(probability, 1e-300));
    }
  }
  return loss;
}

function toLogistic(at: Float64Array, classes: number, columns: number): Logistic {
  return { classes, weights: at.subarray(0, classes * columns), biases: at.subarray(classes * columns) };
}
