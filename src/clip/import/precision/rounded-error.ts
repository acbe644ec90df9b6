import { present as checked } from '../../../domain/present.js';
import type { ObservedInput } from './observe-inputs.js';
import { BLOCK_SIZE, type LinearForm } from './quantised-linear.js';
import { INT8_MAX, roundInt8, rowScale, scaleOf } from './quantize-rows.js';
import type { SmallProduct } from './small-product.js';
import { timesThere } from './split-channels.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A product for measuring its error: some of its outputs, and its inputs. */
export interface SampledProduct {
  /** [outputs kept, inputs] */
  readonly weight: Float32Array;
  readonly inputs: number;
  readonly observed: readonly ObservedInput[];
}

/** A product with its exact results on the observed rows, to compare rounded ones with. */
export interface ComparedProduct extends SampledProduct {
  readonly exact: Float32Array;
}

/** A change of a product's inputs before rounding, and of its weights, that leaves the exact product unchanged. */
export interface InputChange {
  /** Smoothing: inputs are divided by them and weights multiplied; null leaves both as they are. */
  readonly factors: Float32Array | null;
  /** Further copies of inputs (split-channels.ts), for the forms `tensor` and `token` alone. */
  readonly further: Int32Array;
}

export async function withExact(product: SmallProduct, sample: SampledProduct): Promise<ComparedProduct> {
  const rows = joined(sample.observed.map((observed) => observed.rows));
  return { ...sample, exact: await product.times(rows, sample.weight, sample.inputs) };
}

/**
 * A product's relative error in a form: |rounded − exact| / |exact| over the observed rows and the sampled outputs (Frobenius
 * norms). Rounding follows the runtime, in float32.
 */
export async function roundedError(
  product: SmallProduct,
  sample: ComparedProduct,
  form: Exclude<LinearForm, 'float'>,
  { factors, further }: InputChange,
): Promise<number> {
  const { inputs, exact } = sample;
  const weight = scaled(sample.weight, factors, false);
  const block = form === 'block' ? BLOCK_SIZE : inputs;
  const times = timesThere(inputs, further);
  for (let at = 0; at < weight.length; at += inputs) {
    if (form === 'block') roundBlocks(weight, at, at + inputs, block);
    else roundRow(weight, at, further, times);
  }
  const fed: Float32Array[] = sample.observed.map((observed) => {
    const values = scaled(observed.rows, factors, true);
    if (form === 'tensor') roundRange(values, rangeOf(observed, factors));
    else for (let at = 0; at < values.length; at += inputs) roundBlocks(values, at, at + inputs, block);
    return values;
  });
  const rounded = await product.times(joined(fed), weight, inputs);
  let error = 0;
  let size = 0;
  for (let i = 0; i < exact.length; i++) {
    error += (present(rounded[i]) - present(exact[i])) ** 2;
    size += present(exact[i]) ** 2;
  }
  return size > 0 ? Math.sqrt(error / size) : 0;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function scaled(values: Float32Array, factors: Float32Array | null, divide: boolean): Float32Array {
  const copy = values.slice();
  if (factors === null) return copy;
  const by = divide ? factors.map((factor) => 1 / factor) : factors;
  for (let i = 0; i < copy.length; ) {
    for (let channel = 0; channel < by.length; channel++, i++) copy[i] = present(copy[i]) * present(by[channel]);
  }
  return copy;
}

function roundBlocks(values: Float32Array, from: number, to: number, block: number): void {
  for (let start = from; start < to; start += block) {
    const end = Math.min(start + block, to);
    const scale = scaleOf(values, start, end);
    for (let i = start; i < end; i++) values[i] = roundInt8(present(values[i]) / scale) * scale;
  }
}

/** Rounds like quantizeRows: copies of an input share one weight. */
function roundRow(weight: Float32Array, from: number, further: Int32Array, times: Int32Array): void {
  const scale = rowScale(weight, from, further, times);
  for (const [channel, copies] of times.entries()) {
    const most = INT8_MAX * copies;
    const whole = Math.round(present(weight[from + channel]) / scale);
    weight[from + channel] = Math.min(most, Math.max(-most, whole)) * scale;
  }
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** DynamicQuantizeLinear's range: of the whole input, including 0. */
function rangeOf({ low, high }: ObservedInput, factors: Float32Array | null): Range {
  let lowest = 0;
  let highest = 0;
  for (let i = 0; i < low.length; i++) {
    const factor = factors === null ? 1 : present(factors[i]);
    lowest = Math.min(lowest, present(low[i]) / factor);
    highest = Math.max(highest, present(high[i]) / factor);
  }
  return { low: lowest, high: highest };
}

/** 256 steps over the range, 0 being one of them: ONNX's DynamicQuantizeLinear. */
function roundRange(values: Float32Array, { low, high }: Range): void {
  const step = (high - low) / 255;
  if (step === 0) return;
  const zero = Math.round(Math.min(255, Math.max(0, -low / step)));
  for (let i = 0; i < values.length; i++) {
    const level = Math.min(255, Math.max(0, Math.round(present(values[i]) / step) + zero));
    values[i] = (level - zero) * step;
  }
}
