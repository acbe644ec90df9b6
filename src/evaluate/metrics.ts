import { present } from '../domain/present.js';
import { GEOSCORE_SCALE_KM, PROTOCOL_RADII_KM } from '../locate/decide.js';

/** 5000·exp(−d/1492.7), GeoGuessr's score as OSV-5M uses it. @param distanceKm error of one query */
export function geoScore(distanceKm: number): number {
  return 5000 * Math.exp(-distanceKm / GEOSCORE_SCALE_KM);
}

export interface Accuracy {
  readonly queries: number;
  /** Percent within (≤) 1, 25, 200, 750, 2500 km. */
  readonly withinPercent: Readonly<Record<string, number>>;
  readonly geoScore: number;
  readonly medianKm: number;
  readonly meanKm: number;
}

/** The published protocols' figures from errors in km. All NaN for no query. */
export function accuracy(errorsKm: readonly number[]): Accuracy {
  const percentWithin = (radius: number) => 100 * mean(errorsKm.map((km) => (km <= radius ? 1 : 0)));
  return {
    queries: errorsKm.length,
    withinPercent: Object.fromEntries(PROTOCOL_RADII_KM.map((radius) => [String(radius), percentWithin(radius)])),
    geoScore: mean(errorsKm.map(geoScore)),
    medianKm: median(errorsKm),
    meanKm: mean(errorsKm),
  };
}

/** Percent of queries whose truth lies within the circle: errors and radii in km, in the same order. */
export function coveragePercent(errorsKm: readonly number[], radiiKm: readonly number[]): number {
  return 100 * mean(errorsKm.map((km, i) => (km <= present(radiiKm[i]) ? 1 : 0)));
}

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return present(sorted[middle]);
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
