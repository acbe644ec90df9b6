import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { logLoss, nearness } from '../../../../src/evaluate/fit/log-loss.js';
import { distanceKm } from '../../../../src/geo/distance.js';
import { EARTH_AREA_KM2, RADIANS } from '../../../../src/geo/sphere.js';

const points = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
});

/** κ/(4π sinh κ) e^(κ cos θ) / R², Fisher's density as it stands in textbooks, for κ that float64 can hold. */
function fisher(km: number, sigmaKm: number): number {
  const kappa = (6371 / sigmaKm) ** 2;
  return (
    ((kappa / (2 * Math.PI)) * Math.exp(kappa * (Math.cos(km / 6371) - 1))) / (1 - Math.exp(-2 * kappa)) / 6371 ** 2
  );
}

describe('nearness to the truth', () => {
  it('is 0.4 K_10 + 0.3 K_50 + 0.3 K_400 by Fisher’s formula', () => {
    fc.assert(
      fc.property(points, points, (truth, point) => {
        const km = distanceKm(truth, point);
        const expected = 0.4 * fisher(km, 10) + 0.3 * fisher(km, 50) + 0.3 * fisher(km, 400);
        const [value] = nearness(truth, [point]);
        expect(Math.abs((value as number) - expected)).toBeLessThan(1e-6 * expected + 1e-12);
      }),
    );
  });

  it.each([
    ['a pole', { lat: 90, lon: 0 }],
    ['180°', { lat: -12, lon: 180 }],
  ])('adds up to 1 over the Earth, at %s too', (_, truth) => {
    // Rings of equal width about the truth: the share of the sphere in each times the density on it.
    let sum = 0;
    const widthKm = 0.5;
    for (let km = widthKm / 2; km < 6371 * Math.PI; km += widthKm) {
      const point = { lat: truth.lat - km / (6371 * RADIANS), lon: truth.lon };
      if (point.lat < -90) break;
      const ring = 2 * Math.PI * 6371 * Math.sin(km / 6371) * widthKm;
      sum += ring * (nearness(truth, [point])[0] as number);
    }
    expect(sum).toBeCloseTo(1, 3);
  });
});

describe('the log loss', () => {
  it('is that of the whole Earth where nothing is near, and falls with what is', () => {
    expect(logLoss(0)).toBeCloseTo(-Math.log(0.01 / EARTH_AREA_KM2), 10);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.001, noNaN: true }),
        fc.double({ min: 1e-9, max: 0.001, noNaN: true }),
        (a, more) => {
          expect(logLoss(a + more)).toBeLessThan(logLoss(a));
          expect(Math.exp(-logLoss(a))).toBeCloseTo(0.99 * a + 0.01 / EARTH_AREA_KM2, 12);
        },
      ),
    );
  });
});
