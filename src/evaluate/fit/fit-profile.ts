import type { BlendProfile } from '../../locate/blend-profile.js';
import type { Located } from '../../locate/judge.js';
import type { Locator } from '../../locate/locator.js';
import type { Retrieved } from '../../locate/retrieve.js';
import type { EvaluationQuery } from '../evaluation-query.js';
import { blendSettings, fitBlend, viewBlend } from './fit-blend.js';
import { fitCaptions, treePositions, viewCaptions } from './fit-captions.js';
import { fitRetrieval, scalesToTry, viewRetrieval } from './fit-retrieval.js';
import { judgeNamed } from './judge-named.js';
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

/**
 * The profile of the least log loss over these queries, by stages: T_r, gate and kernels at exponents (1, 0, 0), the
 * captions' temperatures and population exponent at (0, 1, 0), then exponents, gate and evidence limit with these fixed.
 * Starts from the locator's own profile; its calibration and provenance are not carried over.
 *
 * @param onStage awaited before each stage: between them nothing else of the process runs
 * @throws `not_finite` with the query's id in its message
 */
export async function fitProfile(
  queries: readonly WeighedQuery[],
  locator: Locator,
  freedom: FitFreedom,
  onStage: (stage: string) => Promise<void> = () => Promise.resolve(),
): Promise<BlendProfile> {
  let profile: BlendProfile = { ...locator.profile, calibration: null };
  const gate = freedom !== 'few';
  await onStage('retrieval');
  const scalesKm = scalesToTry(profile.retrieval);
  const retrieval = views(queries, locator.withProfile(profile), (located, near, weight) =>
    located.groups.length === 0 ? null : viewRetrieval(located, near, scalesKm, weight),
  );
  if (retrieval.length > 0 && profile.retrieval.kernel === 'softmax') {
    const free = { gate, kernels: freedom === 'all' };
    profile = { ...profile, retrieval: fitRetrieval(retrieval, scalesKm, profile.retrieval, free) };
  }
  for (let round = 1; round <= CAPTION_ROUNDS; round++) {
    await onStage(`captions, ${round} of ${CAPTION_ROUNDS}`);
    profile = { ...profile, captions: captionsOnce(queries, locator.withProfile(profile), gate, round > 1) };
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

function captionsOnce(
  queries: readonly WeighedQuery[],
  locator: Locator,
  every: boolean,
  near: boolean,
): BlendProfile['captions'] {
  const start = locator.profile.captions;
  const first = queries[0];
  const tree = first && judgeNamed(locator, first).tree;
  if (!tree) return start;
  const positions = treePositions(tree);
  const captions = views(queries, locator, (located, near, weight) => viewCaptions(located, positions, near, weight));
  return captions.length === 0 ? start : fitCaptions(captions, tree, start, every, near);
}

/** The views that `keep` makes of the queries as the locator judges them, without nulls. */
function views<T>(
  queries: readonly WeighedQuery[],
  locator: Locator,
  keep: (located: Located, near: Float64Array, weight: number) => T | null,
): T[] {
  return queries.flatMap((one) => {
    const located = judgeNamed(locator, one);
    const view = keep(located, nearness(one.query.truth, located.support.points), one.weight);
    return view === null ? [] : [view];
  });
}
