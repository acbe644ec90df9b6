import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { circleLine, circleRings, type Position } from '../../../src/geo/circle.js';
import { distanceKm } from '../../../src/geo/distance.js';

const point = fc.record({
  lat: fc.double({ min: -89, max: 89, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
});
/** No two of these share a meridian's seam. */
const place = fc.record({ lat: fc.integer({ min: -88, max: 88 }), lon: fc.integer({ min: -180, max: 179 }) });
const radius = fc.double({ min: 0.1, max: 19_000, noNaN: true });

/** Whether a point lies within rings on the flat map, by the crossing number; the map repeats every 360 degrees. */
function within(rings: readonly Position[][], lon: number, lat: number): boolean {
  return [-720, -360, 0, 360, 720].some((turn) => {
    let crossings = 0;
    for (const ring of rings) {
      for (let i = 0; i + 1 < ring.length; i++) {
        const [x0, y0] = ring[i] as Position;
        const [x1, y1] = ring[i + 1] as Position;
        if (y0 > lat !== y1 > lat && lon + turn < ((x1 - x0) * (lat - y0)) / (y1 - y0) + x0) crossings++;
      }
    }
    return crossings % 2 === 1;
  });
}

describe('a circle of the sphere', () => {
  it('has every point of its line at its radius', () => {
    fc.assert(
      fc.property(point, radius, (centre, km) => {
        for (const [lon, lat] of circleLine(centre, km)) expect(distanceKm(centre, { lat, lon })).toBeCloseTo(km, 3);
      }),
    );
  });

  it('is never torn: its line has no step of half the world', () => {
    fc.assert(
      fc.property(point, radius, (centre, km) => {
        const line = circleLine(centre, km);
        for (let i = 1; i < line.length; i++) {
          expect(Math.abs((line[i]?.[0] ?? 0) - (line[i - 1]?.[0] ?? 0))).toBeLessThanOrEqual(180);
        }
      }),
    );
  });

  it('as an area holds what is clearly within the radius and nothing clearly beyond, also around the poles', () => {
    fc.assert(
      fc.property(place, radius, place, (centre, km, other) => {
        const away = distanceKm(centre, { ...other, lon: other.lon + 0.37 });
        // 96 corners: between them the flat edge leaves the circle by some percent, more near a pole.
        fc.pre(Math.abs(other.lat) < 80 && Math.abs(away - km) > 300);
        expect(within(circleRings(centre, km), other.lon + 0.37, other.lat)).toBe(away < km);
      }),
      { numRuns: 1000 },
    );
  });
});
