import { fault, hasCode } from '../domain/errors.js';
import { present } from '../domain/present.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { Judged, Located } from '../locate/judge.js';
import type { Locator } from '../locate/locator.js';
import type { Retrieved } from '../locate/retrieve.js';
import type { Support } from '../locate/support.js';
import { verdictWord } from '../locate/verdict.js';
import type { EvaluationQuery } from './evaluation-query.js';
import { levelOf } from './judged-answers.js';
import { named } from './name-failure.js';
import { nearestSide } from './nearest-side.js';
import { ProgressClock } from './progress-clock.js';
import type { QueryResult } from './query-result.js';
import type { GatherProgress } from './query-set.js';
import { aboutQuery, type ReverseGeocoder, remembering, type SideAnswer, scored } from './score-answer.js';
import { type CaptionText, shownEvidence } from './shown-evidence.js';

/** A further side: a locator with another profile, or a function. Both get what was retrieved. */
export type ExtraSide = Locator | ((query: EvaluationQuery, retrieved: Retrieved) => SideAnswer | null);

export interface EvaluationOptions {
  /** Further sides by their names in the table, after retrieval, captions, blend and nearest. */
  readonly extra?: Readonly<Record<string, ExtraSide>>;
  /** Captions' texts for the evidence; without it the places' names are shown. */
  readonly captionText?: CaptionText;
  /** Stops after the query in hand. */
  readonly signal?: AbortSignal;
}

/** Timers and signals run this often. */
const BREATH_MS = 50;

/**
 * Asks about every query once: one search, from which come retrieval alone, captions alone, the blend and the nearest
 * neighbour. The truth is used only after all sides have answered.
 *
 * @returns one result for each query, in their order; a side that can't answer is null
 * @throws `not_finite` with the query's id at the first number that is not finite, `interrupted`
 */
export async function runEvaluation(
  queries: readonly EvaluationQuery[],
  locator: Locator,
  gazetteer: Gazetteer,
  options: EvaluationOptions = {},
  onProgress?: (progress: GatherProgress) => void,
): Promise<QueryResult[]> {
  const progress = new ProgressClock(queries.length, onProgress);
  const geocoder = remembering(gazetteer);
  const results: QueryResult[] = [];
  let breathedMs = performance.now();
  for (const query of queries) {
    if (performance.now() - breathedMs > BREATH_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      breathedMs = performance.now();
    }
    if (options.signal?.aborted)
      throw fault('interrupted', `The evaluation was stopped after ${results.length} of ${queries.length} queries.`);
    results.push(await evaluateQuery(query, locator, geocoder, options));
    progress.update(results.length);
  }
  progress.update(results.length, true);
  return results;
}

/** @throws as `runEvaluation` */
async function evaluateQuery(
  query: EvaluationQuery,
  locator: Locator,
  geocoder: ReverseGeocoder,
  options: EvaluationOptions,
): Promise<QueryResult> {
  try {
    const started = performance.now();
    const retrieved = await locator.retrieve(query);
    const searched = performance.now();
    const { located, answers } = judgeSides(query, retrieved, locator);
    const judged = performance.now();
    answers.nearest = nearestSide(retrieved);
    for (const [name, side] of Object.entries(options.extra ?? {})) answers[name] = extraAnswer(side, query, retrieved);
    const truth = geocoder.nearest(query.truth);
    const sides: QueryResult['sides'] = Object.fromEntries(
      Object.entries(answers).map(([name, answer]) => [name, answer && scored(answer, query, truth, geocoder)]),
    );
    const blend = sides.blend ?? null;
    return {
      ...aboutQuery(query, truth),
      sides,
      verdict: located === null || blend === null ? NO_VERDICT : verdictFor(located, blend.errorKm, truth.iso2),
      bestScore: retrieved.groups[0]?.representative.score ?? null,
      notIndexed: located?.notIndexed ?? 1,
      evidence:
        located === null ? { neighbours: [], captions: [] } : shownEvidence(located, options.captionText ?? NO_TEXT),
      tookMs: { search: searched - started, judge: judged - searched },
    };
  } catch (error) {
    throw named(error, query);
  }
}

const NO_VERDICT: QueryResult['verdict'] = { word: 'unknown', level: null, wrong: null };

function verdictFor(located: Located, errorKm: number, truth: string | null): QueryResult['verdict'] {
  const { spread, coverage, profile } = located;
  const { level, wrong } = levelOf(located, errorKm, truth);
  const word = verdictWord(level, { spread, covered: coverage.covered }, profile.calibration);
  return { word, level, wrong: level === null || level === 'continent' ? null : wrong };
}

const NO_TEXT: CaptionText = () => null;

/** Retrieval, captions and blend; all null for a query without references and captions. */
function judgeSides(
  query: EvaluationQuery,
  retrieved: Retrieved,
  locator: Locator,
): { readonly located: Located | null; readonly answers: Record<string, SideAnswer | null> } {
  try {
    const { blend, retrieval, captions } = locator.judgeSides(query, retrieved);
    const { support } = blend;
    return {
      located: blend,
      answers: {
        retrieval: retrieval && answerOf(support, retrieval),
        captions: captions && answerOf(support, captions),
        blend: answerOf(support, blend),
      },
    };
  } catch (error) {
    if (!hasCode(error, 'nothing_to_locate_with')) throw error;
    return { located: null, answers: { retrieval: null, captions: null, blend: null } };
  }
}

function extraAnswer(side: ExtraSide, query: EvaluationQuery, retrieved: Retrieved): SideAnswer | null {
  if (typeof side === 'function') return side(query, retrieved);
  try {
    const located = side.judge(query, retrieved);
    return answerOf(located.support, located);
  } catch (error) {
    if (!hasCode(error, 'nothing_to_locate_with')) throw error;
    return null;
  }
}

function answerOf({ points }: Support, { candidates, spread }: Pick<Judged, 'candidates' | 'spread'>): SideAnswer {
  const { at, probability, radius50Km, radius90Km } = present(candidates[0]);
  return { point: present(points[at]), probability, spread, radius50Km, radius90Km };
}
