import { present as checked } from '../domain/present.js';
import type { RgbImage } from '../images/decode-image.js';
import { SimdResampler } from './resample-simd.js';
import type { Taps } from './taps.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A window of the resized picture, in its pixels. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export type Filter = 'bicubic' | 'bilinear' | 'lanczos';

/** Reach in source pixels at scale 1, and the weight at a distance; as Pillow's Resample.c defines them. */
const FILTERS: Readonly<Record<Filter, { readonly reach: number; readonly weight: (x: number) => number }>> = {
  bicubic: { reach: 2, weight: bicubic },
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  lanczos: { reach: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Keys' cubic with a = −0.5. */
function bicubic(distance: number): number {
  const x = Math.abs(distance);
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** Fraction bits of the weights: 32 − 8 for the pixel − 2 for the sign and the negative lobes' overshoot. */
const BITS = 22;

/** Weights along one side that shrinks or grows from `sourceSize` to `size` pixels, in 22-bit fixed point. */
export function taps(sourceSize: number, size: number, from: number, count: number, filter: Filter): Taps {
  const { reach, weight } = FILTERS[filter];
  const scale = sourceSize / size;
  const stretch = Math.max(scale, 1);
  const support = reach * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(count);
  const length = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const exact = new Float64Array(stride);
  for (let i = 0; i < count; i++) {
    const centre = (from + i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(sourceSize, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let k = 0; k < end - begin; k++) {
      exact[k] = weight((k + begin - centre + 0.5) / stretch);
      sum += present(exact[k]);
    }
    for (let k = 0; k < end - begin; k++) {
      const fixed = (present(exact[k]) / sum) * 2 ** BITS;
      weights[i * stride + k] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    first[i] = begin;
    length[i] = end - begin;
  }
  return { first, length, weights, stride };
}

/**
 * Pillow's `resize((width, height), filter)` followed by `crop`, bit for bit; only what the crop keeps is computed: two passes,
 * horizontal first, each rounded to 8 bits with weights of 22 fraction bits. (Pillow 13 takes the vertical pass first where the
 * height shrinks much more than the width; those before it, and so all published CLIPs, never do.)
 */
export function resizeAndCrop(
  image: RgbImage,
  width: number,
  height: number,
  crop: Crop,
  filter: Filter = 'bicubic',
): RgbImage {
  simd ??= SimdResampler.create() ?? 'none';
  const resampler = simd;
  const passes = resampler === 'none' ? plainResample : (...plan: Plan) => resampler.resample(...plan);
  return { data: passes(...planOf(image, width, height, crop, filter)), width: crop.width, height: crop.height };
}

let simd: SimdResampler | 'none' | undefined;

/** The same in JavaScript: for processors without SIMD, and as the exact twin in tests. */
export function plainResizeAndCrop(
  image: RgbImage,
  width: number,
  height: number,
  crop: Crop,
  filter: Filter = 'bicubic',
): RgbImage {
  return { data: plainResample(...planOf(image, width, height, crop, filter)), width: crop.width, height: crop.height };
}

type Plan = [image: RgbImage, across: Taps, down: Taps, top: number, rows: number];

/** The weights of both passes, and the rows that the second one needs of the first. */
function planOf(image: RgbImage, width: number, height: number, crop: Crop, filter: Filter): Plan {
  const across = taps(image.width, width, crop.left, crop.width, filter);
  const down = taps(image.height, height, crop.top, crop.height, filter);
  const top = present(down.first[0]);
  const end = present(down.first[crop.height - 1]) + present(down.length[crop.height - 1]);
  return [image, across, down, top, end - top];
}

function plainResample(...[image, across, down, top, rows]: Plan): Uint8Array {
  return shrinkColumns(shrinkRows(image, across, top, rows), down, top, across.first.length * 3);
}

const HALF = 1 << (BITS - 1);

function shrinkRows(image: RgbImage, { first, length, weights, stride }: Taps, top: number, rows: number): Uint8Array {
  const width = first.length;
  const source = image.data;
  const result = new Uint8ClampedArray(rows * width * 3);
  const pitch = image.width * 3;
  let out = 0;
  for (let y = 0; y < rows; y++) {
    const row = (top + y) * pitch;
    for (let x = 0; x < width; x++) {
      let at = row + present(first[x]) * 3;
      let k = x * stride;
      const end = k + present(length[x]);
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (; k < end; k++, at += 3) {
        const w = present(weights[k]);
        red = (red + Math.imul(present(source[at]), w)) | 0;
        green = (green + Math.imul(present(source[at + 1]), w)) | 0;
        blue = (blue + Math.imul(present(source[at + 2]), w)) | 0;
      }
      result[out] = red >> BITS;
      result[out + 1] = green >> BITS;
      result[out + 2] = blue >> BITS;
      out += 3;
    }
  }
  return new Uint8Array(result.buffer);
}

function shrinkColumns(
  rows: Uint8Array,
  { first, length, weights, stride }: Taps,
  top: number,
  pitch: number,
): Uint8Array {
  const height = first.length;
  const result = new Uint8ClampedArray(height * pitch);
  const sums = new Int32Array(pitch);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    let at = (present(first[y]) - top) * pitch;
    for (let k = y * stride, end = k + present(length[y]); k < end; k++) {
      const w = present(weights[k]);
      for (let x = 0; x < pitch; x++) {
        sums[x] = (present(sums[x]) + Math.imul(present(rows[at]), w)) | 0;
        at++;
      }
    }
    for (let x = 0; x < pitch; x++) result[y * pitch + x] = present(sums[x]) >> BITS;
  }
  return new Uint8Array(result.buffer);
}
