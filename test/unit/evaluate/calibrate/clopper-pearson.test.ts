import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clopperPearsonUpper, clopperPearsonWithin } from '../../../../src/evaluate/calibrate/clopper-pearson.js';

describe('the upper end of Clopper and Pearson’s interval', () => {
  it.each([
    // The 95 % quantile of Beta(k + 1, n − k), computed with mpmath's incomplete beta function to 30 digits.
    [0, 10, 0.258865550893052],
    [1, 10, 0.394163302436505],
    [5, 10, 0.777558898991871],
    [9, 10, 0.994883803108176],
    [3, 50, 0.147837176364181],
    [17, 400, 0.0630689000765412],
    [120, 1000, 0.13823940739604],
  ])('is that of the beta quantile for %d of %d', (failures, trials, expected) => {
    expect(clopperPearsonUpper(failures, trials)).toBeCloseTo(expected, 11);
  });

  it('is 1 where all failed, and n successes in a row leave 1 − 0.05^(1/n)', () => {
    expect(clopperPearsonUpper(7, 7)).toBe(1);
    for (const n of [1, 2, 59, 3000]) expect(clopperPearsonUpper(0, n)).toBeCloseTo(1 - 0.05 ** (1 / n), 12);
  });

  it('is no smaller than the true share in at least 95 % of all samples, whatever the share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (n, share) => {
        let probability = (1 - share) ** n;
        let held = 0;
        for (let k = 0; k <= n; k++) {
          if (clopperPearsonUpper(k, n) >= share) held += probability;
          probability *= ((n - k) / (k + 1)) * (share / (1 - share));
        }
        expect(held).toBeGreaterThanOrEqual(0.95 - 1e-9);
      }),
    );
  });

  it('can be compared with a share without being looked for', () => {
    const counts = fc
      .integer({ min: 1, max: 80 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(counts, fc.double({ min: 0.01, max: 0.99, noNaN: true }), ([failures, trials], share) => {
        expect(clopperPearsonWithin(failures, trials, share)).toBe(clopperPearsonUpper(failures, trials) <= share);
      }),
    );
  });

  it('refuses what is no sample', () => {
    expect(() => clopperPearsonUpper(0, 0)).toThrow(RangeError);
    expect(() => clopperPearsonUpper(3, 2)).toThrow(RangeError);
    expect(() => clopperPearsonUpper(-1, 2)).toThrow(RangeError);
  });
});
