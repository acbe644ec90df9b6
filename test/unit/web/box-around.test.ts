import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boxAround, boxOfAll } from '../../../web/src/locate/box-around.js';

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
        expect(east - west).toBeLessThanOrEqual(180 + 1e-9);
        expect(south).toBeGreaterThanOrEqual(-80);
        expect(north).toBeLessThanOrEqual(84);
      },
    ),
  );
});

it('holds all points in the smallest box, across 180° where that is smaller', () => {
  const at = (lat: number, lon: number) => ({ lat, lon });
  expect(boxOfAll([at(10, 20), at(-5, 30), at(0, 25)])).toEqual([20, -5, 30, 10]);
  expect(boxOfAll([at(-18, 178), at(-17, -179), at(-41, 174)])).toEqual([174, -41, -179, -17]);
  expect(boxOfAll([at(88, 7)])).toEqual([7, 84, 7, 84]);
  expect(boxOfAll([])).toEqual([-180, -80, 180, 84]);
});
