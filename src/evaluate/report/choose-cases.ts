import type { QueryResult, SideResult } from '../query-result.js';
import { RISK_KM } from '../risk-coverage.js';

export interface Case {
  readonly result: QueryResult;
  readonly answer: SideResult;
}

export interface Cases {
  /** Largest errors first. */
  readonly worst: readonly Case[];
  /** Errors beyond 750 km with the least doubt, surest first; without the worst. */
  readonly surestWrong: readonly Case[];
  /** Errors nearest to the median. */
  readonly typical: readonly Case[];
}

/** Chooses photos to show: at most one of each cluster in a list, so that one author does not fill it. */
export function chooseCases(results: readonly QueryResult[], side: string, most: number): Cases {
  const cases = results.flatMap((result): Case[] => {
    const answer = result.sides[side];
    return answer ? [{ result, answer }] : [];
  });
  const byError = cases.toSorted((a, b) => b.answer.errorKm - a.answer.errorKm);
  const worst = onePerCluster(byError, most);
  const surestWrong = onePerCluster(
    cases
      .filter((one) => one.answer.errorKm > RISK_KM && !worst.includes(one))
      .toSorted((a, b) => a.answer.spread - b.answer.spread),
    most,
  );
  const middle = byError[byError.length >> 1]?.answer.errorKm ?? 0;
  const offMedian = (one: Case) => Math.abs(Math.log((one.answer.errorKm + 1) / (middle + 1)));
  const typical = onePerCluster(
    cases
      .filter((one) => !worst.includes(one) && !surestWrong.includes(one))
      .toSorted((a, b) => offMedian(a) - offMedian(b)),
    most,
  );
  return { worst, surestWrong, typical };
}

function onePerCluster(cases: readonly Case[], most: number): Case[] {
  const seen = new Set<string>();
  const chosen: Case[] = [];
  for (const one of cases) {
    if (chosen.length === most) break;
    if (seen.has(one.result.cluster)) continue;
    seen.add(one.result.cluster);
    chosen.push(one);
  }
  return chosen;
}
