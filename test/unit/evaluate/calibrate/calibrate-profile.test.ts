import { describe, expect, it } from '@jest/globals';
import { calibrateProfile, type UncalibratedAnswer } from '../../../../src/evaluate/calibrate/calibrate-profile.js';
import { widenRadii } from '../../../../src/evaluate/calibrate/widen-radii.js';
import { seeded } from '../../../support/toy-world.js';

interface Asked extends UncalibratedAnswer {
  readonly indexed: boolean;
}

/**
 * Authors of one photo to five, all of one place, which is indexed or not. ε_r mostly tells which. On indexed places errors
 * are a fraction of the posterior's own radii, elsewhere several times as large.
 */
function draw(clusters: number, seed: number, photosMax = 5): Asked[] {
  const random = seeded(seed);
  return Array.from({ length: clusters }, (_, c) => {
    const indexed = random() < 0.5;
    const photos = 1 + Math.floor(random() * photosMax);
    return Array.from({ length: photos }, (_unused, i) => {
      const spread = random() * (indexed ? 0.7 : 1);
      const radius50Km = 5 + 300 * random();
      const scale = (indexed ? 0.4 : 3) * (0.5 + spread);
      const told = random() < 0.95 ? indexed : !indexed;
      return {
        ...{
          id: `q${c} ${i}`,
          cluster: `author ${c}`,
          indexed,
          spread,
          notIndexed: told ? 0.1 * random() : 1 - 0.1 * random(),
        },
        ...{ level: null, wrong: false },
        ...{ errorKm: scale * radius50Km * -Math.log(random()), radius50Km, radius90Km: 2 * radius50Km },
      };
    });
  }).flat();
}

/** Percent held by the 50 and the 90 % circle, authors counting alike. */
function held(answers: readonly UncalibratedAnswer[], all = answers): [number, number] {
  const sizes = new Map<string, number>();
  for (const { cluster } of all) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  const weight = ({ cluster }: UncalibratedAnswer) => 1 / (sizes.get(cluster) ?? 1);
  const share = (radius: (answer: UncalibratedAnswer) => number) => {
    const within = answers.filter((answer) => answer.errorKm <= radius(answer));
    const sum = (some: readonly UncalibratedAnswer[]) => some.reduce((total, one) => total + weight(one), 0);
    return (100 * sum(within)) / sum(answers);
  };
  return [share((one) => one.radius50Km), share((one) => one.radius90Km)];
}

const widened = <T extends UncalibratedAnswer>(
  answers: readonly T[],
  calibrated: ReturnType<typeof calibrateProfile>,
) => answers.map((answer) => widenRadii(answer, calibrated?.calibration ?? null));

describe('a calibration', () => {
  it('counts clusters, not queries: 39 authors are too few, however much they took', () => {
    const fitted = draw(100, 2);
    expect(calibrateProfile(draw(39, 1, 80), fitted)).toBeNull();
    const calibration = calibrateProfile(draw(40, 1, 1), fitted)?.calibration;
    expect(calibration).toMatchObject({ queries: 40, authors: 40 });
    for (const { radius_90 } of calibration?.bins ?? [])
      for (const factor of radius_90) expect(factor).toBeLessThan(1_000);
  });

  it.each([
    [40, [], [1]],
    [60, [0.5], [1, 1]],
    [150, [0.5], [1, 1]],
    [280, [0.5], [2, 2]],
    [900, [0.5], [3, 3]],
  ])(
    'of %d clusters cuts by ε_r at %j and by spread into %j bins, with edges from the fitted part',
    (count, cut, bins) => {
      const fitted = draw(1_500, 3);
      const calibration = calibrateProfile(draw(count, 4), fitted)?.calibration;
      expect(calibration?.not_indexed_edges).toEqual(cut);
      expect(calibration?.bins.map(({ radius_50 }) => radius_50.length)).toEqual(bins);
      const spreads = fitted.map(({ spread }) => spread);
      for (const { spread_edges } of calibration?.bins ?? [])
        for (const edge of spread_edges) expect(spreads).toContain(edge);
    },
  );

  it('sets those in doubt apart where they are enough', () => {
    const doubtful = (answers: readonly Asked[]) =>
      answers.map((one, i) => ({ ...one, notIndexed: i % 7 === 0 ? 0.5 : one.notIndexed }));
    const calibration = calibrateProfile(doubtful(draw(600, 5)), doubtful(draw(600, 6)))?.calibration;
    expect(calibration?.not_indexed_edges).toEqual([0.2, 0.8]);
    expect(calibration?.bins).toHaveLength(3);
  });

  it.each([60, 200, 600])(
    'of %d clusters holds 50 and 90 % of new authors’ truths, overall and of each part',
    (clusters) => {
      const runs = 25;
      const sums = { all: [0, 0], indexed: [0, 0], unindexed: [0, 0] };
      for (let run = 0; run < runs; run++) {
        const after = widened(
          draw(300, 3_000 + run),
          calibrateProfile(draw(clusters, 1_000 + run), draw(clusters, 2_000 + run)),
        );
        for (const [part, some] of [
          ['all', after],
          ['indexed', after.filter(({ indexed }) => indexed)],
          ['unindexed', after.filter(({ indexed }) => !indexed)],
        ] as const) {
          held(some, after).forEach((percent, i) => {
            sums[part][i] = (sums[part][i] ?? 0) + percent / runs;
          });
        }
      }
      const [half = 0, most = 0] = sums.all;
      // Never less than promised, up to the 25 draws' own error; more only as few clusters round up.
      const rounding = 300 / clusters;
      expect(half).toBeGreaterThan(48.5);
      expect(half).toBeLessThan(52 + rounding);
      expect(most).toBeGreaterThan(88.5);
      expect(most).toBeLessThan(92 + rounding);
      for (const [own50 = 0, own90 = 0] of [sums.indexed, sums.unindexed]) {
        expect(own50).toBeGreaterThan(43);
        expect(own50).toBeLessThan(57 + rounding);
        expect(own90).toBeGreaterThan(85);
      }
    },
  );

  it('keeps the promise overall where prolific authors have the easy photos', () => {
    // Half of the authors took one photo, a hard one; the others fifteen, all easy and one of them hard.
    const prolific = (clusters: number, seed: number): UncalibratedAnswer[] => {
      const random = seeded(seed);
      return Array.from({ length: clusters }, (_, c) =>
        Array.from({ length: c % 2 === 0 ? 1 : 15 }, (_unused, i) => {
          const hard = c % 2 === 0 || i === 0;
          const errorKm = (hard ? (c % 2 === 0 ? 4 : 1) : 0.2) * 100 * -Math.log(random());
          return {
            ...{ id: `${c} ${i}`, cluster: `${c}`, errorKm, radius50Km: 100, radius90Km: 100 },
            ...{ level: null, wrong: false },
            ...{ spread: hard ? 0.9 : 0.1, notIndexed: hard ? 0.9 : 0.1 },
          };
        }),
      ).flat();
    };
    const runs = 20;
    const sums = [0, 0];
    for (let run = 0; run < runs; run++) {
      const after = widened(
        prolific(300, 77 + run),
        calibrateProfile(prolific(200, run + 1), prolific(200, 900 + run)),
      );
      held(after).forEach((percent, i) => {
        sums[i] = (sums[i] ?? 0) + percent / runs;
      });
    }
    expect(sums[0]).toBeGreaterThan(49.3);
    expect(sums[0]).toBeLessThan(52);
    expect(sums[1]).toBeGreaterThan(89.3);
    expect(sums[1]).toBeLessThan(92);
  });

  it('keeps how far its factors would be others with other authors', () => {
    const spreadOf = (clusters: number) => {
      const bins = calibrateProfile(draw(clusters, 11), draw(clusters, 12))?.calibration.bins ?? [];
      const [first] = bins;
      const draws = (first?.draws_90 ?? []).map((row) => Math.log((row[0] ?? 1) / (first?.radius_90[0] ?? 1)));
      expect(draws).toHaveLength(50);
      return Math.sqrt(draws.reduce((sum, log) => sum + log * log, 0) / draws.length);
    };
    expect(spreadOf(2_400)).toBeLessThan(spreadOf(150));
    expect(spreadOf(2_400)).toBeGreaterThan(0);
  });
});
