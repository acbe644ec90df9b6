import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Place } from '../../../src/domain/place.js';
import { destination, distanceKm } from '../../../src/geo/distance.js';
import { chordSquared, EARTH_AREA_KM2, toSphere } from '../../../src/geo/sphere.js';
import { vmfLogDensity } from '../../../src/geo/von-mises-fisher.js';
import { utilities, utilityAt } from '../../../src/locate/decide.js';
import { negativeExponential } from '../../../src/locate/negative-exponential.js';
import { Prior } from '../../../src/locate/prior.js';
import { topIndices, topIndicesInOrder } from '../../../src/locate/top-indices.js';

const points = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('tabulated functions and their exact twins', () => {
  it('e^(−x) is within 3e-9 of it, relatively', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 63.99, noNaN: true }), (x) => {
        expect(Math.abs(negativeExponential(x) / Math.exp(-x) - 1)).toBeLessThan(3e-9);
      }),
      { numRuns: 500 },
    );
    expect(negativeExponential(0)).toBe(1);
    expect(negativeExponential(64)).toBe(0);
    expect(negativeExponential(Number.POSITIVE_INFINITY)).toBe(0);
    expect(negativeExponential(Number.NaN)).toBeNaN();
  });

  it('the utility of a pair is that of its distance, near, far and at the antipode', () => {
    const near = fc.tuple(points, fc.double({ min: -3, max: 4.3, noNaN: true })).map(([a, log]) => ({
      a,
      b: destination(a, 77, 10 ** log),
    }));
    fc.assert(
      fc.property(fc.oneof(near, fc.record({ a: points, b: points })), ({ a, b }) => {
        const chord2 = chordSquared(toSphere(a), toSphere(b));
        for (const name of ['default', 'geoscore', 'distance'] as const) {
          const worth = utilities(Float64Array.of(0, chord2, chord2, 0), 2, name)[1];
          const exact = utilityAt(distanceKm(a, b), name);
          expect(Math.abs((worth as number) - exact)).toBeLessThan(name === 'distance' ? 1e-3 : 1e-6);
        }
      }),
      { numRuns: 500 },
    );
    expect(utilities(Float64Array.of(0, 4, 4, 0), 2, 'default')[1]).toBeCloseTo(
      utilityAt(Math.PI * 6371, 'default'),
      8,
    );
  });

  it('the prior is the sum over all cities', () => {
    const cities = fc.array(fc.record({ point: points, population: fc.integer({ min: 0, max: 20_000_000 }) }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(cities, points, fc.nat(29), fc.double({ min: 0, max: 600, noNaN: true }), (some, anywhere, n, km) => {
        const places = some.map((city, i) => ({ ...city, id: `${i}`, level: 'city', iso2: 'XX' }) as Place);
        const near = destination((places[n % places.length] as Place).point, 30, km);
        const roots = places.map((city) => Math.sqrt(city.population));
        const sum = roots.reduce((a, b) => a + b, 0);
        const prior = new Prior(places);
        for (const point of [anywhere, near, near]) {
          const exact = places.reduce((total, city, i) => {
            const chord2 = chordSquared(toSphere(city.point), toSphere(point));
            return total + (sum === 0 ? 0 : ((0.9 * (roots[i] as number)) / sum) * Math.exp(vmfLogDensity(chord2, 50)));
          }, 0.1 / EARTH_AREA_KM2);
          expect(Math.abs(prior.density(point) / exact - 1)).toBeLessThan(1e-7);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the prior sums to 1 over the Earth, with cities at the poles and on both sides of 180°', () => {
    const spots = [
      { lat: 90, lon: 0, population: 5_000_000 },
      { lat: -89.9, lon: 120, population: 300_000 },
      { lat: -17, lon: 179.9, population: 900_000 },
      { lat: -17, lon: -179.9, population: 800_000 },
      { lat: 48, lon: 16, population: 2_000_000 },
    ];
    const prior = new Prior(
      spots.map(({ lat, lon, population }, i) => {
        return { id: `${i}`, level: 'city', iso2: 'XX', point: { lat, lon }, population } as Place;
      }),
    );
    // The golden spiral's points each stand for the same area, of 41 km by 41 km.
    const count = 300_000;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const lat = (Math.asin(1 - (2 * i + 1) / count) * 180) / Math.PI;
      const turns = (i * (Math.sqrt(5) - 1)) / 2;
      sum += prior.density({ lat, lon: 360 * (turns - Math.floor(turns)) - 180 });
    }
    expect((sum * EARTH_AREA_KM2) / count).toBeCloseTo(1, 2);
  });

  it('the greatest values are those that sorting gives, ties by position', () => {
    const values = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 0.5, 1)), { maxLength: 80 });
    fc.assert(
      fc.property(values, fc.nat(90), (some, count) => {
        const array = Float64Array.from(some, (value) => value + 0);
        const sorted = [...array.keys()]
          .sort((a, b) => ((array[b] as number) > (array[a] as number) ? 1 : array[b] === array[a] ? a - b : -1))
          .slice(0, count);
        expect(Array.from(topIndicesInOrder(array, count))).toEqual(sorted);
        expect(Array.from(topIndices(array, count))).toEqual(sorted.toSorted((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});
