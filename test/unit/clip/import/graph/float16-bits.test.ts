import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { widenInto } from '../../../../../src/clip/import/checkpoint/checkpoint-widen.js';
import { toFloat16Bits } from '../../../../../src/clip/import/graph/float16-bits.js';

/** Every float16 that is a number, as float32, by its bits. */
const HALVES = (() => {
  const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const values = new Float32Array(65_536);
  widenInto(values, 0, new Uint8Array(bits.buffer), 'float16');
  return values;
})();

describe('float32 as float16', () => {
  it('gives every float16 back as it was', () => {
    const numbers = [...HALVES.keys()].filter((bits) => !Number.isNaN(HALVES[bits]));
    expect([...toFloat16Bits(Float32Array.from(numbers, (bits) => HALVES[bits] as number))]).toEqual(numbers);
  });

  it('is the nearest one, and of two equally near the even one', () => {
    const between = fc
      .tuple(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([low, share]) => {
        const [a, b] = [HALVES[low] as number, HALVES[low + 1] as number];
        return { low, value: Math.fround(a + (b - a) * share) };
      });
    fc.assert(
      fc.property(between, fc.boolean(), ({ low, value }, negative) => {
        const [a, b] = [HALVES[low] as number, HALVES[low + 1] as number];
        const even = low % 2 === 0 ? low : low + 1;
        const nearest = value - a < b - value ? low : value - a > b - value ? low + 1 : even;
        const [got] = toFloat16Bits(Float32Array.of(negative ? -value : value));
        expect(got).toBe(nearest | (negative ? 0x8000 : 0));
      }),
    );
    for (let low = 0; low < 0x7bff; low += 7) {
      const middle = ((HALVES[low] as number) + (HALVES[low + 1] as number)) / 2;
      expect(toFloat16Bits(Float32Array.of(middle))[0]).toBe(low % 2 === 0 ? low : low + 1);
    }
  });

  it('becomes infinite above the largest, and stays NaN', () => {
    const values = Float32Array.of(65_504, 65_519, 65_520, 1e30, Number.POSITIVE_INFINITY, -1e9, Number.NaN);
    expect([...toFloat16Bits(values)]).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00, 0x7e00]);
  });
});
