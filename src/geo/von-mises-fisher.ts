import { EARTH_RADIUS_KM } from '../domain/geo-point.js';
import { EARTH_AREA_KM2 } from './sphere.js';

/** log K = `logPeak` − `halfKappa`·|u − v|²: what a hot loop needs of a kernel of one width. */
export interface VmfKernel {
  readonly logPeak: number;
  readonly halfKappa: number;
}

/**
 * The von Mises–Fisher density on the Earth of standard deviation `sigmaKm` along one axis, κ = (R/σ)²:
 * log K = log κ − log 2π − log(1 − e^(−2κ)) − 2 log R − κ|u − v|²/2 (Fisher 1953, with the chord in place of the
 * cosine). As σ → ∞ the quotient κ/(1 − e^(−2κ)) goes to 1/2 and the density to that of the uniform one.
 */
export function vmfKernel(sigmaKm: number): VmfKernel {
  if (!(sigmaKm > 0)) throw new RangeError(`Expected a kernel wider than 0 km, got ${sigmaKm}.`);
  const kappa = (EARTH_RADIUS_KM / sigmaKm) ** 2;
  if (kappa === 0) return { logPeak: -Math.log(EARTH_AREA_KM2), halfKappa: 0 };
  const logPeak =
    Math.log(kappa) - Math.log(-Math.expm1(-2 * kappa)) - Math.log(2 * Math.PI) - 2 * Math.log(EARTH_RADIUS_KM);
  return { logPeak, halfKappa: kappa / 2 };
}

/** log of the density per km² at a squared chord (0 to 4) from the kernel's centre. */
export function vmfLogDensity(chordSquared: number, sigmaKm: number): number {
  const { logPeak, halfKappa } = vmfKernel(sigmaKm);
  return logPeak - halfKappa * chordSquared;
}
