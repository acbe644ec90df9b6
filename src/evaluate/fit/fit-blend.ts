import { present as checked } from '../../domain/present.js';
import { type BlendProfile, DEFAULT_PROFILE, priorExponent } from '../../locate/blend-profile.js';
import type { WeighedEvidence } from '../../locate/judge.js';
import { negativeExponential } from '../../locate/negative-exponential.js';
import { sameSpotShare } from '../../locate/retrieve.js';
import { gateAt, gateKnobs } from './fit-retrieval.js';
import type { Knob } from './knobs.js';
import { logLoss } from './log-loss.js';
import { minimise } from './minimise.js';
import { clustersOf, shrunk } from './shrinkage.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A query for the fit of the blend: rows over its support, one number a point. */
export interface BlendView {
  readonly weight: number;
  /** null without neighbours. */
  readonly bestCosine: number | null;
  /** Share of the first group's mass that stays at its spot. */
  readonly sameSpot: number;
  /** ε_r by the profile that judged the query. */
  readonly notIndexed: number;
  readonly near: Float64Array;
  readonly prior: Float64Array;
  readonly logArea: Float64Array;
  /** log(P_0/a) */
  readonly priorLog: Float64Array;
  /** Σ_i w_i R_ij: P_r before the gate; null without neighbours. */
  readonly retrieval: Float64Array | null;
  /** log(P_t/a), floor included; null without captions. */
  readonly captionsLog: Float64Array | null;
  readonly captionsMost: number;
}

/** @param near the truth's nearness at the support's points */
export function viewBlend(
  { support, posterior, groups, notIndexed, profile }: WeighedEvidence,
  near: Float64Array,
  weight: number,
): BlendView {
  const n = support.points.length;
  const logArea = support.area.map(Math.log);
  const perArea = (mass: Float64Array) => mass.map((p, j) => Math.log(p) - present(logArea[j]));
  const captionsLog = posterior.captions && perArea(posterior.captions);
  return {
    weight,
    bestCosine: groups[0]?.representative.score ?? null,
    sameSpot: sameSpotShare(
      groups.map((group) => group.representative.score),
      profile.retrieval.same_spot,
    ),
    notIndexed,
    near,
    prior: support.prior,
    logArea,
    priorLog: perArea(support.prior),
    retrieval: posterior.retrieval && columnSums(posterior.groupShares, n),
    captionsLog,
    captionsMost: captionsLog === null ? 0 : captionsLog.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  };
}

function columnSums(rows: Float64Array, n: number): Float64Array {
  const sums = new Float64Array(n);
  for (let i = 0; i < rows.length; i += n) {
    for (let j = 0; j < n; j++) sums[j] = present(sums[j]) + present(rows[i + j]);
  }
  return sums;
}

/** The settings of a profile that the fit of the blend changes. */
export interface BlendSettings {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly limitNats: number;
  /** null: ε_r of the views. */
  readonly gate: { readonly lo: number; readonly hi: number; readonly tau: number; readonly delta: number } | null;
}

/** log(P_r/a) over the view's support, after the gate; null without neighbours. */
export function retrievalLog(view: BlendView, gate: BlendSettings['gate']): Float64Array | null {
  const { retrieval, bestCosine } = view;
  if (retrieval === null) return null;
  const epsilon = gate === null || bestCosine === null ? view.notIndexed : gateAt(bestCosine, gate, view.sameSpot);
  const log = new Float64Array(retrieval.length);
  for (let j = 0; j < log.length; j++) {
    const share = (1 - epsilon) * present(retrieval[j]) + epsilon * present(view.prior[j]);
    log[j] = Math.log(share) - present(view.logArea[j]);
  }
  return log;
}

/**
 * log P up to a constant, like `blend` of src/locate for these settings. @returns the greatest value
 * @param retrieval `retrievalLog` by the settings' gate
 * @param log receives it; may be longer than the support
 */
function blendLog(view: BlendView, settings: BlendSettings, retrieval: Float64Array | null, log: Float64Array): number {
  const alpha = retrieval === null ? 0 : settings.alpha;
  const beta = view.captionsLog === null ? 0 : settings.beta;
  const gamma = priorExponent(settings, alpha, beta);
  const { captionsLog, logArea, priorLog } = view;
  const floor = alpha > 0 || gamma !== 0 ? beta * view.captionsMost - settings.limitNats : Number.NEGATIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < logArea.length; j++) {
    let sum = present(logArea[j]) + gamma * present(priorLog[j]);
    if (captionsLog !== null) sum += Math.max(beta * present(captionsLog[j]), floor);
    if (retrieval !== null && alpha > 0) sum += alpha * present(retrieval[j]);
    log[j] = sum;
    if (sum > most) most = sum;
  }
  return most;
}

/** P over the view's support for these settings. */
export function blendMass(view: BlendView, settings: BlendSettings): Float64Array {
  const mass = new Float64Array(view.near.length);
  const most = blendLog(view, settings, retrievalLog(view, settings.gate), mass);
  let sum = 0;
  for (let j = 0; j < mass.length; j++) sum += mass[j] = negativeExponential(most - present(mass[j]));
  return mass.map((p) => p / sum);
}

/**
 * The mean loss of the blend with these settings.
 * @param retrieval for each view, `retrievalLog` by the settings' gate; passed in, since it is the same while the gate is
 */
export function blendLoss(
  views: readonly BlendView[],
  settings: BlendSettings,
  retrieval: readonly (Float64Array | null)[] = views.map((view) => retrievalLog(view, settings.gate)),
): number {
  const log = new Float64Array(views.reduce((most, { near }) => Math.max(most, near.length), 0));
  let total = 0;
  let weights = 0;
  views.forEach((view, i) => {
    const { near, weight } = view;
    const most = blendLog(view, settings, retrieval[i] ?? null, log);
    let sum = 0;
    let nearSum = 0;
    for (let j = 0; j < near.length; j++) {
      const mass = negativeExponential(most - present(log[j]));
      sum += mass;
      nearSum += mass * present(near[j]);
    }
    total += weight * logLoss(nearSum / sum);
    weights += weight;
  });
  return total / weights;
}

export const EXPONENTS: readonly Knob[] = [
  { name: 'blend.alpha', low: 0, high: 3, scale: 'linear' },
  { name: 'blend.beta', low: 0, high: 3, scale: 'linear' },
  { name: 'blend.gamma', low: -1.5, high: 1.5, scale: 'linear' },
];
export const LIMIT: Knob = { name: 'blend.evidence_limit_nats', low: 2, high: 30, scale: 'log' };

/** What is fitted: α and β always; γ', the gate and Λ only with enough queries. */
export interface BlendFreedom {
  readonly gamma: boolean;
  readonly gate: boolean;
  readonly limit: boolean;
}

/** The exponents, the gate and the evidence limit of least loss, shrunk towards the defaults; the rest stays. */
export function fitBlend(views: readonly BlendView[], start: BlendSettings, free: BlendFreedom): BlendSettings {
  const best = views.flatMap((view) => (view.bestCosine === null ? [] : [view.bestCosine]));
  let fitted = start;
  for (let round = 0; round < (free.gate ? 3 : 1); round++) {
    const near = round > 0;
    fitted = turnExponents(views, fitted, free, near);
    if (free.gate && best.length > 0) fitted = turnGate(views, fitted, gateKnobs(best), near);
  }
  return fitted;
}

function turnExponents(
  views: readonly BlendView[],
  start: BlendSettings,
  free: BlendFreedom,
  near: boolean,
): BlendSettings {
  const knobs = [...EXPONENTS.slice(0, free.gamma ? 3 : 2), ...(free.limit ? [LIMIT] : [])];
  const settings = (at: readonly number[]): BlendSettings => ({
    ...start,
    alpha: present(at[0]),
    beta: present(at[1]),
    gamma: free.gamma ? present(at[2]) : start.gamma,
    limitNats: free.limit ? present(at.at(-1)) : start.limitNats,
  });
  const from = [
    start.alpha,
    start.beta,
    ...(free.gamma ? [start.gamma] : []),
    ...(free.limit ? [start.limitNats] : []),
  ];
  const { alpha, beta, gamma, evidence_limit_nats: limit } = DEFAULT_PROFILE.blend;
  const towards = [alpha, beta, ...(free.gamma ? [gamma] : []), ...(free.limit ? [limit] : [])];
  const retrieval = views.map((view) => retrievalLog(view, start.gate));
  const loss = shrunk(knobs, towards, clustersOf(views), (at) => blendLoss(views, settings(at), retrieval));
  return settings(minimise(knobs, from, loss, near).values);
}

function turnGate(
  views: readonly BlendView[],
  start: BlendSettings,
  knobs: readonly Knob[],
  near: boolean,
): BlendSettings {
  if (start.gate === null) return start;
  const settings = ([lo, hi, tau, delta]: readonly number[]): BlendSettings => ({
    ...start,
    gate: { lo: present(lo), hi: present(hi), tau: present(tau), delta: present(delta) },
  });
  const { lo, hi, tau, delta } = start.gate;
  const { not_indexed: usual } = DEFAULT_PROFILE.retrieval;
  const towards = [usual.lo, usual.hi, usual.tau, usual.delta];
  const loss = shrunk(knobs, towards, clustersOf(views), (at) => blendLoss(views, settings(at)));
  return settings(minimise(knobs, [lo, hi, tau, delta], loss, near).values);
}

/** A profile's values of these settings. */
export function blendSettings({ blend, retrieval }: BlendProfile): BlendSettings {
  const { lo, hi, tau, delta } = retrieval.not_indexed;
  return {
    alpha: blend.alpha,
    beta: blend.beta,
    gamma: blend.gamma,
    limitNats: blend.evidence_limit_nats,
    gate: tau === null || delta === null ? null : { lo, hi, tau, delta },
  };
}
