import { present as checked } from '../domain/present.js';
import { softmax } from '../domain/softmax.js';
import { vmfKernel } from '../geo/von-mises-fisher.js';
import { type BlendProfile, priorExponent } from './blend-profile.js';
import { checkFinite } from './check-finite.js';
import { EXPONENT_MAX, negativeExponential } from './negative-exponential.js';
import type { Support, SupportPlace } from './support.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Distributions over the support, each summing to 1, and how each witness spreads over it. */
export interface Posterior {
  readonly probability: Float64Array;
  /** P_r and P_t; null where nothing of the kind speaks. */
  readonly retrieval: Float64Array | null;
  readonly captions: Float64Array | null;
  /** w_i R_ij and P(place) R_ij, row-major by witness: what each adds to the point j. */
  readonly groupShares: Float64Array;
  readonly placeShares: Float64Array;
  /** log evidence beyond the prior as it counts in the blend: α log(P_r/P_0), and β log(P_t/P_0) within its limit. */
  readonly retrievalNats: Float64Array;
  readonly captionsNats: Float64Array;
}

/**
 * P_j ∝ a_j (P_r/a)^α (P_t/a)^β (P_0/a)^γ'. The captions' factor is kept within Λ nats of its maximum where another
 * factor speaks beside it; alone it is P_t itself. A factor whose evidence is missing is left out, and where that leaves
 * nothing of what was asked for, the prior answers. P_r and P_t each bring a prior: two posteriors of one prior combine
 * as P_r P_t/P_0, so γ' may be negative.
 *
 * @param weights w_i of the groups, summing to 1; empty for none
 * @param gate `notIndexed`: ε_r; `sameSpot`: the share of the first group's mass that stays at its spot
 */
export function blend(
  support: Support,
  weights: Float64Array,
  gate: { readonly notIndexed: number; readonly sameSpot: number },
  profile: BlendProfile,
  sigmaKm: (place: SupportPlace) => number,
): Posterior {
  const groupShares = spreadGroups(support, weights, gate.sameSpot, profile.retrieval);
  const placeShares = spreadPlaces(support, sigmaKm);
  const retrieval = weights.length === 0 ? null : withFloor(support, groupShares, gate.notIndexed);
  const captions = support.places.length === 0 ? null : withFloor(support, placeShares, profile.captions.floor);
  const alpha = retrieval === null ? 0 : profile.blend.alpha;
  const beta = captions === null ? 0 : profile.blend.beta;
  const gamma = priorExponent(profile.blend, alpha, beta);
  const limit = profile.blend.evidence_limit_nats;
  const n = support.points.length;
  const captionsLog = new Float64Array(n);
  if (captions !== null && beta > 0) {
    for (let j = 0; j < n; j++) captionsLog[j] = beta * logDensity(captions, support, j);
    if (alpha > 0 || gamma !== 0) raiseTo(captionsLog, limit);
  }
  const asked = profile.blend.alpha + profile.blend.beta + Math.max(0, profile.blend.gamma);
  let probability: Float64Array;
  if (alpha === 1 && beta === 0 && gamma === 0 && retrieval !== null) probability = retrieval.slice();
  else if (alpha === 0 && beta === 1 && gamma === 0 && captions !== null) probability = captions.slice();
  else if (alpha === 0 && beta === 0 && gamma === 0 && asked > 0) probability = support.prior.slice();
  else {
    probability = new Float64Array(n);
    for (let j = 0; j < n; j++) {
      probability[j] =
        Math.log(present(support.area[j])) +
        (alpha > 0 && retrieval !== null ? alpha * logDensity(retrieval, support, j) : 0) +
        present(captionsLog[j]) +
        (gamma === 0 ? 0 : gamma * logDensity(support.prior, support, j));
    }
    softmax(probability);
  }
  checkFinite('blend', probability);
  return {
    probability,
    retrieval,
    captions,
    groupShares,
    placeShares,
    retrievalNats: support.prior.map((p, j) => (retrieval === null ? 0 : alpha * Math.log(present(retrieval[j]) / p))),
    captionsNats: captionsLog.map((log, j) => (beta === 0 ? 0 : log - beta * logDensity(support.prior, support, j))),
  };
}

function logDensity(mass: Float64Array, support: Support, j: number): number {
  return Math.log(present(mass[j]) / present(support.area[j]));
}

function raiseTo(logs: Float64Array, limit: number): void {
  const floor = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - limit;
  for (let j = 0; j < logs.length; j++) logs[j] = Math.max(present(logs[j]), floor);
}

/** Σ of the rows, scaled to 1 − ε, + ε P_0. */
function withFloor(support: Support, shares: Float64Array, epsilon: number): Float64Array {
  const n = support.points.length;
  const mass = new Float64Array(n);
  for (let i = 0; i < shares.length; i += n) {
    for (let j = 0; j < n; j++) mass[j] = present(mass[j]) + present(shares[i + j]);
  }
  for (let j = 0; j < n; j++) mass[j] = (1 - epsilon) * present(mass[j]) + epsilon * present(support.prior[j]);
  return mass;
}

function spreadGroups(
  support: Support,
  weights: Float64Array,
  sameSpot: number,
  profile: BlendProfile['retrieval'],
): Float64Array {
  const n = support.points.length;
  const shares = new Float64Array(weights.length * n);
  const kernels = profile.scales_km.map((km, k) => ({ ...vmfKernel(km), weight: present(profile.scale_weights[k]) }));
  const widest = Math.min(...kernels.map((kernel) => kernel.logPeak));
  for (let i = 0; i < weights.length; i++) {
    const own = present(support.groupAt[i]);
    for (const { weight, logPeak, halfKappa } of kernels) {
      // Peaks count against the lowest of them: the common factor goes when the row is normalised.
      addKernel(shares, i * n, support, own, weight * Math.exp(logPeak - widest), halfKappa);
    }
    shareOut(shares, i * n, support, own, present(weights[i]));
  }
  if (weights.length > 0 && profile.same_spot !== null) drawTogether(shares, support, sameSpot, profile.same_spot.km);
  return shares;
}

/** Moves a share of the first group's mass to within a kernel of its own spot. */
function drawTogether(shares: Float64Array, support: Support, share: number, km: number): void {
  const n = support.points.length;
  const spot = new Float64Array(n);
  const own = present(support.groupAt[0]);
  addKernel(spot, 0, support, own, 1, vmfKernel(km).halfKappa);
  let mass = 0;
  for (let j = 0; j < n; j++) mass += present(shares[j]);
  shareOut(spot, 0, support, own, share * mass);
  for (let j = 0; j < n; j++) shares[j] = (1 - share) * present(shares[j]) + present(spot[j]);
}

function spreadPlaces(support: Support, sigmaKm: (place: SupportPlace) => number): Float64Array {
  const n = support.points.length;
  const shares = new Float64Array(support.places.length * n);
  for (let i = 0; i < support.places.length; i++) {
    const place = present(support.places[i]);
    if (place.rest && place.place.level === 'country') {
      for (let j = 0; j < n; j++) shares[i * n + j] = support.iso2[j] === place.place.iso2 ? 1 : 0;
    } else addKernel(shares, i * n, support, place.at, 1, vmfKernel(sigmaKm(place)).halfKappa);
    shareOut(shares, i * n, support, place.at, place.probability);
  }
  return shares;
}

/** Adds to the row that begins at `row`. */
function addKernel(
  shares: Float64Array,
  row: number,
  { chordSquared, points }: Support,
  centre: number,
  peak: number,
  halfKappa: number,
): void {
  // Most points are farther away than the kernel reaches.
  const reach = EXPONENT_MAX / halfKappa;
  for (let at = row, end = row + points.length, other = centre * points.length; at < end; at++, other++) {
    const chord2 = present(chordSquared[other]);
    if (chord2 < reach) shares[at] = present(shares[at]) + peak * negativeExponential(halfKappa * chord2);
  }
}

/** R_ij = K_i(x_j) a_j / Σ_l K_i(x_l) a_l, times `mass`; a kernel that reaches no point falls on its own. */
function shareOut(shares: Float64Array, row: number, support: Support, own: number, mass: number): void {
  const { area } = support;
  const end = row + area.length;
  let sum = 0;
  for (let at = row, j = 0; at < end; at++, j++) {
    const share = present(shares[at]) * present(area[j]);
    shares[at] = share;
    sum += share;
  }
  if (sum === 0) shares[row + own] = mass;
  else for (let at = row, scale = mass / sum; at < end; at++) shares[at] = present(shares[at]) * scale;
}
