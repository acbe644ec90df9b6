import { fault } from '../../../domain/errors.js';
import { present as checked } from '../../../domain/present.js';
import { shareOf, timesThere } from './split-channels.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A matrix of integers −127 … 127 with one scale for each output: weight ≈ value · scale. */
export interface QuantizedRows {
  /** [inputs + further copies, outputs]: the layout of MatMulInteger's second operand, the transpose of the checkpoint's. */
  readonly values: Int8Array;
  /** [outputs], above 0. */
  readonly scales: Float32Array;
}

export const INT8_MAX = 127;
// Both run for every weight many times, and looking up the global each time takes half of the time where it is not inlined.
const { abs, round } = Math;
/** Rows and columns that are transposed together, so that both sides stay in the first-level cache. */
const TILE = 64;
const NONE = new Int32Array();

/**
 * Symmetric rounding to 8 bits, one scale for each output: largest |w| / 127, so that no weight is off by more than half a
 * scale. A row of zeros has the scale 1.
 *
 * @param weight [outputs, inputs], row-major
 * @param further further copies of inputs (split-channels.ts), in this order after the others: copies share their weight, which
 * may so be several times 127 scales
 */
export function quantizeRows(
  weight: Float32Array,
  outputs: number,
  inputs: number,
  further: Int32Array = NONE,
): QuantizedRows {
  if (weight.length !== outputs * inputs) {
    throw fault('graph_invalid', `Expected ${outputs} x ${inputs} weights to round, got ${weight.length}.`);
  }
  const times = timesThere(inputs, further);
  const scales = new Float32Array(outputs);
  for (let row = 0; row < outputs; row++) scales[row] = rowScale(weight, row * inputs, further, times);
  const values = new Int8Array(weight.length + outputs * further.length);
  for (let top = 0; top < outputs; top += TILE) {
    for (let left = 0; left < inputs; left += TILE) {
      const bottom = Math.min(top + TILE, outputs);
      const right = Math.min(left + TILE, inputs);
      for (let row = top; row < bottom; row++) {
        const scale = present(scales[row]);
        for (let column = left; column < right; column++) {
          values[column * outputs + row] = roundInt8(present(weight[row * inputs + column]) / scale);
        }
      }
    }
  }
  shareOut(weight, inputs, further, times, { values, scales });
  return { values, scales };
}

/** The scale of a row of weights, some of which are shared by several copies of their input. */
export function rowScale(weight: Float32Array, from: number, further: Int32Array, times: Int32Array): number {
  if (further.length === 0) return scaleOf(weight, from, from + times.length);
  const row = weight.slice(from, from + times.length);
  for (const channel of further) row[channel] = present(weight[from + channel]) / present(times[channel]);
  return scaleOf(row, 0, row.length);
}

/** Writes the weights of copied inputs: a share to each copy. */
function shareOut(
  weight: Float32Array,
  inputs: number,
  further: Int32Array,
  times: Int32Array,
  { values, scales }: QuantizedRows,
): void {
  const outputs = scales.length;
  const copies = new Map<number, number[]>();
  for (const [i, channel] of further.entries()) {
    const rows = copies.get(channel);
    if (rows) rows.push(inputs + i);
    else copies.set(channel, [channel, inputs + i]);
  }
  for (const [channel, rows] of copies) {
    const most = INT8_MAX * present(times[channel]);
    for (let output = 0; output < outputs; output++) {
      const whole = round(present(weight[output * inputs + channel]) / present(scales[output]));
      const bounded = Math.min(most, Math.max(-most, whole));
      for (const [copy, row] of rows.entries()) values[row * outputs + output] = shareOf(bounded, copy, rows.length);
    }
  }
}

/** The scale of weight[from … to): the largest magnitude becomes 127. */
export function scaleOf(weight: Float32Array, from: number, to: number): number {
  let largest = 0;
  for (let i = from; i < to; i++) {
    const magnitude = abs(present(weight[i]));
    if (magnitude > largest) largest = magnitude;
  }
  if (!Number.isFinite(largest)) throw fault('not_finite', 'Expected finite weights to round, got an infinite one.');
  // A scale below float32's normal numbers would make the quotient infinite; such weights are treated as 0.
  const scale = Math.fround(largest / INT8_MAX);
  return scale > 2 ** -126 ? scale : 1;
}

export function roundInt8(value: number): number {
  const whole = round(value);
  return whole > INT8_MAX ? INT8_MAX : whole < -INT8_MAX ? -INT8_MAX : whole;
}
