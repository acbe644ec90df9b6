import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ClusterBootstrap } from '../../../src/evaluate/cluster-bootstrap.js';
import { accuracy, coveragePercent, geoScore } from '../../../src/evaluate/metrics.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { describeShared } from '../../support/shared.js';
import { seeded } from '../../support/toy-world.js';

describe('the protocols’ figures', () => {
  it('count an error that is exactly a radius as within it', () => {
    const figures = accuracy([1, 25, 200, 750, 2500, 2500.001, 0, 20_000]);
    expect(figures.withinPercent).toEqual({ 1: 25, 25: 37.5, 200: 50, 750: 62.5, 2500: 75 });
    expect(figures.medianKm).toBe(475);
    expect(figures.meanKm).toBeCloseTo((1 + 25 + 200 + 750 + 2500 + 2500.001 + 20_000) / 8, 9);
  });

  it('give 5000 points for no error and 5000/e for one of 1492.7 km', () => {
    expect(geoScore(0)).toBe(5000);
    expect(geoScore(1492.7)).toBeCloseTo(5000 / Math.E, 9);
    expect(accuracy([0, 1492.7]).geoScore).toBeCloseTo((5000 + 5000 / Math.E) / 2, 9);
  });

  it('are NaN for no query', () => {
    expect(accuracy([]).medianKm).toBeNaN();
    expect(accuracy([]).withinPercent['25']).toBeNaN();
  });

  it('count a truth on the circle as covered', () => {
    expect(coveragePercent([1, 2, 3, 4], [1, 1, 3, 10])).toBe(75);
  });
});

describeShared('distance and GeoScore of an independent evaluation', (folder) => {
  const rows =
    folder === '' ? [] : readFileSync(join(folder, 'geoscore-pairs.csv'), 'utf8').trim().split('\n').slice(1);

  it('are the same', () => {
    expect(rows.length).toBe(40);
    for (const row of rows) {
      const [latTrue, lonTrue, lat, lon, km, score] = row.split(',').map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const own = distanceKm({ lat: latTrue, lon: lonTrue }, { lat, lon });
      expect(Math.abs(own - km)).toBeLessThan(1e-6 * Math.max(1, km));
      expect(geoScore(own)).toBeCloseTo(score, 6);
    }
  });
});

describe('intervals by resampling clusters', () => {
  it('are around Σ/n, repeat with their seed, and tell how few clusters there are', () => {
    const clusters = ['a', 'a', 'a', 'b', 'b', 'c'];
    const hits = [1, 1, 0, 0, 1, 1];
    const interval = new ClusterBootstrap(clusters, 3).mean(hits);
    expect(interval.value).toBeCloseTo(4 / 6, 12);
    expect(interval.low).toBeLessThan(interval.value);
    expect(interval.high).toBeGreaterThan(interval.value);
    expect(new ClusterBootstrap(clusters, 3).mean(hits)).toEqual(interval);
    expect(new ClusterBootstrap(clusters, 3).mix).toEqual({ clusters: 3, largestShare: 0.5 });
  });

  it('are wider where queries of a cluster agree, as the theory says', () => {
    const random = seeded(8);
    const authors = Array.from({ length: 4_000 }, (_, i) => `author ${i % 100}`);
    const own = Array.from({ length: 100 }, () => (random() < 0.5 ? 1 : 0));
    const agreeing = authors.map((_, i) => own[i % 100] as number);
    const { low, high } = new ClusterBootstrap(authors, 1).mean(agreeing);
    // 100 coins, not 4,000: ±1.96 · 0.5/√100.
    expect(high - low).toBeGreaterThan(0.16);
    expect(high - low).toBeLessThan(0.23);
    const alone = new ClusterBootstrap(
      authors.map((_, i) => `${i}`),
      1,
    ).mean(agreeing);
    expect(alone.high - alone.low).toBeLessThan(0.04);
  });

  it('are paired: what two sides have in common falls out of their difference', () => {
    const random = seeded(9);
    const clusters = Array.from({ length: 600 }, (_, i) => `town ${i % 60}`);
    const a = clusters.map((_, i) => ((i % 60) % 2) + random() / 100);
    const b = a.map((value) => value - 0.1);
    const bootstrap = new ClusterBootstrap(clusters, 4);
    const paired = bootstrap.difference(a, b);
    expect(paired.low).toBeCloseTo(0.1, 9);
    expect(paired.high).toBeCloseTo(0.1, 9);
    expect(bootstrap.mean(a).high - bootstrap.mean(a).low).toBeGreaterThan(0.1);
    expect(() => bootstrap.mean([1])).toThrow(/600/);
  });
});
