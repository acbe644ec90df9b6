/** An answer's error in units of its radius. */
export interface Score {
  /** 1/n for a cluster of n queries, whether or not the others are among these scores. */
  readonly mass: number;
  readonly score: number;
}

/**
 * Split conformal prediction's quantile (Vovk et al. 2005; weighted as in Tibshirani et al. 2019) with clusters as the
 * exchangeable units, among the queries of one bin. An unseen cluster has at most the mass 1 in the bin, and counts as 1 at
 * infinity. That is conformal risk control (Angelopoulos et al. 2022) of the share of a cluster's queries that are in the bin
 * and missed less 1 − `share` of those in the bin; so a random query of a new cluster is held with `share` among those that
 * fall into the bin, and, summed over bins, overall. Weights by the cluster's queries within the bin keep the first promise and
 * break the second.
 *
 * @returns the least score up to which the mass is at least `share` · (Σ mass + 1); Infinity where there is none
 */
export function conformalQuantile(scores: readonly Score[], share: number): number {
  // The slack is for the sum's rounding.
  const wanted = share * (scores.reduce((sum, { mass }) => sum + mass, 0) + 1) - 1e-9;
  let held = 0;
  for (const { mass, score } of scores.toSorted((a, b) => a.score - b.score)) {
    held += mass;
    if (held >= wanted) return score;
  }
  return Number.POSITIVE_INFINITY;
}
