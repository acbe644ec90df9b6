import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { NearestIndex } from '../../../src/geo/nearest-index.js';
import { chordSquared, toSphere } from '../../../src/geo/sphere.js';
import { anyPoint } from './points.js';

/** By squared chords, as the index compares: next to the antipode distances tell points apart that chords can't. */
function nearestChord(points: readonly GeoPoint[], target: GeoPoint, accept: (i: number) => boolean): number {
  const chords = points.map((point) => chordSquared(toSphere(target), toSphere(point)));
  return Math.min(...chords.filter((_, i) => accept(i)));
}

describe('NearestIndex', () => {
  it.each([
    ['of all', () => true],
    ['of those that are let through', (i: number) => i % 7 === 0],
  ])('finds the nearest %s, as a look at every point does', (_of, accept) => {
    fc.assert(
      fc.property(fc.array(anyPoint, { minLength: 1, maxLength: 200 }), anyPoint, (points, target) => {
        const found = new NearestIndex(points).nearest(target, accept);
        const index = found?.index ?? -1;
        expect(accept(index)).toBe(true);
        const point = points[index] as GeoPoint;
        expect(chordSquared(toSphere(target), toSphere(point))).toBe(nearestChord(points, target, accept));
        expect(found?.distanceKm).toBeCloseTo(distanceKm(point, target), 3);
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
