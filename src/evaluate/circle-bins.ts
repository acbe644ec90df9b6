import { present } from '../domain/present.js';
import type { BlendProfile } from '../locate/blend-profile.js';

/** A bin of queries with similar ε_r and spread. */
export interface CircleBin {
  /** Above the first value, up to the second; 0 and 1 where the bin has no edge. */
  readonly notIndexed: readonly [above: number, upTo: number];
  readonly spread: readonly [above: number, upTo: number];
  /** Factors by which the radii would differ if the calibration had drawn other clusters; empty without a calibration. */
  readonly draws50: readonly number[];
  readonly draws90: readonly number[];
}

/** The bins of a calibration. */
export function calibrationBins(calibration: NonNullable<BlendProfile['calibration']>): CircleBin[] {
  const { not_indexed_edges: edges, bins } = calibration;
  return bins.flatMap(({ spread_edges, radius_50, radius_90, draws_50, draws_90 }, b) =>
    radius_50.map((half, s) => ({
      notIndexed: between(edges, b),
      spread: between(spread_edges, s),
      draws50: draws_50.map((draw) => present(draw[s]) / half),
      draws90: draws_90.map((draw) => present(draw[s]) / present(radius_90[s])),
    })),
  );
}

/** Bins by spread alone, without a calibration. @param edges ascending */
export function spreadBins(edges: readonly number[]): CircleBin[] {
  return Array.from({ length: edges.length + 1 }, (_, s) => ({
    notIndexed: [0, 1],
    spread: between(edges, s),
    draws50: [],
    draws90: [],
  }));
}

/** Whether a query falls into the bin: a value on an edge belongs to the bin below it. */
export function fallsInto(
  { notIndexed, spread }: CircleBin,
  query: { readonly notIndexed: number; readonly spread: number },
): boolean {
  return isWithin(query.notIndexed, notIndexed) && isWithin(query.spread, spread);
}

function isWithin(value: number, [above, upTo]: readonly [number, number]): boolean {
  return (value > above || above === 0) && (value <= upTo || upTo === 1);
}

function between(edges: readonly number[], bin: number): readonly [number, number] {
  return [edges[bin - 1] ?? 0, edges[bin] ?? 1];
}
