import { present } from '../../domain/present.js';
import { binOf } from '../../locate/calibration-bins.js';

/** What decides a query's bin; its truth does not. */
export interface Placed {
  readonly cluster: string;
  readonly spread: number;
  /** ε_r: the probability that its area is not in the index. */
  readonly notIndexed: number;
}

export interface BinEdges {
  /** Edges between the bins by ε_r, ascending. */
  readonly notIndexedEdges: readonly number[];
  /** For each bin by ε_r, the edges between its bins by spread, ascending. */
  readonly spreadEdges: readonly (readonly number[])[];
}

/**
 * Cuts by ε_r, the finest first: likely indexed, in doubt, likely not; either; all alike. Errors at indexed places and at
 * others are of different kinds: in one bin the 50 % circle held 84 % of indexed and 17 % of other places, though 50 % of both
 * together. A cut is taken if each of its parts has `clustersMin` clusters.
 */
const CUTS: readonly { readonly edges: readonly number[]; readonly clustersMin: number }[] = [
  { edges: [0.2, 0.8], clustersMin: 30 },
  { edges: [0.5], clustersMin: 20 },
];
/** A part of a cut has one bin by spread for so many clusters, at most three. */
const CLUSTERS_PER_SPREAD_BIN = 50;
const SPREAD_BINS_MAX = 3;

/**
 * Bins of which each has enough clusters to calibrate.
 * @param placed queries like those of the calibration
 * @param clusters number of the calibration's clusters
 */
export function chooseBins(placed: readonly Placed[], clusters: number): BinEdges {
  const sizes = new Map<string, number>();
  for (const { cluster } of placed) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  /** The number of the calibration's clusters among such queries: one with half of its queries counts half. */
  const clustersOf = (some: readonly Placed[]) =>
    (some.reduce((sum, { cluster }) => sum + 1 / present(sizes.get(cluster)), 0) * clusters) / sizes.size;
  const partsOf = (edges: readonly number[]) =>
    Array.from({ length: edges.length + 1 }, (_, b) =>
      placed.filter(({ notIndexed }) => binOf(notIndexed, edges) === b),
    );
  const cut = CUTS.find(({ edges, clustersMin }) => partsOf(edges).every((part) => clustersOf(part) >= clustersMin));
  const notIndexedEdges = cut?.edges ?? [];
  return {
    notIndexedEdges,
    spreadEdges: partsOf(notIndexedEdges).map((part) =>
      evenEdges(
        part.map(({ spread }) => spread),
        Math.min(SPREAD_BINS_MAX, Math.max(1, Math.floor(clustersOf(part) / CLUSTERS_PER_SPREAD_BIN))),
      ),
    ),
  };
}

/** Edges between `bins` bins of equally many, fewer where values coincide. */
function evenEdges(values: readonly number[], bins: number): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const edges = Array.from({ length: bins - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / bins)]);
  return [...new Set(edges.filter((edge) => edge !== undefined))];
}
