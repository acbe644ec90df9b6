import type { BlendProfile } from './blend-profile.js';

type Calibration = NonNullable<BlendProfile['calibration']>;

/** The bins by spread that queries of like ε_r have in common. */
export type SpreadBins = Pick<Calibration['bins'][number], 'spread_edges' | 'radius_50' | 'radius_90'>;

/** @param notIndexed ε_r of the query; null without a calibration */
export function spreadBinsOf(calibration: Calibration | null, notIndexed: number): SpreadBins | null {
  return calibration?.bins[binOf(notIndexed, calibration.not_indexed_edges)] ?? null;
}

/** Which of the bins between ascending edges: a value on an edge belongs to the bin below it. */
export function binOf(value: number, edges: readonly number[]): number {
  return edges.filter((edge) => value > edge).length;
}
