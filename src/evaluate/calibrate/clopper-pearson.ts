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
  let low = failures / trials;
  let high = 1;
  while (true) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (binomialAtMost(failures, trials, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
}

/** P(X ≤ k) of n trials with probability p in (0, 1), summed from the largest term on. */
function binomialAtMost(k: number, n: number, p: number): number {
  let logChoose = 0;
  const logs: number[] = [];
  for (let i = 0; i <= k; i++) {
    if (i > 0) logChoose += Math.log((n - i + 1) / i);
    logs.push(logChoose + i * Math.log(p) + (n - i) * Math.log1p(-p));
  }
  const most = Math.max(...logs);
  return logs.reduce((sum, log) => sum + Math.exp(log - most), 0) * Math.exp(most);
}
