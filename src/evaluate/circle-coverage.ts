import type { ClusterBootstrap } from './cluster-bootstrap.js';
import type { CoverageFigures, IntervalJson } from './evaluation.js';
import { median } from './metrics.js';

export interface Circles {
  readonly errorKm: number;
  readonly radius50Km: number;
  readonly radius90Km: number;
  readonly spread: number;
}

/**
 * How often the circles hold the truth (a truth on the circle is held), overall and by spread.
 * @param answers one per query
 * @param edges of the bins of spread, ascending: a bin has those above its lower edge, up to its upper one
 */
export function circleCoverage(
  answers: readonly Circles[],
  edges: readonly number[],
  bootstrap: ClusterBootstrap,
): CoverageFigures {
  const held50 = answers.map((one) => (one.errorKm <= one.radius50Km ? 100 : 0));
  const held90 = answers.map((one) => (one.errorKm <= one.radius90Km ? 100 : 0));
  const bins = [...edges, Number.POSITIVE_INFINITY].flatMap((upTo, i) => {
    const above = edges[i - 1] ?? Number.NEGATIVE_INFINITY;
    const weights = answers.map(({ spread }) => (spread > above && spread <= upTo ? 1 : 0));
    const queries = weights.reduce<number>((a, b) => a + b, 0);
    if (queries === 0) return [];
    const within = (held: readonly number[]): IntervalJson =>
      bootstrap.ratio(
        held.map((value, q) => value * (weights[q] as number)),
        weights,
      );
    return [
      {
        spread_above: Math.max(0, above),
        spread_up_to: Math.min(1, upTo),
        queries,
        circle_50_percent: within(held50),
        circle_90_percent: within(held90),
      },
    ];
  });
  return {
    circle_50_percent: bootstrap.mean(held50),
    circle_90_percent: bootstrap.mean(held90),
    median_radius_50_km: median(answers.map((one) => one.radius50Km)),
    median_radius_90_km: median(answers.map((one) => one.radius90Km)),
    by_spread: bins,
  };
}

/** Edges of `bins` bins of equally many values. */
export function quantileEdges(values: readonly number[], bins: number): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const edges = Array.from(
    { length: bins - 1 },
    (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / bins) - 1] as number,
  );
  return [...new Set(edges)];
}
