import { fault } from '../../../domain/errors.js';
import { present as checked } from '../../../domain/present.js';
import { roundInt8, scaleOf } from './quantize-rows.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Bytes 1 … 255 with one scale for each block of inputs: weight ≈ (value − 128) · scale. The layout of MatMulNBits. */
export interface QuantizedBlocks {
  /** [outputs, blocks, blockSize]; the last block is padded with 128, which stands for 0. */
  readonly values: Uint8Array;
  /** [outputs · blocks], above 0. */
  readonly scales: Float32Array;
  /** Blocks of one output. */
  readonly blocks: number;
}

/** MatMulNBits' zero point for 8 bits where none are given. */
const ZERO_POINT = 128;

/**
 * Symmetric rounding to 8 bits, one scale for each `blockSize` inputs of an output: largest |w| / 127.
 *
 * @param weight [outputs, inputs], row-major
 */
export function quantizeBlocks(
  weight: Float32Array,
  outputs: number,
  inputs: number,
  blockSize: number,
): QuantizedBlocks {
  if (weight.length !== outputs * inputs) {
    throw fault('graph_invalid', `Expected ${outputs} x ${inputs} weights to round, got ${weight.length}.`);
  }
  const blocks = Math.ceil(inputs / blockSize);
  const values = new Uint8Array(outputs * blocks * blockSize).fill(ZERO_POINT);
  const scales = new Float32Array(outputs * blocks);
  for (let row = 0; row < outputs; row++) {
    for (let block = 0; block < blocks; block++) {
      const from = row * inputs + block * blockSize;
      const to = Math.min(from + blockSize, (row + 1) * inputs);
      const scale = scaleOf(weight, from, to);
      const at = row * blocks + block;
      scales[at] = scale;
      for (let i = from, out = at * blockSize; i < to; i++, out++) {
        values[out] = ZERO_POINT + roundInt8(present(weight[i]) / scale);
      }
    }
  }
  return { values, scales, blocks };
}
