import type { BlendProfile } from '../locate/blend-profile.js';
import type { Locator } from '../locate/locator.js';
import { type Calibrated, calibrateProfile } from './calibrate/calibrate-profile.js';
import { widenRadii } from './calibrate/widen-radii.js';
import { type FitFreedom, fitProfile, freedomFor, startingViews, type WeighedQuery } from './fit/fit-profile.js';
import { type JudgedAnswer, judgedAnswers } from './judged-answers.js';
import { splitClusters } from './split-clusters.js';

/** A fitted and calibrated profile, with answers that measure it. */
export interface FittedAndChecked {
  /** Without its calibration. */
  readonly profile: BlendProfile;
  readonly freedom: FitFreedom;
  readonly calibrated: Calibrated | null;
  /** The present weights' own calibration, with the same queries: nothing was fitted to them either. */
  readonly present: Calibrated | null;
  /** Answers of the present profile and of a fitted one to the same queries in the same order; neither saw them. */
  readonly before: readonly JudgedAnswer[];
  readonly after: readonly JudgedAnswer[];
  /** The fold of each of these queries. */
  readonly foldOf: readonly number[];
  readonly parts: Readonly<Record<'fit' | 'calibrate' | 'check', readonly WeighedQuery[]>>;
  /** null where the queries were split into three parts. */
  readonly folds: number | null;
}

export interface FitOptions {
  readonly seed: string;
  /** Awaited before each stage: between them nothing else of the process runs. */
  readonly enter: (stage: string) => Promise<void>;
}

/** Shares of the queries: to fit, to calibrate, to check. */
const SHARES = [0.4, 0.4, 0.2];
/** With fewer clusters each query is used for fitting, calibration and checking in turn. */
const SPLIT_CLUSTERS_MIN = 300;
const FOLDS = 5;

/** Fits, calibrates and checks: on three parts where there are enough clusters, else in folds. */
export function fitAndCheck(
  queries: readonly WeighedQuery[],
  locator: Locator,
  options: FitOptions,
): Promise<FittedAndChecked> {
  const clusters = new Set(queries.map(({ query }) => query.cluster)).size;
  return clusters < SPLIT_CLUSTERS_MIN ? inFolds(queries, locator, options) : inParts(queries, locator, options);
}

async function inParts(
  queries: readonly WeighedQuery[],
  locator: Locator,
  { seed, enter }: FitOptions,
): Promise<FittedAndChecked> {
  const [fit = [], calibrate = [], check = []] = split(queries, SHARES, seed);
  const freedom = freedomFor(fit.length);
  const profile = await fitProfile(fit, locator, freedom, (stage) => enter(`fit: ${stage}`));
  const fitted = locator.withProfile(profile);
  await enter('calibrate');
  const calibrated = calibrateProfile(judgedAnswers(calibrate, fitted), judgedAnswers(fit, fitted));
  const present = calibrateProfile(judgedAnswers(calibrate, locator), judgedAnswers(fit, locator));
  await enter('check');
  return {
    ...{ profile, freedom, calibrated, present, folds: null, parts: { fit, calibrate, check } },
    before: judgedAnswers(check, locator),
    after: judgedAnswers(check, fitted).map((answer) => widenRadii(answer, calibrated?.calibration ?? null)),
    foldOf: check.map(() => 0),
  };
}

/**
 * Cross-conformal: the profile is fitted to all queries, and calibrated with each fold's answers from a profile fitted to the
 * other folds. The exact method (CV+, Barber et al. 2021) would use the profiles of all folds for an answer; using the final
 * profile instead is good as long as these few, shrunk parameters are stable. The check is honest: a fold's circles come from a
 * fit and a calibration without that fold.
 */
async function inFolds(
  queries: readonly WeighedQuery[],
  locator: Locator,
  { seed, enter }: FitOptions,
): Promise<FittedAndChecked> {
  const folds = split(queries, Array(FOLDS).fill(1 / FOLDS), seed);
  const freedom = freedomFor(queries.length - Math.max(...folds.map((fold) => fold.length)));
  const starting = startingViews(locator, freedom);
  const profile = await fitProfile(queries, locator, freedom, (stage) => enter(`fit: ${stage}`), starting);
  const unseen: JudgedAnswer[][] = [];
  for (const [k, fold] of folds.entries()) {
    const others = folds.flatMap((other, i) => (i === k ? [] : other));
    const name = `fold ${k + 1} of ${FOLDS}`;
    const own = await fitProfile(others, locator, freedom, (stage) => enter(`${name}, fit: ${stage}`), starting);
    unseen.push(judgedAnswers(fold, locator.withProfile(own)));
  }
  await enter('calibrate');
  const calibrated = calibrateProfile(unseen.flat(), unseen.flat());
  const before = judgedAnswers(folds.flat(), locator);
  await enter('check');
  const after = unseen.flatMap((fold, k) => {
    const others = unseen.flatMap((other, i) => (i === k ? [] : other));
    const calibration = (calibrated && calibrateProfile(others, others, 1)?.calibration) ?? null;
    return fold.map((answer) => widenRadii(answer, calibration));
  });
  return {
    ...{ profile, freedom, calibrated, before, after, folds: FOLDS },
    present: calibrateProfile(before, before),
    foldOf: folds.flatMap((fold, k) => fold.map(() => k)),
    parts: { fit: queries, calibrate: queries, check: queries },
  };
}

function split(queries: readonly WeighedQuery[], shares: readonly number[], seed: string): WeighedQuery[][] {
  const keyed = queries.map((one) => ({ one, cluster: one.query.cluster, part: one.query.part }));
  return splitClusters(keyed, shares, seed).map((part) => part.map(({ one }) => one));
}
