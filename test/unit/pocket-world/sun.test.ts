import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sunAt } from '../../../src/pocket-world/sun.js';

const EQUINOX = 80;
const lon = 0;

describe('sunAt', () => {
  it('stands south at noon in the north and north in the south', () => {
    expect(sunAt({ lat: 50, lon }, EQUINOX, 12).azimuthDeg).toBeCloseTo(180, 6);
    expect(sunAt({ lat: -34, lon }, EQUINOX, 12).azimuthDeg % 360).toBeCloseTo(0, 6);
  });

  it('rises in the east and sets in the west at the equinox, everywhere', () => {
    fc.assert(
      fc.property(fc.double({ min: -65, max: 65, noNaN: true }), (lat) => {
        const rising = sunAt({ lat, lon }, EQUINOX, 6);
        expect(Math.abs(rising.altitudeDeg)).toBeLessThan(1.5);
        expect(Math.abs(rising.azimuthDeg - 90)).toBeLessThan(1.5);
        expect(Math.abs(sunAt({ lat, lon }, EQUINOX, 18).azimuthDeg - 270)).toBeLessThan(1.5);
      }),
    );
  });

  it('is highest at noon, 90° less the distance from the latitude where it stands overhead', () => {
    expect(sunAt({ lat: 60, lon }, 172, 12).altitudeDeg).toBeCloseTo(90 - 60 + 23.44, 1);
    expect(sunAt({ lat: 60, lon }, 355, 12).altitudeDeg).toBeCloseTo(90 - 60 - 23.44, 1);
    expect(sunAt({ lat: -34, lon }, 355, 12).altitudeDeg).toBeCloseTo(90 - 34 + 23.44, 1);
  });
});
