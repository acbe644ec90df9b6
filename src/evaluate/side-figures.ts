import { EARTH_RADIUS_KM } from '../domain/geo-point.js';
import { PROTOCOL_RADII_KM } from '../locate/decide.js';
import type { CircleBin } from './circle-bins.js';
import { circleCoverage } from './circle-coverage.js';
import type { ClusterBootstrap } from './cluster-bootstrap.js';
import type { IntervalJson, SideFigures } from './evaluation.js';
import { geoScore } from './metrics.js';
import type { QueryResult, SideResult } from './query-result.js';
import { reliability } from './reliability.js';
import { riskCoverage } from './risk-coverage.js';

/** Half the way round the Earth, the largest error. */
const FARTHEST_KM = Math.PI * EARTH_RADIUS_KM;

const NO_ANSWER = { errorKm: FARTHEST_KM, probability: 0, spread: 1, radius50Km: 0, radius90Km: 0 };

/** A side's answer to each query; one that it could not answer counts as missed, in full doubt. */
export function answersOf(results: readonly QueryResult[], side: string): (SideResult | typeof NO_ANSWER)[] {
  return results.map((result) => result.sides[side] ?? NO_ANSWER);
}

/** Errors of a side in km, one per query. */
export function errorsOf(results: readonly QueryResult[], side: string): number[] {
  return answersOf(results, side).map((answer) => answer.errorKm);
}

/** All figures of one side. @param bins for its circles */
export function sideFigures(
  results: readonly QueryResult[],
  side: string,
  bins: readonly CircleBin[],
  bootstrap: ClusterBootstrap,
): SideFigures {
  const answers = answersOf(results, side);
  const errorsKm = answers.map((answer) => answer.errorKm);
  return {
    answered: results.filter((result) => result.sides[side]).length,
    within_percent: Object.fromEntries(
      PROTOCOL_RADII_KM.map((radius) => [String(radius), bootstrap.mean(hitsWithin(errorsKm, radius))]),
    ),
    geoscore: bootstrap.mean(errorsKm.map(geoScore)),
    median_km: bootstrap.median(errorsKm),
    mean_km: bootstrap.mean(errorsKm),
    country_percent: placePercent(results, side, 'countryHit', bootstrap),
    region_percent: placePercent(results, side, 'regionHit', bootstrap),
    city_percent: placePercent(results, side, 'cityHit', bootstrap),
    coverage: circleCoverage(
      answers.map((answer, i) => ({ ...answer, notIndexed: results[i]?.notIndexed ?? 1 })),
      bins,
      bootstrap,
    ),
    risk: riskCoverage(
      errorsKm,
      answers.map((answer) => answer.spread),
      bootstrap,
    ),
    reliability: reliability(
      errorsKm,
      answers.map((answer) => answer.probability),
      bootstrap,
    ),
  };
}

/** 100 for an error ≤ the radius, else 0. */
export function hitsWithin(errorsKm: readonly number[], radiusKm: number): number[] {
  return errorsKm.map((km) => (km <= radiusKm ? 100 : 0));
}

function placePercent(
  results: readonly QueryResult[],
  side: string,
  level: 'countryHit' | 'regionHit' | 'cityHit',
  bootstrap: ClusterBootstrap,
): IntervalJson | null {
  // Whether the truth has a place of the level is the same for all sides, so any side that answered tells.
  const known = results.map((result) =>
    Object.values(result.sides).some((answer) => answer !== null && answer[level] !== null) ? 1 : 0,
  );
  if (!known.includes(1)) return null;
  return bootstrap.ratio(
    results.map((result) => (result.sides[side]?.[level] ? 100 : 0)),
    known,
  );
}
