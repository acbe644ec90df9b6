import { ClusterBootstrap, type Interval } from './cluster-bootstrap.js';
import { mean } from './metrics.js';

/** Log loss of the present profile minus that of the fitted one, in nats; clusters count alike. */
export interface Gain extends Interval {
  readonly standardError: number;
}

/** One query's losses by both profiles, neither of which saw it. */
export interface Compared {
  readonly cluster: string;
  /** 1 over its cluster's queries. */
  readonly weight: number;
  /** The fold whose fit it was compared with. */
  readonly fold: number;
  readonly before: number;
  readonly after: number;
}

/**
 * The gain with its standard error: over clusters, or over the folds' means where that is larger, since the queries of a fold
 * share one fit.
 */
export function gainOf(compared: readonly Compared[]): Gain {
  const clusters = new Map<string, { fold: number; gain: number }>();
  for (const { cluster, weight, fold, before, after } of compared) {
    const gain = weight * (before - after) + (clusters.get(cluster)?.gain ?? 0);
    clusters.set(cluster, { fold, gain });
  }
  const gains = [...clusters.values()];
  const byFold = [...new Set(gains.map(({ fold }) => fold))].map((fold) =>
    mean(gains.flatMap((one) => (one.fold === fold ? [one.gain] : []))),
  );
  return {
    ...new ClusterBootstrap([...clusters.keys()], 1).mean(gains.map(({ gain }) => gain)),
    standardError: Math.max(
      standardError(gains.map(({ gain }) => gain)),
      byFold.length > 1 ? standardError(byFold) : 0,
    ),
  };
}

/**
 * Whether the fitted profile is kept: its gain is above one standard error (as in the rule of Breiman et al. 1984 for the
 * simpler model). Without any gain, a mean above 0 occurs by chance half of the time.
 */
export function isKept({ value, standardError: error }: Gain): boolean {
  return value > error;
}

/**
 * A sentence or two.
 * @param present name of the present profile
 */
export function verdictOf(
  gain: Gain,
  present: string,
  queries: number,
  outcome: 'fitted' | 'calibrated' | 'unchanged',
): string {
  const { value, low, high, standardError: error } = gain;
  const by = `${Math.abs(value).toFixed(3)} nats a query (standard error ${error.toFixed(3)}; 95 % interval of the gain ${low.toFixed(3)} to ${high.toFixed(3)})`;
  const on = `the profile ${present} on ${queries} queries that it was not fitted to`;
  if (outcome === 'fitted') {
    const sure = low > 0 ? '' : '; the interval holds 0, so more queries would make it surer';
    return `The fitted profile beats ${on}, by ${by}${sure}.`;
  }
  const left =
    outcome === 'calibrated'
      ? 'The weights stay as they are; their circles are calibrated now.'
      : 'Nothing was changed.';
  return value <= 0
    ? `The fitted profile does not beat ${on}: it is worse by ${by}. ${left}`
    : `The fitted profile does not beat ${on} by more than chance: it is better by ${by}. ${left} More queries would tell.`;
}

/** Standard error of the mean of independent values. */
function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1) / values.length);
}
