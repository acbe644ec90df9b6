import { present } from '../../domain/present.js';

/**
 * The upper end of Clopper and Pearson's (1934) exact one-sided interval for a share: the p for which so few failures
 * still have a probability of 1 − `confidence`.
 *
 * @param failures 0 to `trials`
 * @param trials at least 1
 */
export function clopperPearsonUpper(failures: number, trials: number, confidence = 0.95): number {
  if (!(trials >= 1 && failures >= 0 && failures <= trials)) {
    throw new RangeError(`Expected 0 to n failures of n ≥ 1 trials, got ${failures} of ${trials}.`);
  }
  if (failures === trials) return 1;
  const logChoose = logBinomials(failures, trials);
  let low = failures / trials;
  let high = 1;
  while (true) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (binomialAtMost(logChoose, trials, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
}

/** Whether `clopperPearsonUpper` is at most `share`, without searching for it. @param share in (0, 1) */
export function clopperPearsonWithin(failures: number, trials: number, share: number, confidence = 0.95): boolean {
  return failures < trials && binomialAtMost(logBinomials(failures, trials), trials, share) <= 1 - confidence;
}

/** log of the binomial coefficients n over i for i from 0 to k. */
function logBinomials(k: number, n: number): Float64Array {
  const logs = new Float64Array(k + 1);
  for (let i = 1; i <= k; i++) logs[i] = present(logs[i - 1]) + Math.log((n - i + 1) / i);
  return logs;
}

/** P(X ≤ k) of n trials with probability p in (0, 1). @param logChoose `logBinomials(k, n)` */
function binomialAtMost(logChoose: Float64Array, n: number, p: number): number {
  const logOdds = Math.log(p) - Math.log1p(-p);
  const none = n * Math.log1p(-p);
  let sum = 0;
  for (let i = 0; i < logChoose.length; i++) sum += Math.exp(present(logChoose[i]) + i * logOdds + none);
  return sum;
}
