import { present } from '../domain/present.js';
import type { ClusterBootstrap } from './cluster-bootstrap.js';
import type { RiskFigures } from './evaluation.js';

/** An error of this size is mostly another country: what abstaining is to spare users. */
export const RISK_KM = 750;
const CURVE_POINTS = 100;

/**
 * The effect of abstaining: queries are dropped in the order of their doubt, and the risk of those kept is the percent of
 * errors beyond 750 km. Queries of equal doubt are kept or dropped together, each counted by the share that fits.
 *
 * @param errorsKm one per query
 * @param doubt in the same order: spread, or another measure
 */
export function riskCoverage(
  errorsKm: readonly number[],
  doubt: readonly number[],
  bootstrap: ClusterBootstrap,
): RiskFigures {
  const n = errorsKm.length;
  const wrong = errorsKm.map((km) => (km > RISK_KM ? 100 : 0));
  const order = Array.from(errorsKm.keys()).sort((a, b) => present(doubt[a]) - present(doubt[b]));
  const risks = keptRisks(order, wrong, doubt);
  const keptInHalf = shareKept(order, doubt, n / 2);
  const steps = Math.min(n, CURVE_POINTS);
  return {
    beyond_km: RISK_KM,
    all_percent: bootstrap.mean(wrong),
    surer_half_percent: bootstrap.ratio(
      wrong.map((value, i) => value * present(keptInHalf[i])),
      keptInHalf,
    ),
    area_percent: risks.reduce((a, b) => a + b, 0) / n,
    curve: Array.from({ length: steps }, (_, step) => {
      const kept = Math.ceil(((step + 1) * n) / steps);
      return {
        coverage: kept / n,
        spread: present(doubt[present(order[kept - 1])]),
        risk_percent: present(risks[kept - 1]),
      };
    }),
  };
}

/** Risk of the k surest, for k = 1 … n; within a run of equal doubt the expectation over its orders. */
function keptRisks(order: readonly number[], wrong: readonly number[], doubt: readonly number[]): number[] {
  const risks: number[] = [];
  let sum = 0;
  for (const [start, end] of runs(order, doubt)) {
    const mean = order.slice(start, end).reduce((a, i) => a + present(wrong[i]), 0) / (end - start);
    for (let k = start; k < end; k++) {
      sum += mean;
      risks.push(sum / (k + 1));
    }
  }
  return risks;
}

/** Share of each query among the `kept` surest: 1, 0, or for the doubt at the limit the share that fits. */
function shareKept(order: readonly number[], doubt: readonly number[], kept: number): number[] {
  const share = Array<number>(order.length).fill(0);
  for (const [start, end] of runs(order, doubt)) {
    const fits = Math.min(1, Math.max(0, (kept - start) / (end - start)));
    for (let k = start; k < end; k++) share[present(order[k])] = fits;
  }
  return share;
}

/** Stretches of equal doubt. */
function runs(order: readonly number[], doubt: readonly number[]): [start: number, end: number][] {
  const found: [number, number][] = [];
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && doubt[present(order[end])] === doubt[present(order[start])]) end++;
    found.push([start, end]);
    start = end;
  }
  return found;
}
