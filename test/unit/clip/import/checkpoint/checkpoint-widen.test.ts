import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { widenInto } from '../../../../../src/clip/import/checkpoint/checkpoint-widen.js';
import { bitsOf } from '../../../../support/checkpoints.js';

/** IEEE 754-2019, 3.4, in numbers instead of bits: (-1)^s · 2^(e - bias) · (1 + f / 2^p), without the one where e is 0. */
function meaningOf(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >> (exponentBits + fractionBits) === 1 ? -1 : 1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = bits & (2 ** fractionBits - 1);
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  const whole = exponent === 0 ? 0 : 1;
  return sign * 2 ** (Math.max(exponent, 1) - bias) * (whole + fraction / 2 ** fractionBits);
}

function widen(words: readonly number[], type: 'float16' | 'bfloat16'): Float32Array {
  const out = new Float32Array(words.length);
  widenInto(out, 0, new Uint8Array(Uint16Array.from(words).buffer), type);
  return out;
}

const all = Array.from({ length: 65_536 }, (_, bits) => bits);

describe('widening', () => {
  it('gives every float16 the value that IEEE 754 defines', () => {
    const wide = widen(all, 'float16');
    const wrong = all.filter((bits) => !Object.is(wide[bits], meaningOf(bits, 5, 10)));
    expect(wrong).toEqual([]);
  });

  it('gives every bfloat16 the value that its eight bits of exponent and seven of fraction mean', () => {
    const wide = widen(all, 'bfloat16');
    const wrong = all.filter((bits) => !Object.is(wide[bits], meaningOf(bits, 8, 7)));
    expect(wrong).toEqual([]);
  });

  it('keeps what a NaN carries', () => {
    expect([...bitsOf(widen([0x7e01, 0xfd55], 'float16'))]).toEqual([0x7fc02000, 0xffaaa000]);
    expect([...bitsOf(widen([0x7fc1, 0xff81], 'bfloat16'))]).toEqual([0x7fc10000, 0xff810000]);
  });

  it('puts values in their places whatever the alignment of the bytes, and leaves the others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(65_535)),
        fc.nat(9),
        fc.nat(3),
        fc.constantFrom('float16' as const, 'bfloat16' as const),
        (words, start, shift, type) => {
          const bytes = new Uint8Array(shift + 2 * words.length);
          bytes.set(new Uint8Array(Uint16Array.from(words).buffer), shift);
          const out = new Float32Array(start + words.length + 2).fill(7);
          widenInto(out, start, bytes.subarray(shift), type);
          expect([...out]).toEqual([...Array(start).fill(7), ...widen(words, type), 7, 7]);
        },
      ),
    );
  });

  it('rounds float64 as Math.fround does', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), fc.nat(3), (values, shift) => {
        const bytes = new Uint8Array(shift + 8 * values.length);
        bytes.set(new Uint8Array(Float64Array.from(values).buffer), shift);
        const out = new Float32Array(values.length);
        widenInto(out, 0, bytes.subarray(shift), 'float64');
        expect([...out]).toEqual(values.map(Math.fround));
      }),
    );
  });
});
