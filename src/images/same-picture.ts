import { present as checked } from '../domain/present.js';
import { type Alignment, alignPictures } from './align-pictures.js';
import type { GreyThumbnail } from './grey-thumbnail.js';
import { correlationOf, sampleWindow, WHOLE } from './sample-window.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Lowest correlation of copies: strangers reached 0.87 in measurements, neighbouring frames of a drive 0.94. */
export const SAME_CORRELATION = 0.96;
/** Copies for certain: small copies, which have no details to compare, are above it. */
const CERTAIN_CORRELATION = 0.985;

const SIDE = 96;

/** Lowest correlation of details (finer than a tenth of a side), for a copy that differs a little everywhere. */
const DETAIL_CORRELATION = 0.955;
const DETAIL_REACH = 4;

/** For a copy with an overlay: lowest correlation of the two thirds of the blocks that are untouched. */
const UNTOUCHED_CORRELATION = 0.98;
const TOUCHED_SHARE = 1 / 3;
/** Lowest correlation of the whole then: bold letters over a picture of little contrast lower it so far. */
const LAID_OVER_CORRELATION = 0.9;
const BLOCKS = 6;
/** A block whose standard deviation in grey values is lower has too little to compare. */
const BLOCK_CONTRAST = 4;

export interface Sameness {
  /** Whether both are the same exposure: encoded anew, resized, watermarked, or cropped to at least 80 % of each side. */
  readonly same: boolean;
  /** Correlation of 96 × 96 grey values at the best alignment, from −1 to 1. */
  readonly correlation: number;
}

/**
 * Whether two pictures are the same picture, by correlation after a search over scale and offset: either may be a crop of the
 * other. Light and contrast may differ; a mirrored or turned copy is not recognised, nor are two crops of which neither lies
 * within the other. A camera that never moves takes the same picture again and again.
 *
 * Two frames of a slow drive correlate nearly as highly as copies, since only what is near has moved. So in between, either the
 * details must agree too, as in a copy that was encoded or scaled, or most of the picture must be practically untouched, as
 * under a watermark.
 */
export function samePicture(a: GreyThumbnail, b: GreyThumbnail): Sameness {
  const aHoldsB = alignPictures(a, b);
  const bHoldsA = alignPictures(b, a);
  const turned = (bHoldsA?.correlation ?? -1) > (aHoldsB?.correlation ?? -1);
  const alignment = turned ? bHoldsA : aHoldsB;
  if (alignment === null) return { same: false, correlation: 0 };
  const { correlation } = alignment;
  if (correlation < LAID_OVER_CORRELATION || correlation >= CERTAIN_CORRELATION)
    return { same: correlation >= CERTAIN_CORRELATION, correlation };
  const [there, own] = aligned(turned ? b : a, turned ? a : b, alignment);
  const same = (correlation >= SAME_CORRELATION && detailsAgree(there, own)) || mostlyUntouched(there, own);
  return { same, correlation };
}

function aligned(whole: GreyThumbnail, part: GreyThumbnail, { window }: Alignment): [Float32Array, Float32Array] {
  const pixels = () => new Float32Array(SIDE * SIDE);
  return [sampleWindow(whole.sharp, window, pixels()), sampleWindow(part.sharp, WHOLE, pixels())];
}

function detailsAgree(there: Float32Array, own: Float32Array): boolean {
  return correlationOf(detailsOf(there), detailsOf(own)) >= DETAIL_CORRELATION;
}

/** Each pixel minus the mean of the 9 × 9 around it. */
function detailsOf(pixels: Float32Array): Float32Array {
  // Sums of all that is above and to the left, with a row and a column of zeros before them.
  const pitch = SIDE + 1;
  const sums = new Float64Array(pitch * pitch);
  const sum = (x: number, y: number) => present(sums[y * pitch + x]);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      sums[(y + 1) * pitch + x + 1] = present(pixels[y * SIDE + x]) + sum(x + 1, y) + sum(x, y + 1) - sum(x, y);
  return pixels.map((value, at) => {
    const [x, y] = [at % SIDE, Math.floor(at / SIDE)];
    const [left, right] = [Math.max(0, x - DETAIL_REACH), Math.min(SIDE, x + DETAIL_REACH + 1)];
    const [top, bottom] = [Math.max(0, y - DETAIL_REACH), Math.min(SIDE, y + DETAIL_REACH + 1)];
    const around = sum(right, bottom) - sum(left, bottom) - sum(right, top) + sum(left, top);
    return value - around / ((right - left) * (bottom - top));
  });
}

function mostlyUntouched(there: Float32Array, own: Float32Array): boolean {
  const correlations: number[] = [];
  for (let block = 0; block < BLOCKS * BLOCKS; block++) {
    const [a, b] = [blockOf(there, block), blockOf(own, block)];
    if (Math.max(deviationOf(a), deviationOf(b)) >= BLOCK_CONTRAST) correlations.push(correlationOf(a, b));
  }
  correlations.sort((a, b) => a - b);
  return (correlations[Math.floor(TOUCHED_SHARE * correlations.length)] ?? 1) >= UNTOUCHED_CORRELATION;
}

function blockOf(pixels: Float32Array, block: number): Float32Array {
  const side = SIDE / BLOCKS;
  const from = Math.floor(block / BLOCKS) * side * SIDE + (block % BLOCKS) * side;
  return Float32Array.from({ length: side * side }, (_, i) => {
    return present(pixels[from + Math.floor(i / side) * SIDE + (i % side)]);
  });
}

function deviationOf(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
