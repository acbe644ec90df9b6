import type { BlendProfile } from './blend-profile.js';
import { decide } from './decide.js';

const CANDIDATES_MAX = 5;
const PROBABILITY_MIN = 0.01;
/** A candidate's mass: everything within it. */
const REACH_KM = 100;
/** Positions of photos and places are no better than this. */
const POSITION_KM = 5;
/** Half the way round: nothing is farther. */
const FARTHEST_KM = 20_015;

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
 * The answer's radii are quantiles of P about it, widened by the calibration where there is one. A further candidate's
 * are quantiles of the mass that no candidate took before it and that lies nearer to it than to any other: they hold if
 * the truth is its.
 *
 * @param mass P over the support, summing to 1
 * @param distancesKm row-major, of all pairs
 */
export function findCandidates(
  mass: Float64Array,
  distancesKm: Float64Array,
  utility: Float64Array,
  spread: number,
  calibration: BlendProfile['calibration'],
): Candidate[] {
  const n = mass.length;
  const remaining = mass.slice();
  const takenBy = new Int32Array(n).fill(CANDIDATES_MAX);
  const chosen: { at: number; probability: number }[] = [];
  while (chosen.length < CANDIDATES_MAX && takenBy.includes(CANDIDATES_MAX)) {
    const free = Array.from(takenBy, (by) => by === CANDIDATES_MAX);
    const { at } = decide(remaining, utility, free);
    let probability = 0;
    for (let j = 0; j < n; j++) {
      if (!free[j] || (distancesKm[at * n + j] as number) > REACH_KM) continue;
      probability += remaining[j] as number;
      remaining[j] = 0;
      takenBy[j] = chosen.length;
    }
    if (chosen.length > 0 && probability < PROBABILITY_MIN) break;
    chosen.push({ at, probability: Math.min(1, probability) });
  }
  return chosen.map(({ at, probability }, c) => {
    const own = c === 0 ? mass : ownMass(c, chosen, takenBy, mass, distancesKm);
    const row = distancesKm.subarray(at * n, (at + 1) * n);
    const bin = calibration === null || c > 0 ? -1 : binOf(spread, calibration.spread_edges);
    const [half, most] = quantiles(row, own, [0.5, 0.9]);
    const radius50Km = radius(half as number, calibration?.radius_50[bin]);
    return {
      at,
      probability,
      radius50Km,
      radius90Km: Math.max(radius50Km, radius(most as number, calibration?.radius_90[bin])),
      radiusIs: c > 0 ? 'conditional' : calibration === null ? 'uncalibrated' : 'calibrated',
    };
  });
}

/** What no candidate took before this one and lies nearer to it than to any other. */
function ownMass(
  own: number,
  chosen: readonly { readonly at: number }[],
  takenBy: Int32Array,
  mass: Float64Array,
  distancesKm: Float64Array,
): Float64Array {
  const n = mass.length;
  const rows = chosen.map(({ at }) => distancesKm.subarray(at * n, (at + 1) * n));
  const ownRow = rows[own] as Float64Array;
  const left = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    if ((takenBy[j] as number) < own) continue;
    let nearest = true;
    for (const row of rows) nearest &&= (ownRow[j] as number) <= (row[j] as number);
    if (nearest) left[j] = mass[j] as number;
  }
  return left;
}

/** The least distances within which these shares (ascending) of the mass lie. */
function quantiles(distancesKm: Float64Array, mass: Float64Array, shares: readonly number[]): number[] {
  const order: number[] = [];
  let whole = 0;
  for (let j = 0; j < mass.length; j++) {
    if ((mass[j] as number) <= 0) continue;
    order.push(j);
    whole += mass[j] as number;
  }
  order.sort((a, b) => (distancesKm[a] as number) - (distancesKm[b] as number));
  let held = 0;
  let next = 0;
  return shares.map((share) => {
    while (next < order.length - 1 && held + (mass[order[next] as number] as number) < share * whole) {
      held += mass[order[next++] as number] as number;
    }
    return order.length === 0 ? 0 : (distancesKm[order[next] as number] as number);
  });
}

function radius(quantileKm: number, factor = 1): number {
  return Math.min(FARTHEST_KM, factor * Math.hypot(quantileKm, POSITION_KM));
}

function binOf(spread: number, edges: readonly number[]): number {
  return edges.filter((edge) => spread > edge).length;
}
