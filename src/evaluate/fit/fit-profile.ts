import type { BlendProfile } from '../../locate/blend-profile.js';
import type { WeighedEvidence } from '../../locate/judge.js';
import type { Locator } from '../../locate/locator.js';
import type { Retrieved } from '../../locate/retrieve.js';
import type { EvaluationQuery } from '../evaluation-query.js';
import { blendSettings, fitBlend, viewBlend } from './fit-blend.js';
import { type CaptionsView, fitCaptions, treePositions, viewCaptions } from './fit-captions.js';
import { fitRetrieval, type RetrievalView, scalesToTry, viewRetrieval } from './fit-retrieval.js';
import { weighNamed } from './judge-named.js';
import { nearness } from './log-loss.js';

/** A query with its neighbours and its weight: the queries of one cluster weigh 1 together. */
export interface WeighedQuery {
  readonly query: EvaluationQuery;
  readonly retrieved: Retrieved;
  readonly weight: number;
}

/** How many parameters a number of queries can support. */
export type FitFreedom = 'few' | 'some' | 'all';

const GATE_QUERIES_MIN = 160;
const KERNEL_QUERIES_MIN = 500;

/** @param queries of the part that is fitted */
export function freedomFor(queries: number): FitFreedom {
  if (queries < GATE_QUERIES_MIN) return 'few';
  return queries < KERNEL_QUERIES_MIN ? 'some' : 'all';
}

/** The fitted settings by freedom, by their names in the profile. */
export const FITTED: Readonly<Record<FitFreedom, readonly string[]>> = {
  few: ['retrieval.temperature', 'captions.temperature (one factor)', 'blend.alpha', 'blend.beta'],
  some: [
    'retrieval.temperature',
    'retrieval.not_indexed',
    'captions.temperature',
    'captions.population_exponent',
    'blend.alpha',
    'blend.beta',
    'blend.gamma',
  ],
  all: [
    'retrieval.temperature',
    'retrieval.not_indexed',
    'retrieval.scales_km',
    'retrieval.scale_weights',
    'captions.temperature',
    'captions.population_exponent',
    'blend.alpha',
    'blend.beta',
    'blend.gamma',
    'blend.evidence_limit_nats',
  ],
};

/** Rounds of fitting the captions: their temperatures decide which cities are scored. */
const CAPTION_ROUNDS = 2;

/** A query as the profile that a fit starts from weighs it; null where neighbours, or captions, say nothing of it. */
interface StartingView {
  readonly retrieval: RetrievalView | null;
  readonly captions: CaptionsView | null;
}

/**
 * The starting views of queries, each made once, when it is asked for: fits of several folds start from the same.
 * Retrieval's settings that a fit changes are nothing to the captions' views.
 */
export function startingViews(locator: Locator, freedom: FitFreedom): (query: WeighedQuery) => StartingView {
  const scalesKm = scalesToTry(locator.profile.retrieval, freedom === 'all');
  const made = new Map<WeighedQuery, StartingView>();
  const positions = locator.tree && treePositions(locator.tree);
  return (one) => {
    const known = made.get(one);
    if (known !== undefined) return known;
    const weighed = weighNamed(locator, one);
    const near = nearness(one.query.truth, weighed.support.points);
    const view = {
      retrieval: weighed.groups.length === 0 ? null : viewRetrieval(weighed, near, scalesKm, one.weight),
      captions: positions && viewCaptions(weighed, positions, near, one.weight),
    };
    made.set(one, view);
    return view;
  };
}

/**
 * The profile of the least log loss over these queries, by stages: T_r, gate and kernels at exponents (1, 0, 0), the
 * captions' temperatures and population exponent at (0, 1, 0), then exponents, gate and evidence limit with these fixed.
 * Starts from the locator's own profile; its calibration and provenance are not carried over.
 *
 * @param onStage awaited before each stage: between them nothing else of the process runs
 * @param starting of the same locator and freedom; passed in, where several fits have queries in common
 * @throws `not_finite` with the query's id in its message
 */
export async function fitProfile(
  queries: readonly WeighedQuery[],
  locator: Locator,
  freedom: FitFreedom,
  onStage: (stage: string) => Promise<void> = () => Promise.resolve(),
  starting = startingViews(locator, freedom),
): Promise<BlendProfile> {
  let profile: BlendProfile = { ...locator.profile, calibration: null };
  const gate = freedom !== 'few';
  const kernels = freedom === 'all';
  await onStage('retrieval');
  const retrieval = queries.flatMap((one) => starting(one).retrieval ?? []);
  if (retrieval.length > 0 && profile.retrieval.kernel === 'softmax') {
    const scalesKm = scalesToTry(profile.retrieval, kernels);
    profile = { ...profile, retrieval: fitRetrieval(retrieval, scalesKm, profile.retrieval, { gate, kernels }) };
  }
  const { tree } = locator;
  for (let round = 1; round <= CAPTION_ROUNDS && tree !== null; round++) {
    await onStage(`captions, ${round} of ${CAPTION_ROUNDS}`);
    const positions = treePositions(tree);
    const captions =
      round === 1
        ? queries.flatMap((one) => starting(one).captions ?? [])
        : views(queries, locator.withProfile(profile), (weighed, near, weight) =>
            viewCaptions(weighed, positions, near, weight),
          );
    if (captions.length > 0) {
      profile = { ...profile, captions: fitCaptions(captions, tree, profile.captions, gate, round > 1) };
    }
  }
  await onStage('blend');
  const blended = views(queries, locator.withProfile(profile), viewBlend);
  const settings = fitBlend(blended, blendSettings(profile), { gamma: gate, gate, limit: freedom === 'all' });
  const { alpha, beta, gamma, limitNats } = settings;
  return {
    ...profile,
    retrieval: { ...profile.retrieval, not_indexed: settings.gate ?? profile.retrieval.not_indexed },
    blend: { ...profile.blend, alpha, beta, gamma, evidence_limit_nats: limitNats },
  };
}

/** The views that `keep` makes of the queries as the locator weighs them, without nulls. */
function views<T>(
  queries: readonly WeighedQuery[],
  locator: Locator,
  keep: (weighed: WeighedEvidence, near: Float64Array, weight: number) => T | null,
): T[] {
  return queries.flatMap((one) => {
    const weighed = weighNamed(locator, one);
    const view = keep(weighed, nearness(one.query.truth, weighed.support.points), one.weight);
    return view === null ? [] : [view];
  });
}
