import { binOf, spreadBinsOf } from '../../locate/calibration-bins.js';
import { FARTHEST_KM } from '../../locate/candidates.js';
import type { Calibrated, UncalibratedAnswer } from './calibrate-profile.js';

/** An uncalibrated answer with the calibration's radii, as `locate` gives them. */
export function widenRadii<T extends UncalibratedAnswer>(answer: T, calibration: Calibrated['calibration'] | null): T {
  const bins = spreadBinsOf(calibration, answer.notIndexed);
  if (bins === null) return answer;
  const bin = binOf(answer.spread, bins.spread_edges);
  const widened = (km: number, factor = 1) => Math.min(FARTHEST_KM, factor * km);
  const radius50Km = widened(answer.radius50Km, bins.radius_50[bin]);
  return { ...answer, radius50Km, radius90Km: Math.max(radius50Km, widened(answer.radius90Km, bins.radius_90[bin])) };
}
