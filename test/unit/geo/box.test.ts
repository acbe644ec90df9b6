import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boxAround, boxesTouch, boxWithin, inBox, splitBox, wrapLon } from '../../../src/geo/box.js';
import { destination, distanceKm } from '../../../src/geo/distance.js';
import { anyPoint } from './points.js';

const km = fc.double({ min: 0.001, max: 20_000, noNaN: true });
const bearing = fc.double({ min: 0, max: 360, noNaN: true });

describe('boxAround', () => {
  it('holds every point within the distance, also across 180° and over the poles', () => {
    fc.assert(
      fc.property(anyPoint, km, bearing, fc.double({ min: 0, max: 0.999999, noNaN: true }), (a, reach, way, part) => {
        const point = destination(a, way, reach * part);
        // Half a millimetre for rounding.
        expect(inBox(boxAround(a, reach + 5e-7), point)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('is no larger than it must be: each side touches the circle', () => {
    for (const point of [
      { lat: 50, lon: 10 },
      { lat: -35, lon: 179.9 },
      { lat: 80, lon: -179.9 },
    ]) {
      const box = boxAround(point, 300);
      const nearestOn = (lon: number) => {
        let best = Number.POSITIVE_INFINITY;
        for (let lat = box.south; lat <= box.north; lat += 0.001)
          best = Math.min(best, distanceKm(point, { lat, lon }));
        return best;
      };
      expect(nearestOn(box.west)).toBeCloseTo(300, 3);
      expect(nearestOn(box.east)).toBeCloseTo(300, 3);
      expect(distanceKm(point, { lat: box.north, lon: point.lon })).toBeCloseTo(300, 6);
      expect(distanceKm(point, { lat: box.south, lon: point.lon })).toBeCloseTo(300, 6);
    }
  });

  it('goes all the way round where the circle holds a pole, and crosses 180° where it must', () => {
    expect(boxAround({ lat: 89, lon: 5 }, 200)).toMatchObject({ west: -180, east: 180, north: 90 });
    const fiji = boxAround({ lat: -17, lon: 179.5 }, 200);
    expect(fiji.west).toBeGreaterThan(fiji.east);
  });
});

describe('boxWithin', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const reach = fc.double({ min: 0.001, max: 3000, noNaN: true });

  it('holds no point beyond the distance, its corners included, also across 180°', () => {
    let held = 0;
    fc.assert(
      fc.property(anyPoint, reach, share, share, (centre, within, x, y) => {
        const box = boxWithin(centre, within);
        if (box === null) return;
        const width = (box.east - box.west + 360) % 360;
        const at = (sx: number, sy: number) => ({
          lat: box.south + sy * (box.north - box.south),
          lon: wrapLon(box.west + sx * width),
        });
        for (const point of [at(x, y), at(0, 0), at(1, 1), at(0, 1), at(1, 0)])
          expect(distanceKm(centre, point)).toBeLessThanOrEqual(within);
        held++;
      }),
      { numRuns: 1000 },
    );
    expect(held).toBeGreaterThan(300);
  });

  it('leaves out little more than it must: half of the circle and more is in it', () => {
    const box = boxWithin({ lat: 50, lon: 10 }, 100) ?? { west: 0, east: 0, south: 0, north: 0 };
    const [wide, high] = [
      distanceKm({ lat: 50, lon: box.west }, { lat: 50, lon: box.east }),
      distanceKm({ lat: box.south, lon: 10 }, { lat: box.north, lon: 10 }),
    ];
    expect((wide * high) / (Math.PI * 100 ** 2)).toBeGreaterThan(0.6);
  });
});

describe('boxesTouch', () => {
  it('is true where a box has a point in the other, edges and 180° included', () => {
    const box = { west: 170, south: -10, east: -170, north: 10 };
    expect(boxesTouch(box, { west: -171, south: 0, east: -160, north: 5 })).toBe(true);
    expect(boxesTouch(box, { west: 160, south: 10, east: 170, north: 20 })).toBe(true);
    expect(boxesTouch(box, { west: -160, south: 0, east: 160, north: 5 })).toBe(false);
    expect(boxesTouch(box, { west: 175, south: 11, east: 178, north: 12 })).toBe(false);
  });
});

describe('inBox', () => {
  it('takes west > east as a box across 180°', () => {
    const box = { west: 170, south: -20, east: -170, north: 0 };
    expect([175, 180, -180, -175].map((lon) => inBox(box, { lat: -10, lon }))).toEqual([true, true, true, true]);
    expect([0, 169, -169].map((lon) => inBox(box, { lat: -10, lon }))).toEqual([false, false, false]);
    expect(inBox(box, { lat: 1, lon: 175 })).toBe(false);
  });

  it('takes 180° and −180° as one meridian', () => {
    expect(inBox({ west: 170, south: 0, east: 180, north: 1 }, { lat: 0, lon: -180 })).toBe(true);
    expect(inBox({ west: -180, south: 0, east: -170, north: 1 }, { lat: 0, lon: 180 })).toBe(true);
    expect(inBox({ west: -10, south: 0, east: 10, north: 1 }, { lat: 0, lon: 180 })).toBe(false);
  });

  it('is what the split boxes hold together', () => {
    const lon = fc.double({ min: -180, max: 180, noNaN: true });
    fc.assert(
      fc.property(lon, lon, anyPoint, (west, east, point) => {
        const box = { west, east, south: -45, north: 45 };
        expect(splitBox(box).some((part) => inBox(part, point))).toBe(inBox(box, point));
      }),
    );
  });
});

describe('wrapLon', () => {
  it('keeps what is in range and turns the rest by whole turns', () => {
    expect([-180, 0, 180, 181, -181, 540.5, -900].map(wrapLon)).toEqual([-180, 0, 180, -179, 179, -179.5, -180]);
  });
});
