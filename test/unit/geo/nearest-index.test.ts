import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { NearestIndex } from '../../../src/geo/nearest-index.js';
import { anyPoint } from './points.js';

function bruteForce(points: readonly GeoPoint[], target: GeoPoint, accept: (i: number) => boolean): number {
  return points.reduce((best, point, i) => (accept(i) ? Math.min(best, distanceKm(target, point)) : best), Infinity);
}

describe('NearestIndex', () => {
  it('finds what a look at every point finds', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { minLength: 1, maxLength: 200 }), anyPoint, (points, target) => {
        const found = new NearestIndex(points).nearest(target);
        const best = bruteForce(points, target, () => true);
        expect(distanceKm(points[found?.index ?? -1] as GeoPoint, target)).toBeCloseTo(best, 4);
      }),
      { numRuns: 300 },
    );
  });

  it('finds the nearest of those that are let through', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { minLength: 30, maxLength: 200 }), anyPoint, (points, target) => {
        const accept = (i: number) => i % 7 === 3;
        const found = new NearestIndex(points).nearest(target, accept);
        expect((found?.index ?? 0) % 7).toBe(3);
        expect(distanceKm(points[found?.index ?? -1] as GeoPoint, target)).toBeCloseTo(
          bruteForce(points, target, accept),
          4,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('takes the first of equal points, and answers null when there is none', () => {
    const point = { lat: 1, lon: 2 };
    expect(new NearestIndex(Array.from({ length: 50 }, () => point)).nearest(point)).toEqual({
      index: 0,
      distanceKm: 0,
    });
    expect(new NearestIndex([]).nearest(point)).toBeNull();
    expect(new NearestIndex([point]).nearest(point, () => false)).toBeNull();
  });
});
