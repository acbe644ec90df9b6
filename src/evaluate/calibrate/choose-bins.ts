import { present } from '../../domain/present.js';
import { binOf } from '../../locate/calibration-bins.js';

/** Where a query falls among the bins: what is known of it without its truth. */
export interface Placed {
  readonly cluster: string;
  readonly spread: number;
  /** ε_r: the probability that its area is not in the index. */
  readonly notIndexed: number;
}

export interface BinEdges {
  /** Ascending, between the bins by ε_r. */
  readonly notIndexedEdges: readonly number[];
  /** Of each bin by ε_r, the edges between its bins by spread, ascending. */
  readonly spreadEdges: readonly (readonly number[])[];
}

/**
 * Cuts by ε_r, the finest first: likely indexed, in doubt, likely not; either; all alike. ε_r tells indexed places from
 * others, whose errors are not of one kind: in one bin the 50 % circle held 84 % of indexed and 17 % of other places,
 * though 50 % together. A cut is taken where every part of it has so many clusters.
 */
const CUTS: readonly { readonly edges: readonly number[]; readonly clustersMin: number }[] = [
  { edges: [0.2, 0.8], clustersMin: 30 },
  { edges: [0.5], clustersMin: 20 },
];
/** A part of a cut has a bin of spread for as many clusters, up to three. */
const CLUSTERS_PER_SPREAD_BIN = 50;
const SPREAD_BINS_MAX = 3;

/**
 * Bins of which each has enough clusters to calibrate.
 * @param placed queries that the calibration's own are like
 * @param clusters how many the calibration has
 */
export function chooseBins(placed: readonly Placed[], clusters: number): BinEdges {
  const sizes = new Map<string, number>();
  for (const { cluster } of placed) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  /** How many of the calibration's clusters have their queries among such: one with half of its queries counts half. */
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
