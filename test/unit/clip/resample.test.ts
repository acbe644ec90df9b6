import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Filter, plainResizeAndCrop, resizeAndCrop, taps } from '../../../src/clip/resample.js';
import { SimdResampler } from '../../../src/clip/resample-simd.js';
import { seededRandom } from '../../../src/domain/seeded-random.js';

/** Levels from a seed: `hard` gives only 0 and 255, where the cubic's overshoot is largest. */
function picture(width: number, height: number, seed: number, hard: boolean) {
  const random = seededRandom(seed);
  const level = hard ? () => (random() < 0.5 ? 255 : 0) : () => Math.floor(256 * random());
  const data = Uint8Array.from({ length: width * height * 3 }, level);
  return { data, width, height };
}

const side = fc.integer({ min: 1, max: 90 });
const filter = fc.constantFrom<Filter>('bicubic', 'bilinear', 'lanczos');

describe('resizeAndCrop', () => {
  it('runs with SIMD on this processor, so that the next test compares two things', () => {
    expect(SimdResampler.create()).not.toBeNull();
  });

  it('equals its plain twin bit for bit', () => {
    fc.assert(
      fc.property(
        fc.record({ w: side, h: side, nw: side, nh: side, seed: fc.integer(), hard: fc.boolean(), filter }),
        fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()),
        ({ w, h, nw, nh, seed, hard, filter: kind }, [left, top, right, bottom]) => {
          const x = left % nw;
          const y = top % nh;
          const crop = { left: x, top: y, width: 1 + (right % (nw - x)), height: 1 + (bottom % (nh - y)) };
          const image = picture(w, h, seed, hard);
          expect(resizeAndCrop(image, nw, nh, crop, kind)).toEqual(plainResizeAndCrop(image, nw, nh, crop, kind));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('cuts out of the whole what it computes of it', () => {
    fc.assert(
      fc.property(side, side, fc.integer(), (w, h, seed) => {
        const image = picture(w, h, seed, false);
        const whole = resizeAndCrop(image, 40, 30, { left: 0, top: 0, width: 40, height: 30 });
        const part = resizeAndCrop(image, 40, 30, { left: 7, top: 4, width: 20, height: 21 });
        for (let y = 0; y < 21; y++) {
          const from = ((y + 4) * 40 + 7) * 3;
          expect(part.data.subarray(y * 60, y * 60 + 60)).toEqual(whole.data.subarray(from, from + 60));
        }
      }),
    );
  });

  it('leaves a picture of one colour as it is, at every scale and with every filter', () => {
    fc.assert(
      fc.property(side, side, side, filter, fc.integer({ min: 0, max: 255 }), (w, h, size, kind, value) => {
        const image = { data: new Uint8Array(w * h * 3).fill(value), width: w, height: h };
        const { data } = resizeAndCrop(image, size, size, { left: 0, top: 0, width: size, height: size }, kind);
        expect(new Set(data)).toEqual(new Set([value]));
      }),
    );
  });

  it('keeps every pixel where the size stays', () => {
    const image = picture(31, 17, 5, false);
    expect(resizeAndCrop(image, 31, 17, { left: 0, top: 0, width: 31, height: 17 }).data).toEqual(image.data);
  });

  it('has weights that sum to one within the rounding of each', () => {
    const { weights, length, stride } = taps(4000, 224, 0, 224, 'bicubic');
    for (let i = 0; i < 224; i++) {
      const count = length[i] as number;
      const sum = weights.subarray(i * stride, i * stride + count).reduce((a, b) => a + b, 0);
      expect(Math.abs(sum - 2 ** 22)).toBeLessThanOrEqual(count / 2);
    }
  });
});
