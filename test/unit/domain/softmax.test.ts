import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { softmax } from '../../../src/domain/softmax.js';

describe('softmax', () => {
  it('gives probabilities in the ratios of the exponentials, however large or small the logarithms are', () => {
    const logs = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(logs, fc.constantFrom(-1e5, 0, 1e5), (values, offset) => {
        const shifted = Float64Array.from(values, (value) => value + offset);
        const probabilities = softmax(shifted.slice());
        expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        for (const [i, p] of probabilities.entries())
          expect(Math.log(p / (probabilities[0] as number))).toBeCloseTo(
            (shifted[i] as number) - (shifted[0] as number),
            9,
          );
      }),
    );
  });

  it('changes the numbers that it is given, and gives none to what is impossible', () => {
    const logs = Float64Array.of(Number.NEGATIVE_INFINITY, 0, 0);
    expect(softmax(logs)).toBe(logs);
    expect([...logs]).toEqual([0, 0.5, 0.5]);
  });
});
