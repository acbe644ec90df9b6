/** How far an answer was off, in units of the radius that it gave. */
export interface Score {
  readonly cluster: string;
  readonly score: number;
}

/**
 * Split conformal prediction's quantile (Vovk et al. 2005) with clusters as the exchangeable units: a score of a
 * cluster of n has the mass 1/((A + 1) n), and a cluster not seen yet, at infinity, 1/(A + 1). With one score a cluster
 * it is the ⌈(A + 1) q⌉-th smallest.
 *
 * @returns the least score up to which the mass is at least `share`; Infinity where the scores are too few for it
 */
export function conformalQuantile(scores: readonly Score[], share: number): number {
  const sizes = new Map<string, number>();
  for (const { cluster } of scores) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  // In units of 1/(A + 1), so that whole clusters add up to whole numbers; the slack is for the sum's rounding.
  const wanted = share * (sizes.size + 1) - 1e-9;
  let mass = 0;
  for (const { cluster, score } of scores.toSorted((a, b) => a.score - b.score)) {
    mass += 1 / (sizes.get(cluster) as number);
    if (mass >= wanted) return score;
  }
  return Number.POSITIVE_INFINITY;
}
