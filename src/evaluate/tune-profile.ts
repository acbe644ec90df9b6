import { callerError } from '../domain/errors.js';
import type { GeoPoint } from '../domain/geo-point.js';
import { distanceKm } from '../geo/distance.js';
import { type BlendProfile, parseBlendProfile } from '../locate/blend-profile.js';
import type { Candidate } from '../locate/candidates.js';
import type { Located } from '../locate/judge.js';
import type { Locator } from '../locate/locator.js';
import type { Retrieved } from '../locate/retrieve.js';
import type { Abstention } from './calibrate/abstention.js';
import { calibrateProfile, type UncalibratedAnswer } from './calibrate/calibrate-profile.js';
import { ClusterBootstrap, type Interval } from './cluster-bootstrap.js';
import type { EvaluationQuery } from './evaluation-query.js';
import { FITTED, type FitFreedom, fitProfile, freedomFor, type WeighedQuery } from './fit/fit-profile.js';
import { judgeNamed } from './fit/judge-named.js';
import { logLoss, nearness, product } from './fit/log-loss.js';
import { type Accuracy, accuracy, coveragePercent } from './metrics.js';
import { splitClusters } from './split-clusters.js';

export interface TuneOptions {
  /** Of the split: the same seed, the same parts. */
  readonly seed?: string;
  /** The share of answers beyond 750 km that counts as acceptable among the confident ones. */
  readonly risk?: number;
  /** Id of the index's model and the name of the index, for the provenance. */
  readonly model?: string | null;
  readonly index?: string | null;
  /** ISO 8601 day. */
  readonly date?: string;
  /** Called at the start of each stage, and within the long ones. */
  readonly onProgress?: (stage: string, done?: number, total?: number) => void;
  readonly signal?: AbortSignal;
}

/** What one profile does on the part that neither fit nor calibration saw. */
export interface CheckedProfile {
  readonly logLoss: number;
  readonly accuracy: Accuracy;
  readonly coverage50Percent: number;
  readonly coverage90Percent: number;
  /** Share of errors beyond 750 km, of all and of the surer half by spread. */
  readonly riskPercent: number;
  readonly surerHalfRiskPercent: number;
}

export interface TuneReport {
  readonly parts: Readonly<
    Record<'fit' | 'calibrate' | 'check', { readonly queries: number; readonly clusters: number }>
  >;
  readonly freedom: FitFreedom;
  readonly fitted: readonly string[];
  /** What all queries could have carried and these could not: empty where everything was fitted. */
  readonly notFitted: readonly string[];
  readonly before: CheckedProfile;
  readonly after: CheckedProfile;
  /** Log loss of the present profile less that of the fitted one on the check part, in nats, by clusters. */
  readonly gain: Interval;
  /** Whether the fitted profile is to be kept: it beats the present one on the check part. */
  readonly kept: boolean;
  /** A sentence. */
  readonly verdict: string;
  /** False where fewer than 100 queries were left to calibrate with. */
  readonly calibrated: boolean;
  readonly risk: number;
  readonly abstention: Abstention | null;
  readonly tookMs: number;
}

/** Of the queries: to fit, to calibrate, and to check by. */
const SHARES = [0.4, 0.4, 0.2];
const QUERIES_MIN = 100;
const CLUSTERS_MIN = 20;
const RISK = 0.2;
const SEED = 'streetdex tune';

/**
 * Fits the locator's profile to queries whose places are known, calibrates it on others, and compares it with the
 * present one on others still; a cluster's queries are all in one part. The profile comes back also where it is not to
 * be kept: `report.kept` says so.
 *
 * @throws `too_few_queries` under 100 queries or 20 clusters; `duplicate_query`; `tune_interrupted`;
 *   `not_finite_<stage>` with the query's id; what `Locator` throws
 */
export async function tuneProfile(
  queries: readonly EvaluationQuery[],
  locator: Locator,
  options: TuneOptions = {},
): Promise<{ readonly profile: BlendProfile; readonly report: TuneReport }> {
  const started = performance.now();
  const { risk = RISK, seed = SEED, onProgress = () => undefined } = options;
  checkQueries(queries);
  if (!(risk > 0 && risk < 1)) {
    throw callerError('risk_invalid', `Expected a risk between 0 and 1, both excluded, got ${risk}.`);
  }
  const [fit = [], calibrate = [], check = []] = splitClusters(queries, SHARES, seed);
  const retrieved = await retrieveAll(queries, locator, options);
  const weigh = (part: readonly EvaluationQuery[]) => weighByCluster(part, retrieved);
  const fitted = weigh(fit);
  const freedom = freedomFor(fit.length);
  const present = locator.profile;
  const enter = async (stage: string) => {
    onProgress(stage);
    // A stage takes seconds in which no signal gets in.
    await new Promise((resolve) => setImmediate(resolve));
    if (options.signal?.aborted) throw interrupted();
  };
  const fittedProfile = await fitProfile(fitted, locator, freedom, (stage) => enter(`fit: ${stage}`));

  await enter('calibrate');
  const uncalibrated = locator.withProfile(fittedProfile);
  const spreads = fitted.map((one) => judgeNamed(uncalibrated, one).spread);
  const answers = weigh(calibrate).map((one) => answerOf(one, judgeNamed(uncalibrated, one)));
  const calibrated = calibrateProfile(answers, spreads, risk);

  await enter('check');
  const checked = weigh(check);
  const before = checkProfile(checked, locator);
  const after = checkProfile(
    checked,
    locator.withProfile({ ...fittedProfile, calibration: calibrated?.calibration ?? null }),
  );
  await enter('verdict');
  const gain = lossGain(checked, before.losses, after.losses);
  const kept = gain.value > 0;
  const parts = { fit: sizeOf(fit), calibrate: sizeOf(calibrate), check: sizeOf(check) };
  const profile = parseBlendProfile({
    ...fittedProfile,
    name: `tuned on ${queries.length} queries`,
    calibration: calibrated?.calibration ?? null,
    provenance: {
      model: options.model ?? null,
      index: options.index ?? null,
      queries: queries.length,
      authors: sizeOf(queries).clusters,
      mix: mixOf(queries),
      parts: Object.fromEntries(
        Object.entries(parts).flatMap(([part, size]) => [
          [`${part}_queries`, size.queries],
          [`${part}_authors`, size.clusters],
        ]),
      ),
      fitted: FITTED[freedom],
      seed,
      date: options.date ?? new Date().toISOString().slice(0, 10),
      losses: { check_before: before.figures.logLoss, check_after: after.figures.logLoss },
    },
  });
  return {
    profile,
    report: {
      parts,
      freedom,
      fitted: FITTED[freedom],
      notFitted: FITTED.all.filter((name) => !FITTED[freedom].includes(name)),
      before: before.figures,
      after: after.figures,
      gain,
      kept,
      verdict: verdictOf(gain, present.name, check.length),
      calibrated: calibrated !== null,
      risk,
      abstention: calibrated?.abstention ?? null,
      tookMs: performance.now() - started,
    },
  };
}

function checkQueries(queries: readonly EvaluationQuery[]): void {
  const { clusters } = sizeOf(queries);
  if (queries.length < QUERIES_MIN || clusters < CLUSTERS_MIN) {
    throw callerError(
      'too_few_queries',
      `Expected at least ${QUERIES_MIN} queries of ${CLUSTERS_MIN} authors or places to tune with, got ${queries.length} of ${clusters}; the profile stays as it is.`,
    );
  }
  const seen = new Set<string>();
  for (const { id } of queries) {
    if (seen.has(id)) throw callerError('duplicate_query', `Expected each query once, got ${id} twice.`);
    seen.add(id);
  }
}

async function retrieveAll(
  queries: readonly EvaluationQuery[],
  locator: Locator,
  { onProgress, signal }: TuneOptions,
): Promise<ReadonlyMap<string, Retrieved>> {
  const retrieved = new Map<string, Retrieved>();
  for (const query of queries) {
    if (signal?.aborted) throw interrupted();
    if (retrieved.size % 100 === 0) onProgress?.('search', retrieved.size, queries.length);
    retrieved.set(query.id, await locator.retrieve(query));
  }
  return retrieved;
}

function interrupted() {
  return callerError('tune_interrupted', 'The tuning was stopped; the profile stays as it is.');
}

/** The queries of one cluster weigh 1 together. */
function weighByCluster(
  queries: readonly EvaluationQuery[],
  retrieved: ReadonlyMap<string, Retrieved>,
): WeighedQuery[] {
  const sizes = new Map<string, number>();
  for (const { cluster } of queries) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  return queries.map((query) => ({
    query,
    retrieved: retrieved.get(query.id) as Retrieved,
    weight: 1 / (sizes.get(query.cluster) as number),
  }));
}

function answerOf({ query }: WeighedQuery, located: Located): UncalibratedAnswer {
  const { at, radius50Km, radius90Km } = located.candidates[0] as Candidate;
  return {
    id: query.id,
    cluster: query.cluster,
    spread: located.spread,
    errorKm: distanceKm(located.support.points[at] as GeoPoint, query.truth),
    radius50Km,
    radius90Km,
  };
}

function checkProfile(
  queries: readonly WeighedQuery[],
  locator: Locator,
): { readonly figures: CheckedProfile; readonly losses: readonly number[] } {
  const losses: number[] = [];
  let total = 0;
  let weights = 0;
  const answers = queries.map((one) => {
    const located = judgeNamed(locator, one);
    const { points } = located.support;
    const loss = logLoss(product(located.posterior.probability, nearness(one.query.truth, points)));
    losses.push(loss);
    total += one.weight * loss;
    weights += one.weight;
    return answerOf(one, located);
  });
  const errors = answers.map((answer) => answer.errorKm);
  const bySpread = answers.toSorted((a, b) => a.spread - b.spread);
  const far = (some: readonly UncalibratedAnswer[]) =>
    100 - (accuracy(some.map((answer) => answer.errorKm)).withinPercent['750'] as number);
  return {
    losses,
    figures: {
      logLoss: total / weights,
      accuracy: accuracy(errors),
      coverage50Percent: coveragePercent(
        errors,
        answers.map((answer) => answer.radius50Km),
      ),
      coverage90Percent: coveragePercent(
        errors,
        answers.map((answer) => answer.radius90Km),
      ),
      riskPercent: far(answers),
      surerHalfRiskPercent: far(bySpread.slice(0, Math.ceil(answers.length / 2))),
    },
  };
}

/** Each cluster's mean is one figure, so that clusters weigh alike as they do in the loss. */
function lossGain(queries: readonly WeighedQuery[], before: readonly number[], after: readonly number[]): Interval {
  const gains = new Map<string, number>();
  queries.forEach(({ query, weight }, i) => {
    const gain = weight * ((before[i] as number) - (after[i] as number));
    gains.set(query.cluster, (gains.get(query.cluster) ?? 0) + gain);
  });
  return new ClusterBootstrap([...gains.keys()], 1).mean([...gains.values()]);
}

function verdictOf({ value, low, high }: Interval, present: string, queries: number): string {
  const by = `${Math.abs(value).toFixed(3)} nats a query (95 % interval of the gain ${low.toFixed(3)} to ${high.toFixed(3)})`;
  if (value <= 0) {
    return `The fitted profile does not beat the profile ${present} on ${queries} queries that it was not fitted to: it is worse by ${by}. Nothing was changed.`;
  }
  const sure = low > 0 ? '' : '; the interval holds 0, so more queries would make it surer';
  return `The fitted profile beats the profile ${present} on ${queries} queries that it was not fitted to, by ${by}${sure}.`;
}

function sizeOf(queries: readonly EvaluationQuery[]): { readonly queries: number; readonly clusters: number } {
  return { queries: queries.length, clusters: new Set(queries.map((query) => query.cluster)).size };
}

function mixOf(queries: readonly EvaluationQuery[]): Record<string, number> {
  const mix: Record<string, number> = {};
  for (const { part } of queries) mix[part ?? 'all'] = (mix[part ?? 'all'] ?? 0) + 1;
  return mix;
}
