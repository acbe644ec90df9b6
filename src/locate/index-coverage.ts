import type { IndexCoverage as CoverageAnswer } from '../api/types.js';
import type { SelfSimilarity } from '../references/summaries.js';

/** How near a query's best reference is, compared with how near the index's own references are to each other. */
export interface IndexCoverage {
  /** null where no reference speaks. */
  readonly bestScore: number | null;
  /**
   * Share of the index's scenes, every part of the Earth counting alike, whose own nearest, of another author and walk
   * within 25 km, is less alike than the query's best is to it; null where the index does not tell.
   */
  readonly quantile: number | null;
  /**
   * False where the query is less alike to the index than 95 % of its scenes are to the others of their place, or where
   * no reference speaks; null where the index can't tell.
   */
  readonly covered: boolean | null;
  readonly reason: CoverageAnswer['reason'];
}

/**
 * @param bestScore the best group's cosine, undefined where no reference speaks
 * @param own null where the index cannot tell
 */
export function indexCoverage(bestScore: number | undefined, own: SelfSimilarity | null): IndexCoverage {
  if (bestScore === undefined) return { bestScore: null, quantile: null, covered: false, reason: 'no_references' };
  if (own === null) return { bestScore, quantile: null, covered: null, reason: 'too_few_scenes' };
  const covered = bestScore >= own.q05;
  return { bestScore, quantile: shareBelow(bestScore, own.quantiles), covered, reason: covered ? 'alike' : 'unlike' };
}

/** Straight between the quantiles that are kept. */
function shareBelow(cosine: number, quantiles: SelfSimilarity['quantiles']): number | null {
  const above = quantiles.findIndex(([, value]) => value > cosine);
  if (above === -1) return quantiles.length === 0 ? null : 1;
  const high = quantiles[above];
  const low = quantiles[above - 1];
  if (high === undefined || low === undefined) return 0;
  return low[0] + ((high[0] - low[0]) * (cosine - low[1])) / (high[1] - low[1]);
}
