import type { BlendProfile } from '../../locate/blend-profile.js';
import { type Abstention, chooseConfidentSpread } from './abstention.js';
import { conformalQuantile } from './conformal.js';

/** What an uncalibrated profile answered to a query whose place is known. */
export interface UncalibratedAnswer {
  readonly id: string;
  readonly cluster: string;
  readonly spread: number;
  readonly errorKm: number;
  /** r̂: the posterior's own quantiles, widened by 5 km. */
  readonly radius50Km: number;
  readonly radius90Km: number;
}

export interface Calibrated {
  readonly calibration: NonNullable<BlendProfile['calibration']>;
  readonly abstention: Abstention;
}

const QUERIES_MIN = 100;
const QUERIES_PER_BIN = 400;
const BINS_MAX = 5;
/** As good as infinite: every r̂, being at least 5 km, reaches round the Earth with it. */
const FACTOR_MAX = 20_015;
/** As good as 0, which no factor may be. */
const FACTOR_MIN = 1e-6;

/**
 * Radii that hold 50 and 90 % of the truths of a new cluster, by bins of spread, and the spread up to which an answer
 * is confident at the wanted risk. null for fewer than 100 answers.
 *
 * @param answers of queries that nothing was fitted to
 * @param fitSpreads spreads of the fitted queries: the bins' edges are theirs, so that they do not depend on `answers`
 */
export function calibrateProfile(
  answers: readonly UncalibratedAnswer[],
  fitSpreads: readonly number[],
  risk: number,
): Calibrated | null {
  if (answers.length < QUERIES_MIN) return null;
  const bins = Math.min(BINS_MAX, Math.max(1, Math.floor(answers.length / QUERIES_PER_BIN)));
  const edges = spreadEdges(fitSpreads, bins);
  const inBin = (b: number) => answers.filter(({ spread }) => edges.filter((edge) => spread > edge).length === b);
  const factors = (share: number, radius: (answer: UncalibratedAnswer) => number) =>
    Array.from({ length: edges.length + 1 }, (_, b) => {
      const scores = inBin(b).map((answer) => ({ cluster: answer.cluster, score: answer.errorKm / radius(answer) }));
      return Math.min(FACTOR_MAX, Math.max(FACTOR_MIN, conformalQuantile(scores, share)));
    });
  const abstention = chooseConfidentSpread(answers, risk);
  return {
    calibration: {
      spread_edges: edges,
      radius_50: factors(0.5, (answer) => answer.radius50Km),
      radius_90: factors(0.9, (answer) => answer.radius90Km),
      confident_spread: abstention.confidentSpread,
      risk,
      queries: answers.length,
      authors: new Set(answers.map((answer) => answer.cluster)).size,
    },
    abstention,
  };
}

/** Edges between `bins` bins of equally many, fewer where values coincide. */
function spreadEdges(spreads: readonly number[], bins: number): number[] {
  const sorted = spreads.toSorted((a, b) => a - b);
  const edges = Array.from({ length: bins - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / bins)]);
  return [...new Set(edges.filter((edge) => edge !== undefined))];
}
