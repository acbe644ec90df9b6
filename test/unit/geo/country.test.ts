import { describe, expect, it } from '@jest/globals';
import { countryAt } from '../../../src/geo/country-at.js';
import { borderDensity, countryAreaKm2, polygonAreaKm2 } from '../../../src/geo/country-density.js';
import { EARTH_AREA_KM2, fromSphere } from '../../../src/geo/sphere.js';

describe('countryAt', () => {
  it.each([
    ['PL', 54.44, 18.57],
    ['GB', 55.95, -3.19],
    ['DK', 55.68, 12.57],
    ['NL', 52.37, 4.9],
    ['BQ', 12.15, -68.27],
    ['PR', 18.4, -66.1],
    ['GF', 4.9, -52.3],
    ['RE', -20.9, 55.45],
    ['HK', 22.3, 114.17],
    ['TW', 25, 121.5],
    ['XK', 42.66, 21.16],
    ['SJ', 78.22, 15.65],
    ['AX', 60.1, 20.05],
    ['ES', 28.1, -15.5],
    ['ES', 35.89, -5.31],
    ['PT', 32.65, -16.9],
    ['US', 21.3, -157.86],
    ['US', 61.2, -149.9],
    ['CY', 35.34, 33.32],
    ['UA', 44.95, 34.1],
    ['FJ', -16.8, 180],
    ['FJ', -16.8, -180],
    ['RU', 67, 180],
    ['RU', 67, -180],
    ['AQ', -90, 0],
  ])('is %s at %d, %d, by GeoNames codes', (iso2, lat, lon) => {
    expect(countryAt({ lat, lon })).toBe(iso2);
  });

  it('is null at sea', () => {
    expect(countryAt({ lat: 30, lon: -45 })).toBeNull();
    expect(countryAt({ lat: 90, lon: 0 })).toBeNull();
  });
});

describe('the area of a country', () => {
  it('is exact for a cap, a lune and a hole', () => {
    const cap: [number, number][] = [
      [-180, 60],
      [180, 60],
      [180, 90],
      [-180, 90],
    ];
    expect(polygonAreaKm2([cap]) / EARTH_AREA_KM2).toBeCloseTo((1 - Math.sin(Math.PI / 3)) / 2, 12);
    const lune: [number, number][] = [
      [0, -90],
      [90, -90],
      [90, 90],
      [0, 90],
    ];
    expect(polygonAreaKm2([lune]) / EARTH_AREA_KM2).toBeCloseTo(1 / 4, 12);
    const hole: [number, number][] = [
      [0, 0],
      [45, 0],
      [45, 90],
      [0, 90],
    ];
    expect(polygonAreaKm2([lune, hole]) / EARTH_AREA_KM2).toBeCloseTo(1 / 4 - 1 / 16, 12);
  });

  it('agrees with the share of even points on the sphere that countryAt puts inside', () => {
    const count = 40_000;
    const hits = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      // Fibonacci lattice: even over the sphere.
      const z = 1 - (2 * i + 1) / count;
      const turn = i * Math.PI * (3 - Math.sqrt(5));
      const across = Math.sqrt(1 - z * z);
      const iso2 = countryAt(fromSphere([across * Math.cos(turn), across * Math.sin(turn), z]));
      if (iso2 !== null) hits.set(iso2, (hits.get(iso2) ?? 0) + 1);
    }
    let compared = 0;
    for (const [iso2, hit] of hits) {
      if (hit < 150) continue;
      compared++;
      expect([iso2, countryAreaKm2(iso2) / EARTH_AREA_KM2 / (hit / count)]).toEqual([iso2, expect.closeTo(1, 1)]);
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('lies near the published figures for landlocked countries', () => {
    for (const [iso2, km2] of [
      ['CH', 41_285],
      ['MN', 1_564_116],
      ['TD', 1_284_000],
      ['PY', 406_752],
    ] as const) {
      expect(countryAreaKm2(iso2) / km2).toBeCloseTo(1, 1);
    }
  });
});

describe('borderDensity', () => {
  it('is one over the area inside, 0 outside and for an unknown code', () => {
    expect(borderDensity('CH', { lat: 46.95, lon: 7.45 }) * countryAreaKm2('CH')).toBe(1);
    expect(borderDensity('CH', { lat: 48.85, lon: 2.35 })).toBe(0);
    expect(borderDensity('ZZ', { lat: 48.85, lon: 2.35 })).toBe(0);
  });
});
