import { present as checked } from '../domain/present.js';
import { chordSquaredToKm } from '../geo/sphere.js';
import { binOf, type SpreadBins } from './calibration-bins.js';
import { bestOf } from './decide.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const CANDIDATES_MAX = 5;
const PROBABILITY_MIN = 0.01;
/** A candidate's mass: everything within it. */
const REACH_KM = 100;
/** Positions of photos and places are no better than this. */
const POSITION_KM = 5;
/** Half the way round: nothing is farther. */
export const FARTHEST_KM = 20_015;

export interface Candidate {
  /** Position in the support. */
  readonly at: number;
  readonly probability: number;
  readonly radius50Km: number;
  readonly radius90Km: number;
  readonly radiusIs: 'uncalibrated' | 'calibrated' | 'conditional';
}

/**
 * The answer, then the best of what is left when the mass within 100 km of it is taken away (without renormalising),
 * at most 5 and each with at least 1 %.
 *
 * They come with the answer first, which is the best point but need not hold the most, then by probability.
 *
 * The answer's radii are quantiles of P about it, widened by the calibration where there is one. A further candidate's
 * are quantiles of the mass that no candidate took before it and that lies nearer to it than to any other: they hold if
 * the truth is its.
 *
 * @param mass P over the support, summing to 1
 * @param chordSquared row-major, of all pairs, as is `utility`
 * @param expected U at each point under P
 * @param calibration of queries of like ε_r; null for none
 * @param count how many are wanted, at most 5; what is found does not depend on it
 */
export function findCandidates(
  mass: Float64Array,
  chordSquared: Float64Array,
  utility: Float64Array,
  expected: Float64Array,
  spread: number,
  calibration: SpreadBins | null,
  count = CANDIDATES_MAX,
): Candidate[] {
  const n = mass.length;
  const takenBy = new Int32Array(n).fill(CANDIDATES_MAX);
  const chosen: Taken[] = [];
  const left = expected.slice();
  while (chosen.length < count) {
    const at = bestOf(left, (j) => takenBy[j] === CANDIDATES_MAX);
    if (at === -1) break;
    const taken = { at, distancesKm: chordSquared.slice(at * n, (at + 1) * n).map(chordSquaredToKm), probability: 0 };
    for (let j = 0; j < n; j++) {
      if (takenBy[j] !== CANDIDATES_MAX || present(taken.distancesKm[j]) > REACH_KM) continue;
      takenBy[j] = chosen.length;
      taken.probability += present(mass[j]);
      withdraw(left, utility, j, present(mass[j]));
    }
    if (chosen.length > 0 && taken.probability < PROBABILITY_MIN) break;
    chosen.push(taken);
  }
  const candidates = chosen.map(({ at, probability, distancesKm }, c): Candidate => {
    const own = c === 0 ? mass : ownMass(c, chosen, takenBy, mass);
    const bin = calibration === null || c > 0 ? -1 : binOf(spread, calibration.spread_edges);
    const [half, most] = quantiles(distancesKm, own, [0.5, 0.9]);
    const radius50Km = radius(present(half), calibration?.radius_50[bin]);
    return {
      at,
      probability: Math.min(1, probability),
      radius50Km,
      radius90Km: Math.max(radius50Km, radius(present(most), calibration?.radius_90[bin])),
      radiusIs: c > 0 ? 'conditional' : calibration === null ? 'uncalibrated' : 'calibrated',
    };
  });
  const [answer, ...others] = candidates;
  return answer === undefined ? [] : [answer, ...others.sort((a, b) => b.probability - a.probability)];
}

interface Taken {
  readonly at: number;
  /** From it to every point. */
  readonly distancesKm: Float64Array;
  probability: number;
}

/** Takes what the mass at `j` is worth out of every point's expected utility. */
function withdraw(expected: Float64Array, utility: Float64Array, j: number, mass: number): void {
  const n = expected.length;
  for (let i = 0; i < n; i++) expected[i] = present(expected[i]) - mass * present(utility[j * n + i]);
}

/** What no candidate took before this one and lies nearer to it than to any other. */
function ownMass(own: number, chosen: readonly Taken[], takenBy: Int32Array, mass: Float64Array): Float64Array {
  const ownRow = present(chosen[own]).distancesKm;
  return mass.map((value, j) => {
    if (present(takenBy[j]) < own) return 0;
    return chosen.every(({ distancesKm }) => present(ownRow[j]) <= present(distancesKm[j])) ? value : 0;
  });
}

/** The least distances within which these shares (ascending) of the mass lie. */
function quantiles(distancesKm: Float64Array, mass: Float64Array, shares: readonly number[]): number[] {
  const order: number[] = [];
  let whole = 0;
  for (let j = 0; j < mass.length; j++) {
    if (present(mass[j]) <= 0) continue;
    order.push(j);
    whole += present(mass[j]);
  }
  order.sort((a, b) => present(distancesKm[a]) - present(distancesKm[b]));
  let held = 0;
  let next = 0;
  return shares.map((share) => {
    while (next < order.length - 1 && held + present(mass[present(order[next])]) < share * whole) {
      held += present(mass[present(order[next++])]);
    }
    return order.length === 0 ? 0 : present(distancesKm[present(order[next])]);
  });
}

function radius(quantileKm: number, factor = 1): number {
  return Math.min(FARTHEST_KM, factor * Math.hypot(quantileKm, POSITION_KM));
}
