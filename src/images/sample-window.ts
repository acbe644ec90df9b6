import { present as checked } from '../domain/present.js';
import type { ThumbnailLevel } from './grey-thumbnail.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A rectangle of a picture, in shares of its width and height. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const WHOLE: Window = { left: 0, top: 0, width: 1, height: 1 };

/** Samples a window of a level into `into`'s square of pixels, by linear interpolation. */
export function sampleWindow({ pixels, side }: ThumbnailLevel, window: Window, into: Float32Array): Float32Array {
  const size = Math.sqrt(into.length);
  // Computed outside the loop over pixels, which runs a few million times for a pair.
  const columns = positions(window.left, window.width, size, side);
  const rows = positions(window.top, window.height, size, side);
  let out = 0;
  for (let y = 0; y < size; y++) {
    const from = present(rows[y]);
    const row = Math.trunc(from);
    const down = from - row;
    for (let x = 0; x < size; x++) {
      const column = present(columns[x]);
      const across = column - Math.trunc(column);
      const at = row * side + Math.trunc(column);
      const above = present(pixels[at]) * (1 - across) + present(pixels[at + 1]) * across;
      const below = present(pixels[at + side]) * (1 - across) + present(pixels[at + side + 1]) * across;
      into[out++] = above * (1 - down) + below * down;
    }
  }
  return into;
}

/**
 * Positions of the output pixels' centres along one side, clamped so that a pixel and its next neighbour lie within the level.
 */
function positions(from: number, length: number, size: number, side: number): Float64Array {
  const at = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    at[i] = Math.max(0, Math.min(side - 1 - 1e-6, (from + (length * (i + 0.5)) / size) * side - 0.5));
  }
  return at;
}

/** Pearson's correlation, from −1 to 1; 0 where either has no contrast. */
export function correlationOf(a: Float32Array, b: Float32Array): number {
  const n = a.length;
  let sumA = 0;
  let sumB = 0;
  let squaresA = 0;
  let squaresB = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    const x = present(a[i]);
    const y = present(b[i]);
    sumA += x;
    sumB += y;
    squaresA += x * x;
    squaresB += y * y;
    products += x * y;
  }
  const varianceA = squaresA - (sumA * sumA) / n;
  const varianceB = squaresB - (sumB * sumB) / n;
  // Below a hundredth of a grey value only rounding would be correlated.
  if (varianceA < 1e-4 * n || varianceB < 1e-4 * n) return 0;
  return (products - (sumA * sumB) / n) / Math.sqrt(varianceA * varianceB);
}
