import { present as checked } from '../domain/present.js';
import type { GreyThumbnail } from './grey-thumbnail.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Hashes of one picture differ in at most so many bits, as long as it was not cropped by more than a few per cent. */
export const HASH_DISTANCE_MAX = 12;

const FREQUENCIES = 8;

/**
 * 64 bits that describe a picture's look: whether each of its 8 × 8 lowest cosine frequencies (DCT-II) is above their median.
 * For candidates only: neighbouring frames of a drive were seen at a distance of 3.
 */
export function perceptualHash({ coarse: { pixels, side } }: GreyThumbnail): bigint {
  const waves = Array.from({ length: FREQUENCIES }, (_, frequency) => waveOf(frequency, side));
  const rows = Array.from({ length: side }, (_, y) => pixels.subarray(y * side, (y + 1) * side));
  // Rows first, then the columns of the result.
  const across = waves.map((wave) => Float64Array.from(rows, (row) => dot(row, wave)));
  const frequencies = waves.flatMap((wave) => across.map((column) => dot(column, wave)));
  // The first frequency is the picture's brightness, which says nothing about its contents.
  const median = present(frequencies.slice(1).sort((a, b) => a - b)[FREQUENCIES ** 2 / 2 - 1]);
  return frequencies.reduce((hash, value) => (hash << 1n) | (value > median ? 1n : 0n), 0n);
}

/** The number of bits in which two hashes differ. */
export function hashDistance(a: bigint, b: bigint): number {
  let count = 0;
  for (let rest = a ^ b; rest > 0n; rest &= rest - 1n) count++;
  return count;
}

function waveOf(frequency: number, side: number): Float64Array {
  return Float64Array.from({ length: side }, (_, at) => Math.cos((Math.PI * (at + 0.5) * frequency) / side));
}

function dot(values: Float32Array | Float64Array, wave: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < wave.length; i++) sum += present(values[i]) * present(wave[i]);
  return sum;
}
