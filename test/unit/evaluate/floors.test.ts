import { describe, expect, it } from '@jest/globals';
import { bestConstant, randomCity } from '../../../src/evaluate/floors.js';
import { geoScore, mean } from '../../../src/evaluate/metrics.js';
import { publishedFor } from '../../../src/evaluate/published.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { utilityAt } from '../../../src/locate/decide.js';
import { seeded } from '../../support/toy-world.js';

const random = seeded(3);
const somewhere = () => ({ lat: (Math.asin(2 * random() - 1) * 180) / Math.PI, lon: 360 * random() - 180 });

describe('what one gets without looking', () => {
  const truths = [...Array.from({ length: 60 }, somewhere), { lat: 48, lon: 2 }, { lat: 48.1, lon: 2.1 }];

  it('the best constant is the truth of greatest mean utility, by brute force', () => {
    const worth = (at: (typeof truths)[number]) =>
      mean(truths.map((truth) => utilityAt(distanceKm(at, truth), 'default')));
    const best = truths.reduce((a, b) => (worth(b) > worth(a) ? b : a));
    const floor = bestConstant(truths);
    expect(floor.point).toEqual(best);
    const errors = truths.map((truth) => distanceKm(truth, best));
    expect(floor.mean_km).toBeCloseTo(mean(errors), 3);
    expect(floor.geoscore).toBeCloseTo(mean(errors.map(geoScore)), 3);
    expect(floor.within_percent['25']).toBeCloseTo((100 * errors.filter((km) => km <= 25).length) / truths.length, 9);
  });

  it('the random city is the expectation over cities, as drawing would come to', () => {
    const cities = Array.from({ length: 40 }, () => ({ point: somewhere(), population: Math.floor(1e6 * random()) }));
    cities.push({ point: { lat: 48.05, lon: 2.05 }, population: 3_000_000 });
    cities.push({ point: { lat: 0, lon: 0 }, population: 0 });
    const floor = randomCity(truths, cities);
    const people = cities.reduce((sum, { population }) => sum + population, 0);
    const expectation = (figure: (km: number) => number) =>
      mean(
        truths.map((truth) =>
          cities.reduce(
            (sum, { point, population }) => sum + (population / people) * figure(distanceKm(point, truth)),
            0,
          ),
        ),
      );
    for (const km of [1, 25, 200, 750, 2500]) {
      expect(floor?.within_percent[String(km)]).toBeCloseTo(
        expectation((error) => (error <= km ? 100 : 0)),
        9,
      );
    }
    expect(Math.abs((floor?.geoscore ?? 0) - expectation(geoScore))).toBeLessThan(0.01);
    expect(Math.abs((floor?.mean_km ?? 0) - expectation((km) => km))).toBeLessThan(0.05);
    expect(floor?.within_percent['25']).toBeGreaterThan(0);
  });

  it('has no random city where nobody lives', () => {
    expect(randomCity(truths, [])).toBeNull();
    expect(randomCity(truths, [{ point: { lat: 0, lon: 0 }, population: 0 }])).toBeNull();
  });
});

describe('published figures', () => {
  it.each([
    ['/data/im2gps3k/im2gps3k_places365.csv', 'IM2GPS3K'],
    ['C:\\data\\img2gps_dataset_237.csv', 'IM2GPS'],
    ['/data/yfcc4k/info.txt', 'YFCC4K'],
    ['/data/osv5m/test.csv', 'OSV-5M'],
  ])('are those of the set that %s is of', (manifest, benchmark) => {
    const found = publishedFor(manifest);
    expect(found?.benchmark).toBe(benchmark);
    expect(found?.rows.length).toBeGreaterThan(1);
    for (const row of found?.rows ?? []) expect(row.source).not.toBe('');
  });

  it('stay blank where the source gives none', () => {
    const card = publishedFor('im2gps3k.csv')?.rows.find(({ method }) => method === 'StreetCLIP zero-shot');
    expect(card?.within_percent).toEqual({ 1: null, 25: 22.4, 200: 37.4, 750: 61.3, 2500: 80.4 });
  });

  it('are not shown beside another set', () => {
    expect(publishedFor('/home/me/holiday/photos.csv')).toBeNull();
    expect(publishedFor(null)).toBeNull();
  });
});
