import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { type BlendProfile, parseBlendProfile } from '../locate/blend-profile.js';
import type { Locator } from '../locate/locator.js';
import type { VerdictSpreads } from './calibrate/verdict-spreads.js';
import { type CheckedProfile, checkedProfile } from './checked-profile.js';
import type { EvaluationQuery } from './evaluation-query.js';
import { atBound } from './fit/at-bound.js';
import { FITTED, type FitFreedom, type WeighedQuery } from './fit/fit-profile.js';
import { type FittedAndChecked, fitAndCheck } from './fit-and-check.js';
import { type Gain, gainOf, isKept, verdictOf } from './keep-rule.js';

export interface TuneOptions {
  /** Seed of the split. */
  readonly seed?: string;
  /** Id of the index's model and the name of the index, for the provenance. */
  readonly model?: string | null;
  readonly index?: string | null;
  /** ISO 8601 day. */
  readonly date?: string;
  /** Called at the start of each stage, and within the long ones. */
  readonly onProgress?: (stage: string, done?: number, total?: number) => void;
  readonly signal?: AbortSignal;
}

export interface TuneReport {
  readonly parts: Readonly<
    Record<'fit' | 'calibrate' | 'check', { readonly queries: number; readonly clusters: number }>
  >;
  readonly freedom: FitFreedom;
  readonly fitted: readonly string[];
  /** Settings that were not fitted for lack of queries; empty where all were. */
  readonly notFitted: readonly string[];
  /** Fitted parameters that stand at a bound. */
  readonly at_bound: readonly string[];
  readonly before: CheckedProfile;
  readonly after: CheckedProfile;
  /**
   * Number of folds, where each query was used for fitting, calibration and checking in turn; null where each was in one part.
   */
  readonly folds: number | null;
  /** Gain on the queries for checking. */
  readonly gain: Gain;
  /**
   * Which profile comes back. `fitted`: it beats the present one by more than a standard error. `calibrated`: the present
   * weights, which nothing beat, now with calibrated circles. `unchanged`, not to be written: the present profile is as good
   * and is calibrated, or can't be calibrated.
   */
  readonly outcome: 'fitted' | 'calibrated' | 'unchanged';
  /** A sentence. */
  readonly verdict: string;
  /** Whether the profile that comes back is calibrated; it is not with fewer than 40 clusters. */
  readonly calibrated: boolean;
  /** Accepted spreads by level and word; null where nothing was calibrated. */
  readonly verdicts: VerdictSpreads | null;
  readonly tookMs: number;
}

const QUERIES_MIN = 100;
const CLUSTERS_MIN = 20;
const SEED = 'streetdex tune';

/**
 * Fits the locator's profile to queries whose places are known, calibrates it, and compares it with the present one, each on
 * queries that the step before did not see; a cluster's queries are never on both sides. Where the present weights are as good
 * and not calibrated, they are calibrated. A profile is returned even where none is to be written: see `report.outcome`.
 *
 * @throws `too_few_queries` under 100 queries or 20 clusters; `duplicate_query`; `interrupted`; `not_finite` with the query's
 * id; what `Locator` throws
 */
export async function tuneProfile(
  queries: readonly EvaluationQuery[],
  locator: Locator,
  options: TuneOptions = {},
): Promise<{ readonly profile: BlendProfile; readonly report: TuneReport }> {
  const started = performance.now();
  const { seed = SEED, onProgress = () => undefined } = options;
  checkQueries(queries);
  const enter = async (stage: string) => {
    onProgress(stage);
    // A stage takes seconds, during which no signal is handled.
    await new Promise((resolve) => setImmediate(resolve));
    if (options.signal?.aborted) throw interrupted();
  };
  const weighed = await retrieveAll(queries, locator, options);
  const found = await fitAndCheck(weighed, locator, { seed, enter });
  await enter('verdict');
  const report = reportOf(found, locator.profile);
  const only = report.outcome === 'calibrated';
  const profile = parseBlendProfile({
    ...(only ? locator.profile : found.profile),
    name: only
      ? `${locator.profile.name}, calibrated on ${queries.length} queries`
      : `tuned on ${queries.length} queries`,
    calibration: (only ? found.present : found.calibrated)?.calibration ?? null,
    provenance: {
      model: options.model ?? null,
      index: options.index ?? null,
      queries: queries.length,
      authors: sizeOf(weighed).clusters,
      mix: mixOf(queries),
      parts: Object.fromEntries(
        Object.entries(report.parts).flatMap(([part, size]) => [
          [`${part}_queries`, size.queries],
          [`${part}_authors`, size.clusters],
        ]),
      ),
      fitted: only ? [] : report.fitted,
      seed,
      date: options.date ?? new Date().toISOString().slice(0, 10),
      losses: { check_before: report.before.logLoss, check_after: report[only ? 'before' : 'after'].logLoss },
    },
  });
  return { profile, report: { ...report, tookMs: performance.now() - started } };
}

function reportOf(found: FittedAndChecked, current: BlendProfile): Omit<TuneReport, 'tookMs'> {
  const { freedom, parts } = found;
  const gain = gainOf(
    found.before.map(({ cluster, weight, loss }, i) => ({
      ...{ cluster, weight, fold: present(found.foldOf[i]) },
      ...{ before: loss, after: present(found.after[i]).loss },
    })),
  );
  const kept = isKept(gain);
  const only = !kept && current.calibration === null && found.present !== null;
  const calibrated = only ? found.present : found.calibrated;
  const outcome = kept ? 'fitted' : only ? 'calibrated' : 'unchanged';
  return {
    parts: { fit: sizeOf(parts.fit), calibrate: sizeOf(parts.calibrate), check: sizeOf(parts.check) },
    folds: found.folds,
    freedom,
    fitted: FITTED[freedom],
    notFitted: FITTED.all.filter((name) => !FITTED[freedom].includes(name)),
    at_bound: atBound(
      found.profile,
      freedom,
      parts.fit.flatMap(({ retrieved }) => retrieved.groups[0]?.representative.score ?? []),
    ),
    before: checkedProfile(found.before),
    after: checkedProfile(found.after),
    gain,
    outcome,
    verdict: verdictOf(gain, current.name, found.before.length, outcome),
    calibrated: calibrated !== null,
    verdicts: calibrated?.verdicts ?? null,
  };
}

function checkQueries(queries: readonly EvaluationQuery[]): void {
  const clusters = new Set(queries.map(({ cluster }) => cluster)).size;
  if (queries.length < QUERIES_MIN || clusters < CLUSTERS_MIN) {
    throw fault(
      'too_few_queries',
      `Expected at least ${QUERIES_MIN} queries of ${CLUSTERS_MIN} authors or places to tune with, got ${queries.length} of ${clusters}; the profile stays as it is.`,
    );
  }
  const seen = new Set<string>();
  for (const { id } of queries) {
    if (seen.has(id)) throw fault('duplicate_query', `Expected each query once, got ${id} twice.`);
    seen.add(id);
  }
}

/** The queries with their neighbours; those of one cluster weigh 1 together. */
async function retrieveAll(
  queries: readonly EvaluationQuery[],
  locator: Locator,
  { onProgress, signal }: TuneOptions,
): Promise<WeighedQuery[]> {
  const sizes = new Map<string, number>();
  for (const { cluster } of queries) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  const weighed: WeighedQuery[] = [];
  for (const query of queries) {
    if (signal?.aborted) throw interrupted();
    if (weighed.length % 100 === 0) onProgress?.('search', weighed.length, queries.length);
    const retrieved = await locator.retrieve(query);
    weighed.push({ query, retrieved, weight: 1 / present(sizes.get(query.cluster)) });
  }
  return weighed;
}

function interrupted() {
  return fault('interrupted', 'The tuning was stopped; the profile stays as it is.');
}

function sizeOf(queries: readonly WeighedQuery[]): { readonly queries: number; readonly clusters: number } {
  return { queries: queries.length, clusters: new Set(queries.map(({ query }) => query.cluster)).size };
}

function mixOf(queries: readonly EvaluationQuery[]): Record<string, number> {
  const mix: Record<string, number> = {};
  for (const { part } of queries) mix[part ?? 'all'] = (mix[part ?? 'all'] ?? 0) + 1;
  return mix;
}
