import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromScale, type Knob, toScale } from '../../../../src/evaluate/fit/knobs.js';
import { minimise } from '../../../../src/evaluate/fit/minimise.js';

const knobs: readonly Knob[] = [
  { name: 'temperature', low: 0.001, high: 1, scale: 'log' },
  { name: 'share', low: 0.01, high: 0.99, scale: 'logit' },
  { name: 'exponent', low: -1, high: 3, scale: 'linear' },
];

describe('a knob', () => {
  it('goes to its own scale and back, and no farther than its bounds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...knobs), fc.double({ min: -2, max: 5, noNaN: true }), (knob, value) => {
        const expected = Math.min(knob.high, Math.max(knob.low, value));
        expect(fromScale(knob, toScale(knob, value))).toBeCloseTo(expected, 10);
        expect(fromScale(knob, 1e9)).toBe(knob.high);
        expect(fromScale(knob, -1e9)).toBe(knob.low);
      }),
    );
  });
});

describe('the least loss', () => {
  const places = fc.tuple(
    fc.double({ min: 0.002, max: 0.9, noNaN: true }),
    fc.double({ min: 0.02, max: 0.98, noNaN: true }),
    fc.double({ min: -1, max: 3, noNaN: true }),
  );
  const bowl = (middle: readonly number[]) => (at: readonly number[]) =>
    knobs.reduce((sum, knob, i) => sum + (toScale(knob, at[i] as number) - toScale(knob, middle[i] as number)) ** 2, 0);

  it('is found wherever it lies within the bounds, and from anywhere', () => {
    fc.assert(
      fc.property(places, places, (middle, start) => {
        const found = minimise(knobs, start, bowl(middle));
        expect(found.loss).toBeLessThan(0.01);
        knobs.forEach((knob, i) => {
          expect(found.values[i]).toBeGreaterThanOrEqual(knob.low);
          expect(found.values[i]).toBeLessThanOrEqual(knob.high);
          expect(Math.abs(toScale(knob, found.values[i] as number) - toScale(knob, middle[i] as number))).toBeLessThan(
            0.1,
          );
        });
      }),
      { numRuns: 20 },
    );
  });

  it('is never more than where it started, however rough the loss', () => {
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 1_000 }), (start, roughness) => {
        const rough = (at: readonly number[]) =>
          at.reduce((sum, value, i) => sum + Math.sin(roughness * (i + 1) * value), 0);
        const found = minimise(knobs, start, rough);
        expect(found.loss).toBeLessThanOrEqual(rough(start) + 1e-6 * roughness);
        expect(found.loss).toBe(rough(found.values));
      }),
      { numRuns: 20 },
    );
  });

  it('starts at the bounds where it is told to start beyond them', () => {
    const found = minimise(knobs.slice(2), [9], ([value = 0]) => Math.abs(value - 3));
    expect(found).toEqual({ values: [3], loss: 0 });
  });

  it('names the settings at which a loss is not a number', () => {
    expect(() => minimise(knobs.slice(2), [0], () => Number.NaN)).toThrow(/NaN at exponent 0/);
    expect(() => minimise(knobs.slice(2), [0], () => Number.NaN)).toThrow(
      expect.objectContaining({ code: 'not_finite', family: 'ours' }),
    );
  });
});
