import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boxAround } from '../../../web/src/locate/box-around.js';

it('is a box that a map can show, wherever the answer lies, at the poles as well', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.double({ min: 0, max: 20_038, noNaN: true }),
      (lat, lon, km) => {
        const [west, south, east, north] = boxAround({ lat, lon }, km);
        expect(north - south).toBeGreaterThan(0.1);
        expect(east - west).toBeGreaterThan(0.1);
        expect(east - west).toBeLessThanOrEqual(180);
        expect(south).toBeGreaterThanOrEqual(-80);
        expect(north).toBeLessThanOrEqual(84);
      },
    ),
  );
});
