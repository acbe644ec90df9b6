import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { calibrateProfile, type UncalibratedAnswer } from '../../../src/evaluate/calibrate/calibrate-profile.js';
import { widenRadii } from '../../../src/evaluate/calibrate/widen-radii.js';
import { calibrationBins, fallsInto, spreadBins } from '../../../src/evaluate/circle-bins.js';
import { type Circles, circleCoverage } from '../../../src/evaluate/circle-coverage.js';
import { ClusterBootstrap } from '../../../src/evaluate/cluster-bootstrap.js';
import { levelsUpTo } from '../../support/levels-up-to.js';
import { seeded } from '../../support/toy-world.js';

const circles = (errorKm: number, spread: number, notIndexed = 0.5): Circles => ({
  ...{ errorKm, spread, notIndexed, radius50Km: 10, radius90Km: 20 },
});

const CALIBRATION = {
  not_indexed_edges: [0.2, 0.8],
  bins: [[0.3], [], [0.5, 0.6]].map((spread_edges) => {
    const row = Array.from({ length: spread_edges.length + 1 }, () => 2);
    return { spread_edges, radius_50: row, radius_90: row, draws_50: [row], draws_90: [row.map(() => 3)] };
  }),
  ...{ levels: levelsUpTo(null), queries: 500, authors: 100 },
};

describe('bins of the circles', () => {
  it('are the calibration’s, and every query falls into one', () => {
    const bins = calibrationBins(CALIBRATION);
    expect(bins.map(({ notIndexed, spread }) => [notIndexed, spread])).toEqual([
      [
        [0, 0.2],
        [0, 0.3],
      ],
      [
        [0, 0.2],
        [0.3, 1],
      ],
      [
        [0.2, 0.8],
        [0, 1],
      ],
      [
        [0.8, 1],
        [0, 0.5],
      ],
      [
        [0.8, 1],
        [0.5, 0.6],
      ],
      [
        [0.8, 1],
        [0.6, 1],
      ],
    ]);
    expect(bins[0]).toMatchObject({ draws50: [1], draws90: [1.5] });
    const value = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.2, 0.3, 0.5, 0.8, 1));
    fc.assert(
      fc.property(value, value, (notIndexed, spread) => {
        expect(bins.filter((bin) => fallsInto(bin, { notIndexed, spread }))).toHaveLength(1);
      }),
    );
  });
});

describe('coverage of the circles', () => {
  it('counts a truth on the circle, and a spread on the edge in the lower bin', () => {
    const answers = [circles(10, 0.2), circles(11, 0.3), circles(21, 0.9)];
    const found = circleCoverage(answers, spreadBins([0.3]), new ClusterBootstrap(['a', 'b', 'c'], 1, 20));
    expect(found.circle_50_percent.value).toBeCloseTo(100 / 3, 9);
    expect(found.circle_90_percent.value).toBeCloseTo(200 / 3, 9);
    expect(
      found.by_spread.map((bin) => [bin.queries, bin.circle_50_percent.value, bin.circle_90_percent.value]),
    ).toEqual([
      [2, 50, 100],
      [1, 0, 0],
    ]);
  });

  it('is told of the photos and of authors counting alike, who may differ, in bins too', () => {
    // ann's three are held, one of them in the wide bin; bob's one is not.
    const answers = [circles(1, 0.1), circles(1, 0.1), circles(1, 0.9), circles(99, 0.9)];
    const bootstrap = new ClusterBootstrap(['ann', 'ann', 'ann', 'bob'], 1);
    const found = circleCoverage(answers, spreadBins([0.5]), bootstrap);
    expect(found.circle_90_percent.value).toBe(75);
    expect(found.per_author.circle_90_percent.value).toBeCloseTo(50, 9);
    const wide = found.by_spread[1];
    expect(wide?.circle_90_percent.value).toBe(50);
    expect(wide?.per_author.circle_90_percent.value).toBeCloseTo((100 * (1 / 3)) / (1 / 3 + 1), 9);
  });

  it('has intervals that hold what is promised as often as they say, only with the calibration’s own draw in them', () => {
    const answersOf = (clusters: number, seed: number): UncalibratedAnswer[] => {
      const random = seeded(seed);
      return Array.from({ length: clusters }, (_, c) => {
        const errorKm = 100 * -Math.log(random());
        return {
          ...{ id: `${c}`, cluster: `${c}`, errorKm, radius50Km: 100, radius90Km: 200 },
          ...{ level: null, wrong: false },
          ...{ spread: random(), notIndexed: random() < 0.5 ? 0.1 : 0.9 },
        };
      });
    };
    const runs = 80;
    const inside = { drawn: 0, alone: 0 };
    for (let run = 0; run < runs; run++) {
      const calibrated = calibrateProfile(answersOf(150, 5_000 + run), answersOf(150, 6_000 + run));
      if (calibrated === null) throw new Error('Expected a calibration.');
      const answers = answersOf(300, 7_000 + run).map((answer) => widenRadii(answer, calibrated.calibration));
      const bootstrap = new ClusterBootstrap(
        answers.map(({ cluster }) => cluster),
        run,
        400,
      );
      const bins = calibrationBins(calibrated.calibration);
      const alone = bins.map((bin) => ({ ...bin, draws50: [], draws90: [] }));
      for (const [name, own] of [
        ['drawn', bins],
        ['alone', alone],
      ] as const) {
        const { low, high } = circleCoverage(answers, own, bootstrap).circle_50_percent;
        // Two bins of 75 clusters round up by 0.5/76 each at most.
        if (low <= 50.7 && high >= 50) inside[name]++;
      }
    }
    expect(inside.drawn / runs).toBeGreaterThan(0.88);
    expect(inside.alone / runs).toBeLessThan(0.85);
  });
});
