import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { destination } from '../../../src/geo/distance.js';
import { chordSquared, EARTH_AREA_KM2, kmToChordSquared, toSphere } from '../../../src/geo/sphere.js';
import { vmfKernel, vmfLogDensity } from '../../../src/geo/von-mises-fisher.js';

/** Midpoint sums over rings around `centre`, by `destination`: an independent way round the sphere. */
function integrate(centre: GeoPoint, sigmaKm: number, f: (chord2: number, point: GeoPoint) => number): number {
  const u = toSphere(centre);
  const reach = Math.min(Math.PI * 6371, 9 * sigmaKm);
  const [rings, bearings] = [400, 6];
  let sum = 0;
  for (let i = 0; i < rings; i++) {
    const km = ((i + 0.5) * reach) / rings;
    const area = ((2 * Math.PI * 6371 * Math.sin(km / 6371)) / bearings) * (reach / rings);
    for (let j = 0; j < bearings; j++) {
      const point = destination(centre, (j * 360) / bearings, km);
      sum += area * f(chordSquared(u, toSphere(point)), point);
    }
  }
  return sum;
}

describe('the von Mises–Fisher density', () => {
  const centres: readonly GeoPoint[] = [
    { lat: 0, lon: 0 },
    { lat: 52, lon: 180 },
    { lat: 90, lon: 0 },
    { lat: -90, lon: 77 },
  ];

  it.each([0.5, 10, 50, 400, 3000, 6371, 50_000])('sums to 1 over the Earth at σ = %d km', (sigmaKm) => {
    for (const centre of centres) {
      const total = integrate(centre, sigmaKm, (chord2) => Math.exp(vmfLogDensity(chord2, sigmaKm)));
      expect(total).toBeCloseTo(1, 4);
    }
  });

  it('sums to 1 wherever it lies and however wide it is: at the poles, at 180°, anywhere', () => {
    const centre = fc.record({
      lat: fc.oneof(fc.constantFrom(90, -90, 89.9999, -89.9999, 0), fc.double({ min: -90, max: 90, noNaN: true })),
      lon: fc.oneof(fc.constantFrom(180, -180, 179.9999), fc.double({ min: -180, max: 180, noNaN: true })),
    });
    fc.assert(
      fc.property(centre, fc.double({ min: -1, max: 4.5, noNaN: true }), (at, logKm) => {
        const sigmaKm = 10 ** logKm;
        const total = integrate(at, sigmaKm, (chord2) => Math.exp(vmfLogDensity(chord2, sigmaKm)));
        expect(total).toBeCloseTo(1, 4);
      }),
      { numRuns: 100 },
    );
  });

  it('has σ as its standard deviation along one axis', () => {
    for (const sigmaKm of [3, 50, 400]) {
      const squares = integrate({ lat: 40, lon: 179 }, sigmaKm, (chord2) => {
        return Math.exp(vmfLogDensity(chord2, sigmaKm)) * chord2 * 6371 ** 2;
      });
      // Two axes: E|chord|² = 2σ²(1 − O(κ⁻¹)).
      expect(Math.sqrt(squares / 2) / sigmaKm).toBeCloseTo(1, 2);
    }
  });

  it('is the plane Gauss density when σ is small', () => {
    const sigma = 3;
    const gauss = -Math.log(2 * Math.PI * sigma ** 2) - 5 ** 2 / (2 * sigma ** 2);
    expect(vmfLogDensity(kmToChordSquared(5), sigma)).toBeCloseTo(gauss, 5);
  });

  it('stays finite for tiny and huge σ, and becomes the uniform density', () => {
    const uniform = -Math.log(EARTH_AREA_KM2);
    for (const sigmaKm of [1e6, 1e12, 1e160, Number.POSITIVE_INFINITY]) {
      expect(vmfLogDensity(4, sigmaKm)).toBeCloseTo(uniform, 4);
    }
    expect(vmfLogDensity(0, 1e-6)).toBeCloseTo(-Math.log(2 * Math.PI * 1e-12), 6);
    expect(Number.isFinite(vmfLogDensity(4, 1e-6))).toBe(true);
  });

  it('refuses a width that is not greater than 0', () => {
    for (const sigmaKm of [0, -1, Number.NaN]) expect(() => vmfKernel(sigmaKm)).toThrow(RangeError);
  });
});
