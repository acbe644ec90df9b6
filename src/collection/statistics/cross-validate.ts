import { present as checked } from '../../domain/present.js';
import type { FeatureMatrix } from './feature-matrix.js';
import { groupFolds } from './group-folds.js';
import { fitLogistic, type Logistic, logitsOf } from './logistic-regression.js';
import { fitTemperature, probabilitiesOf } from './temperature.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const FOLDS = 5;
/**
 * Values of c, from strong to weak regularisation: each fit starts at the last one's result, until the loss on held-out rows
 * rises.
 */
const STRENGTHS = [0.01, 0.1, 1, 10, 100, 1000] as const;

export interface CrossValidated {
  /** Fitted to all rows. */
  readonly model: Logistic;
  /** The c of least loss on held-out rows. */
  readonly c: number;
  /** Temperature that divides the logits, fitted on held-out rows. */
  readonly temperature: number;
  /** Logits for each row and class, by rows, of the model fitted to the folds without the row's group. */
  readonly heldOut: Float64Array;
  /** The fold of each row, and the model that was fitted to the other folds. */
  readonly foldOf: Int32Array;
  readonly foldModels: readonly Logistic[];
}

export interface CrossValidateOptions {
  /** Values of c to choose from, ascending. */
  readonly strengths?: readonly number[];
  /** What weights are drawn to, from the rows that are used alone; all of them without an argument. */
  readonly around?: (used?: Uint8Array) => { readonly around?: Float64Array };
}

/**
 * Fits a multinomial logistic regression; the strength of L2 is chosen and the temperature fitted on held-out groups.
 *
 * @param groups group of each row; rows that are not independent share one. At least two groups
 */
export function crossValidate(
  features: FeatureMatrix,
  classOf: Int32Array,
  classes: number,
  groups: readonly string[],
  seed: number,
  { strengths = STRENGTHS, around = () => ({}) }: CrossValidateOptions = {},
): CrossValidated {
  const foldOf = groupFolds(groups, classOf, classes, FOLDS, seed);
  const folds = 1 + foldOf.reduce((a, b) => Math.max(a, b), 0);
  if (folds < 2) throw new RangeError('Expected rows of at least two groups to hold one out, got those of one.');
  const masks = Array.from({ length: folds }, (_, fold) => Uint8Array.from(foldOf, (own) => (own === fold ? 0 : 1)));
  let best: { readonly c: number; readonly loss: number; readonly models: readonly Logistic[] } | undefined;
  let models: readonly (Logistic | undefined)[] = masks.map(() => undefined);
  for (const c of strengths) {
    const fitted = masks.map((used, fold) => {
      const start = models[fold];
      const options = { c, used, ...around(used), ...(start === undefined ? {} : { start }) };
      return fitLogistic(features, classOf, classes, options);
    });
    models = fitted;
    const loss = meanLoss(heldOutLogits(features, foldOf, fitted), classOf, classes);
    if (best !== undefined && loss >= best.loss) break;
    best = { c, loss, models: fitted };
  }
  const { c, models: foldModels } = present(best);
  const logits = heldOutLogits(features, foldOf, foldModels);
  const temperature = fitTemperature(logits, classOf, classes);
  return {
    model: fitLogistic(features, classOf, classes, { c, start: present(foldModels[0]), ...around() }),
    ...{ c, temperature, foldOf, foldModels },
    heldOut: probabilitiesOf(logits, classes, temperature),
  };
}

/** For each row the logits of the model that has not seen it. */
function heldOutLogits(features: FeatureMatrix, foldOf: Int32Array, models: readonly Logistic[]): Float64Array {
  const { classes } = present(models[0]);
  const logits = new Float64Array(foldOf.length * classes);
  models.forEach((model, fold) => {
    const all = logitsOf(features, model);
    foldOf.forEach((own, i) => {
      if (own === fold) logits.set(all.subarray(i * classes, (i + 1) * classes), i * classes);
    });
  });
  return logits;
}

/** The mean over the classes, as if all were equally frequent: else how well a rare one is learnt would not matter. */
function meanLoss(logits: Float64Array, classOf: Int32Array, classes: number): number {
  const counts = new Float64Array(classes);
  for (const own of classOf) counts[own] = present(counts[own]) + 1;
  const even = logits.map((logit, at) => logit - Math.log(Math.max(1, present(counts[at % classes]))));
  const probabilities = probabilitiesOf(even, classes, 1);
  return classOf.reduce((sum, own, i) => {
    const loss = -Math.log(Math.max(present(probabilities[i * classes + own]), 1e-300));
    return sum + loss / (classes * present(counts[own]));
  }, 0);
}
