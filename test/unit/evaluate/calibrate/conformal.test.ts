import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { calibrateProfile, type UncalibratedAnswer } from '../../../../src/evaluate/calibrate/calibrate-profile.js';
import { conformalQuantile, type Score } from '../../../../src/evaluate/calibrate/conformal.js';
import { seeded } from '../../../support/toy-world.js';

const shares = fc.constantFrom(0.5, 0.9);

describe('the conformal quantile', () => {
  it('is the ⌈(n + 1) q⌉-th smallest of n scores that are all on their own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 60 }),
        shares,
        (values, share) => {
          const rank = Math.ceil((values.length + 1) * share - 1e-9);
          const expected = values.toSorted((a, b) => a - b)[rank - 1] ?? Number.POSITIVE_INFINITY;
          const scores = values.map((score, i) => ({ cluster: `${i}`, score }));
          expect(conformalQuantile(scores, share)).toBe(expected);
        },
      ),
    );
  });

  it('does not count a photo twice because its author took it twice', () => {
    const once: Score[] = Array.from({ length: 40 }, (_, i) => ({ cluster: `${i}`, score: (i * 7) % 40 }));
    const often = once.flatMap((one, i) => Array.from({ length: 1 + (i % 5) }, () => one));
    for (const share of [0.25, 0.5, 0.9]) expect(conformalQuantile(often, share)).toBe(conformalQuantile(once, share));
  });

  it('promises nothing from too few', () => {
    const nine = Array.from({ length: 9 }, (_, i) => ({ cluster: `${i}`, score: i }));
    expect(conformalQuantile(nine, 0.9)).toBe(8);
    expect(conformalQuantile(nine.slice(1), 0.9)).toBe(Number.POSITIVE_INFINITY);
    expect(conformalQuantile([], 0.5)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([0.5, 0.9])('holds the share %d of new authors on average, however unlike authors are', (share) => {
    const random = seeded(20_261);
    let held = 0;
    const draws = 3_000;
    for (let draw = 0; draw < draws; draw++) {
      const scores = Array.from({ length: 31 }, (_, cluster) => {
        const level = -Math.log(random());
        const photos = 1 + Math.floor(random() * 6);
        return Array.from({ length: photos }, () => ({ cluster: `${cluster}`, score: level * (0.5 + random()) }));
      });
      const [news = [], ...known] = scores;
      const next = news[Math.floor(random() * news.length)] as Score;
      if (next.score <= conformalQuantile(known.flat(), share)) held++;
    }
    const error = Math.sqrt((share * (1 - share)) / draws);
    expect(held / draws).toBeGreaterThan(share - 4 * error);
    // Over by at most 1/(A + 1).
    expect(held / draws).toBeLessThan(share + 1 / 31 + 4 * error);
  });
});

describe('a calibration', () => {
  /** Errors are `scale` radii of the posterior's own, more where the spread is wide. */
  function draw(count: number, seed: number, perCluster = 1): UncalibratedAnswer[] {
    const random = seeded(seed);
    return Array.from({ length: count }, (_, i) => {
      const spread = random();
      const radius50Km = 5 + 300 * random();
      const scale = spread > 0.5 ? 3 : 0.8;
      return {
        id: `q${i}`,
        cluster: `author ${Math.floor(i / perCluster)}`,
        spread,
        errorKm: scale * radius50Km * -Math.log(random()),
        radius50Km,
        radius90Km: 2 * radius50Km,
      };
    });
  }
  const spreadsOf = (answers: readonly UncalibratedAnswer[]) => answers.map(({ spread }) => spread);

  it('is refused for fewer than 100 queries', () => {
    expect(calibrateProfile(draw(99, 1), spreadsOf(draw(99, 2)), 0.2)).toBeNull();
    expect(calibrateProfile(draw(100, 1), spreadsOf(draw(99, 2)), 0.2)).not.toBeNull();
  });

  it.each([
    [100, 1],
    [799, 1],
    [800, 2],
    [1_999, 4],
    [2_000, 5],
    [9_000, 5],
  ])('of %d queries has %d bins, with edges from the fitted part', (count, bins) => {
    const fitted = draw(500, 3);
    const calibration = calibrateProfile(draw(count, 4), spreadsOf(fitted), 0.2)?.calibration;
    expect(calibration?.radius_90).toHaveLength(bins);
    expect(calibration?.radius_50).toHaveLength(bins);
    expect(calibration?.spread_edges).toHaveLength(bins - 1);
    for (const edge of calibration?.spread_edges ?? []) expect(spreadsOf(fitted)).toContain(edge);
    expect(calibration?.queries).toBe(count);
    expect(calibration?.authors).toBe(count);
  });

  it('makes circles that hold 50 and 90 % of new truths in each bin of spread', () => {
    const calibrated = calibrateProfile(draw(4_000, 5, 2), spreadsOf(draw(2_000, 6)), 0.2);
    const {
      spread_edges: edges,
      radius_50,
      radius_90,
    } = calibrated?.calibration ?? {
      ...{ spread_edges: [], radius_50: [], radius_90: [] },
    };
    const fresh = draw(20_000, 7);
    const bin = (answer: UncalibratedAnswer) => edges.filter((edge) => answer.spread > edge).length;
    expect(radius_90).toHaveLength(5);
    radius_90.forEach((_, b) => {
      const own = fresh.filter((answer) => bin(answer) === b);
      const held50 = own.filter((answer) => answer.errorKm <= answer.radius50Km * (radius_50[b] as number));
      const held90 = own.filter((answer) => answer.errorKm <= answer.radius90Km * (radius_90[b] as number));
      // 800 answers a bin were calibrated with: a standard error of 1.8 and 1.1 points.
      expect(Math.abs(held50.length / own.length - 0.5)).toBeLessThan(0.07);
      expect(Math.abs(held90.length / own.length - 0.9)).toBeLessThan(0.045);
    });
  });

  it('of one author alone promises no more than half the way round the Earth', () => {
    const calibration = calibrateProfile(draw(200, 8, 200), spreadsOf(draw(100, 9)), 0.2)?.calibration;
    expect(calibration?.radius_90).toEqual([20_015]);
    expect(calibration?.authors).toBe(1);
  });
});
