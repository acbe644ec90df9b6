import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';

/** With fewer photos with the label, or without it, a normal interval does not hold. */
const FEW = 5;

export interface LabelledSample {
  /** For each labelled photo, drawn uniformly at random from those in question: 1 where it has the label, else 0. */
  readonly has: readonly number[];
  /** Prediction for each of them by a model that has not seen it (cross-fitted). All 0 without a model. */
  readonly predicted: readonly number[];
  /** Mean of the model's predictions over all photos in question. */
  readonly meanPredicted: number;
  /** Number of photos in question, the labelled ones included. */
  readonly photos: number;
}

export interface LabelShare {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  /** Weight of the model's predictions, 0 to 1. */
  readonly lambda: number;
  readonly interval: 'normal' | 'wilson';
}

/**
 * The share of photos with a label by the difference estimator λ·mean(p) + mean(y − λ·p̂), which for a fixed λ is unbiased
 * however bad the model is. λ = cov(y, p̂)/var(p̂), kept within 0 and 1, minimises its variance (Angelopoulos, Duchi and Zrnic
 * 2023, PPI++; Cochran 1977, chapter 7). Normal interval with the finite-population correction; Wilson's (1927) where fewer
 * than five photos have the label, or lack it, around the share among the labelled alone. Where the model was wrong on fewer
 * than five, two mistakes are added, as Agresti and Coull (1998) do for a proportion: a normal interval of a model that made
 * none has no width.
 *
 * @param z of the interval: 1.645 for 90 %
 * @throws RangeError where the parts do not fit together
 */
export function shareOfLabel({ has, predicted, meanPredicted, photos }: LabelledSample, z: number): LabelShare {
  const n = has.length;
  if (n < 2 || predicted.length !== n || photos < n) {
    throw new RangeError(`Expected 2 to ${photos} labels and as many predictions, got ${n} and ${predicted.length}.`);
  }
  const positive = has.reduce((a, b) => a + b, 0);
  // Share of the photos without a known label.
  const unknown = 1 - n / photos;
  if (Math.min(positive, n - positive) < FEW) return wilson(positive, n, unknown, z);
  const [meanHas, meanOwn] = [positive / n, mean(predicted)];
  const variance = predicted.reduce((sum, p) => sum + (p - meanOwn) ** 2, 0);
  const covariance = predicted.reduce((sum, p, i) => sum + (p - meanOwn) * (present(has[i]) - meanHas), 0);
  const lambda = variance > 0 ? Math.min(1, Math.max(0, covariance / variance)) : 0;
  const rest = has.map((y, i) => y - lambda * present(predicted[i]));
  const meanRest = mean(rest);
  const share = lambda * meanPredicted + meanRest;
  if (!Number.isFinite(share)) throw fault('not_finite', `Expected a finite share, got ${share}.`);
  const squares = rest.reduce((sum, r) => sum + (r - meanRest) ** 2, 0);
  const surprises = rest.filter((r) => Math.abs(r - meanRest) > 0.5).length;
  // A model that was hardly ever wrong on so few may be wrong on others: as if it had been wrong twice more.
  const spread = surprises < FEW ? (squares + 2) / (n + 1) : squares / (n - 1);
  const half = z * Math.sqrt((spread / n) * unknown);
  return { share: clip(share), low: clip(share - half), high: clip(share + half), lambda, interval: 'normal' };
}

/** Wilson's interval for a finite population: the effective number of labels grows as fewer photos are unknown. */
function wilson(positive: number, n: number, unknown: number, z: number): LabelShare {
  const p = positive / n;
  const slack = (z ** 2 * unknown) / n;
  const middle = (p + slack / 2) / (1 + slack);
  const half = Math.sqrt(slack * p * (1 - p) + slack ** 2 / 4) / (1 + slack);
  return { share: p, low: clip(middle - half), high: clip(middle + half), lambda: 0, interval: 'wilson' };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const clip = (share: number) => Math.min(1, Math.max(0, share));
