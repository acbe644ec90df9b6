import { present } from '../domain/present.js';
import type { ClusterBootstrap } from './cluster-bootstrap.js';
import type { ReliabilityFigures } from './evaluation.js';

/** Radius that a candidate's probability refers to (locate/candidates). */
const WITHIN_KM = 100;
const BINS = 10;

/**
 * Compares probabilities with outcomes: ten bins of equal width by the answer's probability, without empty ones.
 *
 * @param errorsKm one per query
 * @param probabilities in the same order, in [0, 1]
 */
export function reliability(
  errorsKm: readonly number[],
  probabilities: readonly number[],
  bootstrap: ClusterBootstrap,
): ReliabilityFigures {
  const hits = errorsKm.map((km) => (km <= WITHIN_KM ? 100 : 0));
  const binOf = probabilities.map((p) => Math.min(BINS - 1, Math.floor(p * BINS)));
  const bins = Array.from({ length: BINS }, (_, bin) => {
    const weights = binOf.map((own) => (own === bin ? 1 : 0));
    const queries = weights.reduce<number>((a, b) => a + b, 0);
    if (queries === 0) return [];
    const promised = probabilities.reduce((sum, p, i) => sum + 100 * p * present(weights[i]), 0) / queries;
    return [
      {
        probability_from: bin / BINS,
        probability_to: (bin + 1) / BINS,
        queries,
        mean_probability_percent: promised,
        observed_percent: bootstrap.ratio(
          hits.map((hit, i) => hit * present(weights[i])),
          weights,
        ),
      },
    ];
  }).flat();
  const calibrationError = bins.reduce(
    (sum, bin) =>
      sum + (bin.queries / errorsKm.length) * Math.abs(bin.observed_percent.value - bin.mean_probability_percent),
    0,
  );
  return { within_km: WITHIN_KM, calibration_error: calibrationError, bins };
}
