import type { GraphBuilder } from '../graph/graph-builder.js';
import { floatLinear, type Linear, type LinearKind, type LinearWriter } from '../graph/linear.js';
import { quantizeBlocks } from './quantize-blocks.js';
import { INT8_MAX, quantizeRows } from './quantize-rows.js';

/**
 * How a product is computed.
 * `float`: in float32. `tensor`: 8 bits, one scale for the whole input, so that a batch changes its members. `token`:
 * 8 bits, one scale for each row of the input. `block`: 8 bits, one scale for each 128 values of a row, and of the weights.
 */
export type LinearForm = 'float' | 'tensor' | 'token' | 'block';

/** The four places of a layer where weights are multiplied; the last layer's `q` and `kv` are its `qkv`. */
export type LayerSite = 'qkv' | 'out' | 'fc1' | 'fc2';
export const LAYER_SITES: readonly LayerSite[] = ['qkv', 'out', 'fc1', 'fc2'];

/** The form of every product of a tower's layers, by layer and place. */
export type TowerForms = readonly Readonly<Record<LayerSite, LinearForm>>[];

export interface Forms {
  readonly vision: TowerForms;
  readonly text: TowerForms;
}

/** MatMulNBits is fastest with blocks of 128 or 256; smaller ones cost up to a third more time. */
export const BLOCK_SIZE = 128;

/** Null for the patches and the projections, which no layer holds: they stay in float. */
export function layerSite(kind: LinearKind): LayerSite | null {
  if (kind === 'patch' || kind === 'projection') return null;
  return kind === 'q' || kind === 'kv' ? 'qkv' : kind;
}

/** Writes each product of the layers in its form, and all else in float (stored in half precision). */
export function quantisedLinear(forms: Forms): LinearWriter {
  return (builder, linear) => WRITERS[formOf(forms, linear)](builder, linear);
}

function formOf(forms: Forms, { site }: Linear): LinearForm {
  const place = layerSite(site.kind);
  if (place === null || site.layer === null) return 'float';
  return forms[site.tower][site.layer]?.[place] ?? 'float';
}

const WRITERS: Readonly<Record<LinearForm, LinearWriter>> = {
  float: floatLinear('float16'),
  tensor: writeTensor,
  token: writeToken,
  block: writeBlock,
};

/** DynamicQuantizeMatMul: range of the input, rounding, product and scaling in one operator of the runtime's own domain. */
async function writeTensor(builder: GraphBuilder, linear: Linear): Promise<string> {
  const { name, input } = linear;
  const { values, scales } = await rounded(builder, linear);
  const bias = await biasOf(builder, linear);
  const inputs = [input, values, scales, null, bias].slice(0, bias === null ? 3 : 5);
  return builder.node(name, 'com.microsoft.DynamicQuantizeMatMul', inputs);
}

/**
 * Each row of the input is divided by its largest |x|, so that one constant scale serves all rows, and the product is
 * multiplied by it again: a row's result does not depend on what else is in the batch.
 */
async function writeToken(builder: GraphBuilder, linear: Linear): Promise<string> {
  const { name, input } = linear;
  const { values, scales } = await rounded(builder, linear);
  const scale = await builder.weight(`${name}.input.scale`, 'float32', [], Float32Array.of(1 / INT8_MAX));
  const zero = await builder.weight(`${name}.input.zero`, 'uint8', [], Uint8Array.of(128));
  const least = await builder.weight(`${name}.input.least`, 'float32', [], Float32Array.of(1e-30));
  const magnitudes = builder.node(`${name}.input.absolute`, 'Abs', [input]);
  const largest = builder.node(`${name}.input.largest`, 'ReduceMax', [magnitudes], { axes: [-1], keepdims: 1 });
  const reach = builder.node(`${name}.input.reach`, 'Max', [largest, least]);
  const even = builder.node(`${name}.input.even`, 'Div', [input, reach]);
  const bytes = builder.node(`${name}.input.bytes`, 'QuantizeLinear', [even, scale, zero]);
  const product = builder.node(`${name}.product`, 'com.microsoft.MatMulIntegerToFloat', [
    ...[bytes, values, scale, scales, zero],
  ]);
  const bias = await biasOf(builder, linear);
  if (bias === null) return builder.node(name, 'Mul', [product, reach]);
  return builder.node(name, 'Add', [builder.node(`${name}.scaled`, 'Mul', [product, reach]), bias]);
}

/** Accuracy level 4: the input is rounded to 8 bits too, per row and block. */
async function writeBlock(builder: GraphBuilder, linear: Linear): Promise<string> {
  const { name, input, inputs, outputs } = linear;
  const { values, scales, blocks } = quantizeBlocks(await linear.weight(), outputs, inputs, BLOCK_SIZE);
  const weight = await builder.weight(`${name}.weight`, 'uint8', [outputs, blocks, BLOCK_SIZE], values);
  const scale = await builder.weight(`${name}.scales`, 'float32', [outputs * blocks], scales);
  const bias = await biasOf(builder, linear);
  return builder.node(
    name,
    'com.microsoft.MatMulNBits',
    [input, weight, scale, null, null, bias].slice(0, bias === null ? 3 : 6),
    { K: inputs, N: outputs, bits: 8, block_size: BLOCK_SIZE, accuracy_level: 4 },
  );
}

async function rounded(builder: GraphBuilder, { name, inputs, outputs, weight }: Linear) {
  const { values, scales } = quantizeRows(await weight(), outputs, inputs);
  return {
    values: await builder.weight(`${name}.weight`, 'int8', [inputs, outputs], values),
    scales: await builder.weight(`${name}.scales`, 'float32', [outputs], scales),
  };
}

async function biasOf(builder: GraphBuilder, { name, outputs, bias }: Linear): Promise<string | null> {
  return bias === null ? null : builder.weight(`${name}.bias`, 'float32', [outputs], await bias());
}
