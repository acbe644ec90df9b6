import { fault } from '../../../domain/errors.js';

/** A matrix of whole numbers −127 … 127 with one scale for each output: weight ≈ value · scale. */
export interface QuantizedRows {
  /** [inputs, outputs]: as MatMulInteger takes its second operand, so the checkpoint's [outputs, inputs] turned. */
  readonly values: Int8Array;
  /** [outputs], above 0. */
  readonly scales: Float32Array;
}

export const INT8_MAX = 127;
// Both run for every weight, many times over; a look-up of the global each time is half the work where it is not inlined.
const { abs, round } = Math;
/** Rows and columns that are turned together, so that both sides of the turn stay in the first-level cache. */
const TILE = 64;

/**
 * Symmetric rounding to 8 bits, one scale for each output: largest |w| / 127, so that no weight is off by more than half
 * a scale. A row of zeros has the scale 1.
 *
 * @param weight [outputs, inputs], row-major
 */
export function quantizeRows(weight: Float32Array, outputs: number, inputs: number): QuantizedRows {
  if (weight.length !== outputs * inputs) {
    throw fault('graph_invalid', `Expected ${outputs} x ${inputs} weights to round, got ${weight.length}.`);
  }
  const scales = new Float32Array(outputs);
  for (let row = 0; row < outputs; row++) scales[row] = scaleOf(weight, row * inputs, (row + 1) * inputs);
  const values = new Int8Array(weight.length);
  for (let top = 0; top < outputs; top += TILE) {
    for (let left = 0; left < inputs; left += TILE) {
      const bottom = Math.min(top + TILE, outputs);
      const right = Math.min(left + TILE, inputs);
      for (let row = top; row < bottom; row++) {
        const scale = scales[row] as number;
        for (let column = left; column < right; column++) {
          values[column * outputs + row] = roundInt8((weight[row * inputs + column] as number) / scale);
        }
      }
    }
  }
  return { values, scales };
}

/** The scale of weight[from … to): the largest magnitude becomes 127. */
export function scaleOf(weight: Float32Array, from: number, to: number): number {
  let largest = 0;
  for (let i = from; i < to; i++) {
    const magnitude = abs(weight[i] as number);
    if (magnitude > largest) largest = magnitude;
  }
  if (!Number.isFinite(largest)) throw fault('not_finite', 'Expected finite weights to round, got an infinite one.');
  // A scale below float32's normal numbers would make the quotient infinite; such weights are as good as 0.
  const scale = Math.fround(largest / INT8_MAX);
  return scale > 2 ** -126 ? scale : 1;
}

export function roundInt8(value: number): number {
  const whole = round(value);
  return whole > INT8_MAX ? INT8_MAX : whole < -INT8_MAX ? -INT8_MAX : whole;
}
