import { present } from '../domain/present.js';
import { type CircleBin, fallsInto } from './circle-bins.js';
import type { ClusterBootstrap } from './cluster-bootstrap.js';
import type { CircleCoverage, CoverageFigures } from './evaluation.js';
import { median } from './metrics.js';

export interface Circles {
  readonly errorKm: number;
  readonly radius50Km: number;
  readonly radius90Km: number;
  readonly spread: number;
  /** ε_r of the query. */
  readonly notIndexed: number;
}

/**
 * How often the circles hold the truth (also a truth on the circle itself), overall and by bin; by photo, and with authors
 * counting alike, which is what a calibration promises. Intervals cover other photos and, where bins have draws, a calibration
 * made with other authors.
 *
 * @param answers one per query
 */
export function circleCoverage(
  answers: readonly Circles[],
  bins: readonly CircleBin[],
  bootstrap: ClusterBootstrap,
): CoverageFigures {
  const binOf = answers.map((answer) => present(bins.find((bin) => fallsInto(bin, answer))));
  const held50 = heldBy(
    answers,
    binOf,
    ({ radius50Km }) => radius50Km,
    ({ draws50 }) => draws50,
  );
  const held90 = heldBy(
    answers,
    binOf,
    ({ radius90Km }) => radius90Km,
    ({ draws90 }) => draws90,
  );
  const alike = bootstrap.weights();
  const among = (weights: readonly number[]): CircleCoverage => ({
    circle_50_percent: weighed(held50, weights, bootstrap),
    circle_90_percent: weighed(held90, weights, bootstrap),
  });
  const both = (queries: readonly number[]) => ({
    ...among(queries),
    per_author: among(queries.map((one, i) => one * present(alike[i]))),
  });
  return {
    ...both(answers.map(() => 1)),
    median_radius_50_km: median(answers.map((one) => one.radius50Km)),
    median_radius_90_km: median(answers.map((one) => one.radius90Km)),
    by_spread: bins.flatMap((bin) => {
      const inside = binOf.map((own): number => (own === bin ? 1 : 0));
      const queries = inside.reduce((a, b) => a + b, 0);
      if (queries === 0) return [];
      const [notIndexedAbove, notIndexedUpTo] = bin.notIndexed;
      const [spreadAbove, spreadUpTo] = bin.spread;
      return [
        {
          not_indexed_above: notIndexedAbove,
          not_indexed_up_to: notIndexedUpTo,
          spread_above: spreadAbove,
          spread_up_to: spreadUpTo,
          queries,
          ...both(inside),
        },
      ];
    }),
  };
}

/** 100 for each truth that is held, by the circles and by those of other draws of the calibration. */
interface Held {
  readonly as: readonly number[];
  readonly drawn: readonly (readonly number[])[];
}

function heldBy(
  answers: readonly Circles[],
  binOf: readonly CircleBin[],
  radius: (answer: Circles) => number,
  drawsOf: (bin: CircleBin) => readonly number[],
): Held {
  const held = (widened: (bin: CircleBin) => number) =>
    answers.map((answer, i) => (answer.errorKm <= radius(answer) * widened(present(binOf[i])) ? 100 : 0));
  const draws = Math.min(...binOf.map((bin) => drawsOf(bin).length));
  return {
    as: held(() => 1),
    drawn: Array.from({ length: draws }, (_, draw) => held((bin) => present(drawsOf(bin)[draw]))),
  };
}

function weighed({ as, drawn }: Held, weights: readonly number[], bootstrap: ClusterBootstrap) {
  const times = (values: readonly number[]) => values.map((value, i) => value * present(weights[i]));
  return bootstrap.varyingRatio(times(as), drawn.map(times), weights);
}

/** Edges of `bins` bins of equally many values. */
export function quantileEdges(values: readonly number[], bins: number): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const edges = Array.from({ length: bins - 1 }, (_, i) =>
    present(sorted[Math.ceil(((i + 1) * sorted.length) / bins) - 1]),
  );
  return [...new Set(edges)];
}
