import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quantizeRows } from '../../../../../src/clip/import/precision/quantize-rows.js';
import { furtherCopies, shareOf, timesThere } from '../../../../../src/clip/import/precision/split-channels.js';

const even = new Float32Array(64).fill(1);

describe('channels that a product is given more than once', () => {
  it('are those that reach beyond four times the median, as often as brings each copy below it', () => {
    expect([...furtherCopies(even.with(5, 20).with(9, 3).with(60, 9), even)]).toEqual([5, 5, 5, 5, 60, 60]);
    expect(furtherCopies(even, even)).toHaveLength(0);
    expect(furtherCopies(new Float32Array(64), even)).toHaveLength(0);
  });

  it('are none where it would take more than an eighth of the channels', () => {
    expect(furtherCopies(even.with(5, 4000), even)).toHaveLength(0);
  });

  it('share a whole number so that nothing of it is lost and the shares differ by one at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: -4000, max: 4000 }), fc.integer({ min: 1, max: 32 }), (whole, times) => {
        const shares = Array.from({ length: times }, (_, copy) => shareOf(whole, copy, times));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(whole);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('have weights of so many more steps, whose sum over the copies is off by half a step', () => {
    const [outputs, inputs] = [3, 8];
    const weight = Float32Array.from(
      { length: outputs * inputs },
      (_, i) => (i % inputs === 2 ? 30 : 1) * Math.sin(i + 1),
    );
    const further = Int32Array.from([2, 2, 2, 2]);
    const { values, scales } = quantizeRows(weight, outputs, inputs, further);
    expect(values).toHaveLength(outputs * (inputs + further.length));
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(127);
    expect(timesThere(inputs, further)[2]).toBe(5);
    for (let output = 0; output < outputs; output++) {
      const at = (row: number) => (values[row * outputs + output] as number) * (scales[output] as number);
      const whole = [2, 8, 9, 10, 11].reduce((sum, row) => sum + at(row), 0);
      expect(Math.abs(whole - (weight[output * inputs + 2] as number))).toBeLessThanOrEqual(
        0.5001 * (scales[output] as number),
      );
    }
    const plain = quantizeRows(weight, outputs, inputs);
    for (const [output, scale] of scales.entries()) expect(scale).toBeLessThan(0.4 * (plain.scales[output] as number));
  });
});
