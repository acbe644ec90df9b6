import type { GraphBuilder } from '../graph/graph-builder.js';
import { floatLinear, type Linear, type LinearKind, type LinearWriter } from '../graph/linear.js';
import { quantizeBlocks } from './quantize-blocks.js';
import { INT8_MAX, quantizeRows } from './quantize-rows.js';

/**
 * How a product is computed. `float`: in float32. `tensor`: 8 bits, one scale for the whole input, so that members of a batch
 * change each other. `token`: 8 bits, one scale for each row of the input. `block`: 8 bits, one scale for each 128 values of a
 * row, and of the weights.
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

/** Inputs that are repeated for a product (split-channels.ts), by layer and place. */
export type TowerCopies = readonly Readonly<Record<LayerSite, Int32Array>>[];

export interface Copies {
  readonly vision: TowerCopies;
  readonly text: TowerCopies;
}

/** MatMulNBits is fastest with blocks of 128 or 256; smaller ones cost up to a third more time. */
export const BLOCK_SIZE = 128;

/** The place in a layer; null for patches and projections, which belong to none and stay in float. */
export function layerSite(kind: LinearKind): LayerSite | null {
  if (kind === 'patch' || kind === 'projection') return null;
  return kind === 'q' || kind === 'kv' ? 'qkv' : kind;
}

/**
 * Writes each product of the layers in its form, and the others in float (stored in half precision).
 *
 * @param copies for the forms `tensor` and `token`; the others leave them out
 */
export function quantisedLinear(forms: Forms, copies: Copies | null = null): LinearWriter {
  return (builder, linear) => {
    const further = copies === null ? NONE : (placeOf(copies, linear) ?? NONE);
    return WRITERS[placeOf(forms, linear) ?? 'float'](builder, linear, further);
  };
}

const NONE = new Int32Array();

function placeOf<T>(
  towers: Readonly<Record<'vision' | 'text', readonly Readonly<Record<LayerSite, T>>[]>>,
  { site }: Linear,
): T | undefined {
  const place = layerSite(site.kind);
  if (place === null || site.layer === null) return undefined;
  return towers[site.tower][site.layer]?.[place];
}

type RoundedWriter = (builder: GraphBuilder, linear: Linear, further: Int32Array) => Promise<string>;

const WRITERS: Readonly<Record<LinearForm, RoundedWriter>> = {
  float: floatLinear('float16'),
  tensor: writeTensor,
  token: writeToken,
  block: writeBlock,
};

/** Range of the input, rounding, product and scaling in one operator of the runtime's own domain, or a few with copies. */
async function writeTensor(builder: GraphBuilder, linear: Linear, further: Int32Array): Promise<string> {
  const { name, input } = linear;
  const { values, scales } = await rounded(builder, linear, further);
  const bias = await biasOf(builder, linear);
  if (further.length === 0) {
    const inputs = [input, values, scales, null, bias].slice(0, bias === null ? 3 : 5);
    return builder.node(name, 'com.microsoft.DynamicQuantizeMatMul', inputs);
  }
  const [bytes, scale, zero] = [`${name}.input.bytes`, `${name}.input.scale`, `${name}.input.zero`] as const;
  builder.nodeWith(`${name}.input`, 'DynamicQuantizeLinear', [input], [bytes, scale, zero]);
  const wide = withCopies(builder, name, bytes, further);
  const inputs = [wide, values, scale, scales, zero, null, bias].slice(0, bias === null ? 5 : 7);
  return builder.node(name, 'com.microsoft.MatMulIntegerToFloat', inputs);
}

/** [..., inputs + further] of rounded inputs, which are cheapest to copy at a byte each. */
function withCopies(builder: GraphBuilder, name: string, bytes: string, further: Int32Array): string {
  if (further.length === 0) return bytes;
  const channels = builder.ints(`${name}.input.further`, [...further]);
  const copies = builder.node(`${name}.input.copies`, 'Gather', [bytes, channels], { axis: -1 });
  return builder.node(`${name}.input.wide`, 'Concat', [bytes, copies], { axis: -1 });
}

/**
 * Each row of the input is divided by its largest |x|, so that one constant scale serves all rows, and the product is
 * multiplied by it again: a row's result does not depend on what else is in the batch.
 */
async function writeToken(builder: GraphBuilder, linear: Linear, further: Int32Array): Promise<string> {
  const { name, input } = linear;
  const { values, scales } = await rounded(builder, linear, further);
  const scale = await builder.weight(`${name}.input.scale`, 'float32', [], Float32Array.of(1 / INT8_MAX));
  const zero = await builder.weight(`${name}.input.zero`, 'uint8', [], Uint8Array.of(128));
  const least = await builder.weight(`${name}.input.least`, 'float32', [], Float32Array.of(1e-30));
  const magnitudes = builder.node(`${name}.input.absolute`, 'Abs', [input]);
  const largest = builder.node(`${name}.input.largest`, 'ReduceMax', [magnitudes], { axes: [-1], keepdims: 1 });
  const reach = builder.node(`${name}.input.reach`, 'Max', [largest, least]);
  const even = builder.node(`${name}.input.even`, 'Div', [input, reach]);
  const bytes = builder.node(`${name}.input.bytes`, 'QuantizeLinear', [even, scale, zero]);
  const wide = withCopies(builder, name, bytes, further);
  const product = builder.node(`${name}.product`, 'com.microsoft.MatMulIntegerToFloat', [
    ...[wide, values, scale, scales, zero],
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

async function rounded(builder: GraphBuilder, { name, inputs, outputs, weight }: Linear, further: Int32Array) {
  const { values, scales } = quantizeRows(await weight(), outputs, inputs, further);
  return {
    values: await builder.weight(`${name}.weight`, 'int8', [inputs + further.length, outputs], values),
    scales: await builder.weight(`${name}.scales`, 'float32', [outputs], scales),
  };
}

async function biasOf(builder: GraphBuilder, { name, outputs, bias }: Linear): Promise<string | null> {
  return bias === null ? null : builder.weight(`${name}.bias`, 'float32', [outputs], await bias());
}
