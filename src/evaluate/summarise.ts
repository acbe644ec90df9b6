import type { Verdict } from '../api/types.js';
import { fault } from '../domain/errors.js';
import type { BlendProfile } from '../locate/blend-profile.js';
import { type CircleBin, calibrationBins, spreadBins } from './circle-bins.js';
import { quantileEdges } from './circle-coverage.js';
import { ClusterBootstrap } from './cluster-bootstrap.js';
import { differences } from './differences.js';
import type { Evaluation, Figures, Timing } from './evaluation.js';
import { type FloorCity, floors } from './floors.js';
import { mean, median } from './metrics.js';
import type { NearDuplicates } from './near-duplicates.js';
import { publishedFor } from './published.js';
import type { QueryResult } from './query-result.js';
import { answersOf, sideFigures } from './side-figures.js';

const SPREAD_BINS = 5;
const CALIBRATED = 'blend';

export interface EvaluationInfo {
  /** Description of the queries. */
  readonly protocol: string;
  /** Name or path of the manifest, for the published figures; null where there is none. */
  readonly manifest?: string | null;
  /** ISO 8601. */
  readonly date: string;
  readonly model: { readonly id: string; readonly name: string };
  readonly index: Evaluation['index'];
  /** Coverage is given by the calibration's bins; without one by fifths of the queries. */
  readonly profile: Pick<BlendProfile, 'name' | 'calibration'> | null;
  readonly skipped: readonly { readonly code: string }[];
  /** Ids of the queries that are in the index. */
  readonly inIndex: readonly string[];
  /** Missing where they were not searched for. */
  readonly nearDuplicates?: NearDuplicates | null;
  /** For the random city; empty where there is no gazetteer. */
  readonly cities: readonly FloorCity[];
  /** Whole stages of the run in ms, such as `embed`. */
  readonly stages?: Readonly<Record<string, number>>;
  /** Seed of the resampling; 1 by default. */
  readonly seed?: number;
}

/**
 * Computes a run's figures.
 * @param results one per query, each with the same sides
 * @throws `no_queries` for none
 * @throws `not_finite` with the query's id where a number is not finite
 */
export function summarise(results: readonly QueryResult[], info: EvaluationInfo): Evaluation {
  if (results.length === 0) {
    throw fault('no_queries', 'Expected at least one query to measure, got none; see what was skipped, and why.');
  }
  results.forEach(checkResult);
  const seed = info.seed ?? 1;
  const sides = [...new Set(results.flatMap((result) => Object.keys(result.sides)))].filter((side) =>
    results.some((result) => result.sides[side]),
  );
  const main = sides.includes('blend') ? 'blend' : sides[0];
  const { calibration = null } = info.profile ?? {};
  const bins = calibration === null ? fifths(results, main) : calibrationBins(calibration);
  const figures = (some: readonly QueryResult[]) => figuresOf(some, sides, bins, seed);
  const parts = [...new Set(results.flatMap(({ part }) => (part === null ? [] : [part])))];
  return {
    format: 'streetdex-evaluation',
    version: 1,
    date: info.date,
    protocol: info.protocol,
    model: info.model,
    index: info.index,
    profile: info.profile && { name: info.profile.name, calibrated: calibration !== null },
    seed,
    overall: figures(results),
    parts: Object.fromEntries(parts.map((part) => [part, figures(results.filter((result) => result.part === part))])),
    floors: floors(
      results.map((result) => result.truth),
      info.cities,
    ),
    skipped: { total: info.skipped.length, by_code: countBy(info.skipped.map(({ code }) => code)) },
    in_index: info.inIndex.length,
    near_duplicates: nearDuplicatesJson(info.nearDuplicates ?? null),
    published: publishedFor(info.manifest ?? null),
    took_ms: {
      search: timing(results.map((result) => result.tookMs.search)),
      judge: timing(results.map((result) => result.tookMs.judge)),
      stages: info.stages ?? {},
    },
  };
}

/** Near-duplicates as `--json` has them. */
export function nearDuplicatesJson(of: NearDuplicates | null): Evaluation['near_duplicates'] {
  return of && { left_out: of.leftOut, queries: of.found, unknown: of.unknown };
}

function figuresOf(
  results: readonly QueryResult[],
  sides: readonly string[],
  bins: readonly CircleBin[],
  seed: number,
): Figures {
  const bootstrap = new ClusterBootstrap(
    results.map((result) => result.cluster),
    seed,
  );
  return {
    queries: results.length,
    clusters: bootstrap.mix.clusters,
    largest_cluster_share: bootstrap.mix.largestShare,
    draws: bootstrap.draws,
    sides: Object.fromEntries(
      sides.map((side) => [
        side,
        sideFigures(results, side, side === CALIBRATED ? bins : bins.map(withoutDraws), bootstrap),
      ]),
    ),
    differences: differences(results, sides, bootstrap),
    verdicts: sides.includes('blend') ? verdictFigures(results) : null,
  };
}

function fifths(results: readonly QueryResult[], main: string | undefined): CircleBin[] {
  if (main === undefined) return spreadBins([]);
  const spreads = answersOf(results, main).map(({ spread }) => spread);
  return spreadBins(quantileEdges(spreads, SPREAD_BINS));
}

/** A bin without the calibration's draws, which concern the blend's circles alone. */
function withoutDraws(bin: CircleBin): CircleBin {
  return { ...bin, draws50: [], draws90: [] };
}

function verdictFigures(results: readonly QueryResult[]): Figures['verdicts'] {
  const of = (word: Verdict['word']) => {
    const some = results.filter(({ verdict }) => verdict.word === word);
    const wrong = some.flatMap(({ verdict }) => (verdict.wrong === null ? [] : [verdict.wrong ? 1 : 0]));
    return {
      percent: (100 * some.length) / results.length,
      wrong_percent: wrong.length === 0 ? null : 100 * mean(wrong),
    };
  };
  return {
    sure: of('sure'),
    likely: of('likely'),
    unsure: of('unsure'),
    unknown: of('unknown'),
    not_checked: of('not_checked'),
  };
}

function checkResult({ id, sides }: QueryResult): void {
  for (const [side, answer] of Object.entries(sides)) {
    if (answer === null) continue;
    const { errorKm, probability, spread, radius50Km, radius90Km } = answer;
    for (const [name, value] of Object.entries({ errorKm, probability, spread, radius50Km, radius90Km })) {
      if (Number.isFinite(value)) continue;
      throw fault('not_finite', `Expected finite numbers, got ${value} as ${name} of ${side} for query '${id}'.`);
    }
  }
}

function timing(values: readonly number[]): Timing {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: median(values), p99: sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Number.NaN, mean: mean(values) };
}

function countBy(codes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
