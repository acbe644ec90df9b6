import { present as checked } from '../../../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Least magnitude: a channel that calibration never used would get a meaningless factor. */
const LEAST = 1e-5;

/**
 * SmoothQuant's factors (Xiao et al. 2022, eq. 4): s = |x|^α / |w|^(1−α), of the largest magnitudes of each channel, here
 * divided by their geometric mean so that the input keeps its size. Dividing the input and multiplying the weights by them
 * leaves the product unchanged, and moves the outliers from one to the other.
 *
 * @param strength α, 0 to 1
 */
export function smoothingFactors(
  inputMagnitudes: Float32Array,
  weightMagnitudes: Float32Array,
  strength: number,
): Float32Array {
  const logarithms = Float64Array.from(inputMagnitudes, (magnitude, i) => {
    const weight = Math.max(LEAST, present(weightMagnitudes[i]));
    return strength * Math.log(Math.max(LEAST, magnitude)) - (1 - strength) * Math.log(weight);
  });
  const mean = logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length;
  return Float32Array.from(logarithms, (value) => Math.exp(value - mean));
}

/** [columns]: the largest |w| of each column of [rows, columns]. */
export function columnMagnitudes(weight: Float32Array, columns: number): Float32Array {
  const largest = new Float32Array(columns);
  for (let i = 0; i < weight.length; ) {
    for (let column = 0; column < columns; column++, i++) {
      const magnitude = Math.abs(present(weight[i]));
      if (magnitude > present(largest[column])) largest[column] = magnitude;
    }
  }
  return largest;
}
