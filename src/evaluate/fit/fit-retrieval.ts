import { present as checked } from '../../domain/present.js';
import { vmfKernel } from '../../geo/von-mises-fisher.js';
import { type BlendProfile, DEFAULT_PROFILE } from '../../locate/blend-profile.js';
import type { WeighedEvidence } from '../../locate/judge.js';
import { negativeExponential } from '../../locate/negative-exponential.js';
import { sameSpotShare } from '../../locate/retrieve.js';
import type { Knob } from './knobs.js';
import { logLoss, product } from './log-loss.js';
import { minimise } from './minimise.js';
import { clustersOf, shrunk } from './shrinkage.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A query for the fit of retrieval alone, which changes only its neighbours' weights. */
export interface RetrievalView {
  /** Weight of the query in the mean. */
  readonly weight: number;
  readonly cosines: Float64Array;
  /**
   * By group, then scale: Σ_j K(x_j; x_i, scale) a_j times the truth's nearness to x_j, and the same without it. Their
   * quotient, after scales are mixed, is the group's worth.
   */
  readonly near: Float64Array;
  readonly reach: Float64Array;
  /** Share of the first group's mass that stays at its spot, and the group's worth there. */
  readonly sameSpot: { readonly share: number; readonly worth: number };
  /** Σ_j P_0(x_j) times the nearness. */
  readonly priorNear: number;
  /** ε_r by the profile that judged the query. */
  readonly notIndexed: number;
}

type Retrieval = BlendProfile['retrieval'];

/** Candidate widths of kernels, beside those of the profile that the fit starts from. */
const SCALES_KM = [0.3, 1, 3, 10, 25, 50, 100, 200, 400, 800];

/** Widths of kernels that a fit from there may mix. @param kernels whether it may choose other ones than the profile's */
export function scalesToTry(retrieval: Retrieval, kernels: boolean): number[] {
  return [...new Set([...(kernels ? SCALES_KM : []), ...retrieval.scales_km])].sort((a, b) => a - b);
}

/** @param near the truth's nearness at the support's points */
export function viewRetrieval(
  { support, groups, notIndexed, profile }: WeighedEvidence,
  near: Float64Array,
  scalesKm: readonly number[],
  weight: number,
): RetrievalView {
  const kernels = scalesKm.map((km) => vmfKernel(km));
  const cosines = Float64Array.from(groups, (group) => group.representative.score);
  const spot = profile.retrieval.same_spot;
  const here = spot && reachOf(support, 0, vmfKernel(spot.km).halfKappa, near);
  const view = {
    weight,
    cosines,
    near: new Float64Array(groups.length * kernels.length),
    reach: new Float64Array(groups.length * kernels.length),
    sameSpot: { share: sameSpotShare(cosines, spot), worth: here === null ? 0 : here.near / here.reach },
    priorNear: product(support.prior, near),
    notIndexed,
  };
  for (let i = 0, to = 0; i < groups.length; i++) {
    for (const { logPeak, halfKappa } of kernels) {
      const found = reachOf(support, i, halfKappa, near);
      const peak = Math.exp(logPeak);
      view.near[to] = peak * found.near;
      view.reach[to++] = peak * found.reach;
    }
  }
  return view;
}

/** Σ_j K(x_j; x_i) a_j over its peak, and the same times the truth's nearness to x_j. */
function reachOf(support: WeighedEvidence['support'], group: number, halfKappa: number, near: Float64Array) {
  const { area, chordSquared } = support;
  const row = present(support.groupAt[group]) * area.length;
  let reach = 0;
  let reachNear = 0;
  for (let j = 0; j < area.length; j++) {
    const mass = negativeExponential(halfKappa * present(chordSquared[row + j])) * present(area[j]);
    reach += mass;
    reachNear += mass * present(near[j]);
  }
  return { reach, near: reachNear };
}

export const TEMPERATURE: Knob = { name: 'retrieval.temperature', low: 0.001, high: 0.3, scale: 'log' };
const SHARE: Knob = { name: 'retrieval.scale_weights', low: 0.05, high: 0.95, scale: 'logit' };

/** ε_r's knobs; their bounds keep both outcomes possible. */
export function gateKnobs(bestCosines: readonly number[]): readonly Knob[] {
  const sorted = bestCosines.toSorted((a, b) => a - b);
  const low = sorted[0] ?? 0;
  const high = Math.max(sorted.at(-1) ?? 1, low + 1e-3);
  return [
    { name: 'not_indexed.lo', low: 1e-5, high: 0.4, scale: 'logit' },
    { name: 'not_indexed.hi', low: 0.5, high: 1 - 1e-6, scale: 'logit' },
    { name: 'not_indexed.tau', low, high, scale: 'linear' },
    { name: 'not_indexed.delta', low: (high - low) / 200, high: (high - low) / 2, scale: 'log' },
  ];
}

/** What is fitted: T_r always; the gate and the kernels only with enough queries. */
export interface RetrievalFreedom {
  readonly gate: boolean;
  readonly kernels: boolean;
}

/**
 * T_r, ε_r and the kernels of the least loss at exponents (1, 0, 0).
 * @param scalesKm as the views were made with
 */
export function fitRetrieval(
  views: readonly RetrievalView[],
  scalesKm: readonly number[],
  start: Retrieval,
  free: RetrievalFreedom,
): Retrieval {
  let fitted = turnKnobs(views, scalesKm, start, free.gate);
  if (!free.kernels) return fitted;
  for (let round = 0; round < 2; round++) {
    fitted = chooseKernels(views, scalesKm, fitted);
    fitted = turnKnobs(views, scalesKm, fitted, free.gate);
  }
  return fitted;
}

/** The mean loss of retrieval alone with these settings. */
export function retrievalLoss(
  views: readonly RetrievalView[],
  scalesKm: readonly number[],
  settings: Retrieval,
): number {
  return meanLoss(mixScales(views, scalesKm, settings), settings.temperature, (view) =>
    gateOf(view, settings.not_indexed),
  );
}

/** Fits T_r and, with `gate`, the gate, shrunk towards the defaults; kernels stay. */
function turnKnobs(
  views: readonly RetrievalView[],
  scalesKm: readonly number[],
  start: Retrieval,
  gate: boolean,
): Retrieval {
  const worth = mixScales(views, scalesKm, start);
  const from = startingGate(views, start.not_indexed);
  const knobs = [TEMPERATURE, ...(gate ? gateKnobs(bestCosines(views)) : [])];
  const values = gate ? [start.temperature, from.lo, from.hi, from.tau, from.delta] : [start.temperature];
  const settings = ([temperature, lo, hi, tau, delta]: readonly number[]): Retrieval => ({
    ...start,
    temperature: present(temperature),
    not_indexed: gate
      ? { lo: present(lo), hi: present(hi), tau: present(tau), delta: present(delta) }
      : start.not_indexed,
  });
  const { temperature: usual, not_indexed: usualGate } = DEFAULT_PROFILE.retrieval;
  const towards = [usual, usualGate.lo, usualGate.hi, usualGate.tau, usualGate.delta];
  const loss = shrunk(knobs, towards, clustersOf(views), (at) => {
    const { temperature, not_indexed: to } = settings(at);
    return meanLoss(worth, temperature, (view) => (gate ? gateOf(view, to) : view.notIndexed));
  });
  return settings(minimise(knobs, values, loss).values);
}

/** Chooses two or three widths and their shares, and fits T_r with them; the gate stays. */
function chooseKernels(views: readonly RetrievalView[], scalesKm: readonly number[], start: Retrieval): Retrieval {
  let best = start;
  let least = retrievalLoss(views, scalesKm, start);
  const tryOne = (widths: readonly number[], weights: readonly number[]) => {
    const tried = { ...start, ...inOrder(widths, weights) };
    const loss = retrievalLoss(views, scalesKm, tried);
    if (loss < least) [best, least] = [tried, loss];
  };
  for (const [a, narrow] of scalesKm.entries()) {
    for (const wide of scalesKm.slice(a + 1)) {
      for (const share of [0.5, 0.8, 0.95]) tryOne([narrow, wide], [share, 1 - share]);
    }
  }
  const pair = best;
  if (pair.scales_km.length === 2) {
    for (const third of scalesKm.filter((km) => !pair.scales_km.includes(km))) {
      for (const share of [0.2, 0.5]) {
        tryOne([...pair.scales_km, third], [...pair.scale_weights.map((weight) => weight * (1 - share)), share]);
      }
    }
  }
  const knobs = [TEMPERATURE, ...best.scales_km.slice(1).map(() => SHARE)];
  const found = minimise(knobs, [best.temperature, ...sharesOf(best.scale_weights)], (at) =>
    retrievalLoss(views, scalesKm, withShares(best, at)),
  );
  return withShares(best, found.values);
}

function inOrder(widths: readonly number[], weights: readonly number[]) {
  const sum = weights.reduce((a, b) => a + b, 0);
  const pairs = widths.map((km, k) => ({ km, weight: present(weights[k]) / sum })).sort((a, b) => a.km - b.km);
  return { scales_km: pairs.map(({ km }) => km), scale_weights: pairs.map(({ weight }) => weight) };
}

/** For each weight except the last, its share of what the ones before it leave. */
function sharesOf(weights: readonly number[]): number[] {
  let left = weights.reduce((a, b) => a + b, 0);
  return weights.slice(0, -1).map((weight) => {
    const share = weight / left;
    left -= weight;
    return share;
  });
}

function withShares(settings: Retrieval, [temperature, ...shares]: readonly number[]): Retrieval {
  let left = 1;
  const weights = shares.map((share) => {
    const weight = left * share;
    left -= weight;
    return weight;
  });
  return { ...settings, temperature: present(temperature), scale_weights: [...weights, left] };
}

/** Worth of each group with the kernels' shares: v_i = Σ_j R_ij times the nearness. */
interface WorthView {
  readonly view: RetrievalView;
  readonly worth: Float64Array;
}

function mixScales(views: readonly RetrievalView[], scalesKm: readonly number[], settings: Retrieval): WorthView[] {
  const shares = new Float64Array(scalesKm.length);
  settings.scales_km.forEach((km, k) => {
    shares[scalesKm.indexOf(km)] = present(settings.scale_weights[k]);
  });
  return views.map((view) => {
    const worth = view.cosines.map((_, i) => {
      let near = 0;
      let reach = 0;
      for (let k = 0, at = i * shares.length; k < shares.length; k++, at++) {
        near += present(shares[k]) * present(view.near[at]);
        reach += present(shares[k]) * present(view.reach[at]);
      }
      return near / reach;
    });
    const { share, worth: here } = view.sameSpot;
    if (worth.length > 0) worth[0] = (1 - share) * present(worth[0]) + share * here;
    return { view, worth };
  });
}

function meanLoss(
  views: readonly WorthView[],
  temperature: number,
  notIndexed: (view: RetrievalView) => number,
): number {
  let total = 0;
  let weights = 0;
  for (const { view, worth } of views) {
    const best = present(view.cosines[0]);
    let sum = 0;
    let near = 0;
    for (let i = 0; i < worth.length; i++) {
      const w = negativeExponential((best - present(view.cosines[i])) / temperature);
      sum += w;
      near += w * present(worth[i]);
    }
    const epsilon = notIndexed(view);
    total += view.weight * logLoss(((1 - epsilon) * near) / sum + epsilon * view.priorNear);
    weights += view.weight;
  }
  return total / weights;
}

function gateOf(view: RetrievalView, gate: Retrieval['not_indexed']): number {
  return gate.tau === null || gate.delta === null
    ? view.notIndexed
    : gateAt(present(view.cosines[0]), { ...gate, tau: gate.tau, delta: gate.delta }, view.sameSpot.share);
}

/** ε_r = lo + (1 − the share that stays at the nearest's spot)·(hi − lo)·sigmoid((τ − c_1)/δ) */
export function gateAt(
  bestCosine: number,
  { lo, hi, tau, delta }: { readonly lo: number; readonly hi: number; readonly tau: number; readonly delta: number },
  sameSpot: number,
): number {
  return lo + ((1 - sameSpot) * (hi - lo)) / (1 + Math.exp((bestCosine - tau) / delta));
}

function bestCosines(views: readonly RetrievalView[]): number[] {
  return views.map((view) => present(view.cosines[0]));
}

/** The gate to start from: where the profile's gate follows the index's quantiles, it starts at the queries' own. */
function startingGate(
  views: readonly RetrievalView[],
  { lo, hi, tau, delta }: Retrieval['not_indexed'],
): { lo: number; hi: number; tau: number; delta: number } {
  const sorted = bestCosines(views).sort((a, b) => a - b);
  const at = (share: number) => present(sorted[Math.floor(share * (sorted.length - 1))]);
  return { lo, hi, tau: tau ?? at(0.5), delta: delta ?? Math.max((at(0.75) - at(0.25)) / 4, 1e-4) };
}
