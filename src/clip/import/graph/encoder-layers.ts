import { present } from '../../../domain/present.js';
import type { GraphBuilder } from './graph-builder.js';
import { storeWeight } from './linear.js';
import type { LinearParts, TowerWriter } from './tower-writer.js';

/** The one token of each picture or text that the last layer is computed for. */
export interface Pooling {
  /** The pooled tokens of a value of [sequences, tokens, width]: [sequences, pooled ones, width]. */
  pick(name: string, value: string): string;
  /** As LayersOptions.bias, of the pooled tokens: [1, 1, pooled ones, tokens]. */
  readonly bias: string | null;
}

export interface LayersOptions {
  /** `vision_model` or `text_model`. */
  readonly prefix: string;
  /** Added to the scores of attention, float32 [1, 1, tokens, tokens]; null where every token sees every other. */
  readonly bias: string | null;
  readonly pooling: Pooling;
  /** The layer norm after the layers, of the pooled token alone. */
  readonly finalNorm: string;
}

/**
 * CLIP's layers (pre-LN: x + attention(LN1(x)), then x + mlp(LN2(x))), the final layer norm and nothing after it. The last
 * layer computes queries and all that follows for the pooled token only, since nothing reads the others: exact, and saves
 * nearly a layer.
 *
 * @param input [sequences, tokens, width]
 * @returns [sequences, pooled ones, width]
 */
export async function writeLayers(writer: TowerWriter, input: string, options: LayersOptions): Promise<string> {
  const { builder } = writer;
  const { layers } = writer.shape;
  let stream = input;
  for (let layer = 0; layer < layers; layer++) {
    const last = layer === layers - 1;
    const name = `layers.${layer}`;
    const tensor = `${options.prefix}.encoder.layers.${layer}`;
    const factorsBefore = writer.factors(layer, 'qkv');
    const normed = await writeNorm(writer, `${name}.norm1`, stream, `${tensor}.layer_norm1`, factorsBefore);
    const mixed = await (last ? pooledAttention : attention)(writer, layer, normed, options);
    if (last) stream = options.pooling.pick(`${name}.pooled`, stream);
    const out = await writer.linear(`${name}.out`, 'out', layer, mixed, {
      ...square(writer, [`${tensor}.self_attn.out_proj`]),
      columns: writer.factors(layer, 'out'),
    });
    const middle = builder.node(`${name}.middle`, 'Add', [stream, out]);
    const factors = writer.factors(layer, 'fc1');
    const mlp = await feedForward(
      writer,
      layer,
      await writeNorm(writer, `${name}.norm2`, middle, `${tensor}.layer_norm2`, factors),
      tensor,
    );
    stream = builder.node(`${name}.end`, 'Add', [middle, mlp]);
  }
  return writeNorm(writer, 'final_norm', stream, options.finalNorm, null);
}

/**
 * A layer norm over the channels, divided by `factors` where they are given. The runtime's SkipLayerNormalization would
 * add the residual too, but on a processor takes twice the time of an addition and a layer norm.
 */
export async function writeNorm(
  writer: TowerWriter,
  name: string,
  input: string,
  tensor: string,
  factors: Float32Array | null,
): Promise<string> {
  const weight = await writer.vector(`${name}.weight`, `${tensor}.weight`, factors);
  const bias = await writer.vector(`${name}.bias`, `${tensor}.bias`, factors);
  const epsilon = { float: writer.shape.layerNormEps };
  return writer.builder.node(name, 'LayerNormalization', [input, weight, bias], { axis: -1, epsilon });
}

async function attention(writer: TowerWriter, layer: number, normed: string, options: LayersOptions): Promise<string> {
  const { builder, shape } = writer;
  const name = `layers.${layer}`;
  const tensor = `${options.prefix}.encoder.layers.${layer}.self_attn`;
  const weights = projections(writer, layer, tensor, ['q_proj', 'k_proj', 'v_proj']);
  if (writer.options.fusedAttention && options.bias === null) return fusedAttention(writer, name, normed, weights);
  const parts = [`${name}.q`, `${name}.k`, `${name}.v`];
  if (writer.options.projectionsApart) {
    for (const [i, projection] of ['q_proj', 'k_proj', 'v_proj'].entries()) {
      const weight = projections(writer, layer, tensor, [projection]);
      await writer.linear(present(parts[i]), 'qkv', layer, normed, weight);
    }
  } else {
    const qkv = await writer.linear(`${name}.qkv`, 'qkv', layer, normed, weights);
    builder.nodeWith(`${name}.split`, 'Split', [qkv], parts, { axis: 2 });
  }
  return multiHeadAttention(builder, name, parts, options.bias, shape.heads);
}

/** @param parts queries, keys and values, [sequences, tokens, width] each */
function multiHeadAttention(
  builder: GraphBuilder,
  name: string,
  parts: readonly string[],
  bias: string | null,
  heads: number,
): string {
  const inputs = bias === null ? parts : [...parts, null, null, bias];
  return builder.node(`${name}.attention`, 'com.microsoft.MultiHeadAttention', inputs, { num_heads: heads });
}

/** The products are written in the order that attention reads, which saves copies: 2 % of a ViT-L/14-336's time. */
async function fusedAttention(writer: TowerWriter, name: string, normed: string, parts: LinearParts): Promise<string> {
  const { builder, shape, options } = writer;
  const { inputs, outputs } = parts;
  const turned = transposed(await writer.weights(parts), outputs, inputs);
  const weight = await storeWeight(builder, `${name}.qkv.weight`, [inputs, outputs], turned, options.storage);
  const bias = await builder.weight(`${name}.qkv.bias`, 'float32', [outputs], await writer.biases(parts));
  const attributes = { num_heads: shape.heads };
  return builder.node(`${name}.attention`, 'com.microsoft.Attention', [normed, weight, bias], attributes);
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) turned[column * rows + row] = present(values[i]);
  }
  return turned;
}

async function pooledAttention(
  writer: TowerWriter,
  layer: number,
  normed: string,
  options: LayersOptions,
): Promise<string> {
  const { builder, shape } = writer;
  const name = `layers.${layer}`;
  const tensor = `${options.prefix}.encoder.layers.${layer}.self_attn`;
  const picked = options.pooling.pick(`${name}.norm1.pooled`, normed);
  const q = await writer.linear(`${name}.q`, 'q', layer, picked, projections(writer, layer, tensor, ['q_proj']));
  const kv = await writer.linear(
    `${name}.kv`,
    'kv',
    layer,
    normed,
    projections(writer, layer, tensor, ['k_proj', 'v_proj']),
  );
  const parts = [`${name}.k`, `${name}.v`];
  builder.nodeWith(`${name}.split`, 'Split', [kv], parts, { axis: 2 });
  return multiHeadAttention(builder, name, [q, ...parts], options.pooling.bias, shape.heads);
}

async function feedForward(writer: TowerWriter, layer: number, normed: string, tensor: string): Promise<string> {
  const { builder, shape } = writer;
  const name = `layers.${layer}`;
  const { width, intermediate } = shape;
  const fc1 = await writer.linear(`${name}.fc1`, 'fc1', layer, normed, {
    ...{ tensors: [`${tensor}.mlp.fc1`], inputs: width, outputs: intermediate },
    columns: writer.factors(layer, 'fc1'),
  });
  const op = shape.activation === 'quick_gelu' ? 'com.microsoft.QuickGelu' : 'com.microsoft.Gelu';
  const attributes = shape.activation === 'quick_gelu' ? { alpha: { float: 1.702 } } : {};
  const active = builder.node(`${name}.active`, op, [fc1], attributes);
  return writer.linear(`${name}.fc2`, 'fc2', layer, active, {
    ...{ tensors: [`${tensor}.mlp.fc2`], inputs: intermediate, outputs: width },
  });
}

function square(writer: TowerWriter, tensors: readonly string[]): LinearParts {
  const { width } = writer.shape;
  return { tensors, inputs: width, outputs: width * tensors.length };
}

function projections(writer: TowerWriter, layer: number, tensor: string, names: readonly string[]): LinearParts {
  return {
    ...square(
      writer,
      names.map((name) => `${tensor}.${name}`),
    ),
    columns: writer.factors(layer, 'qkv'),
    rows: { [`${tensor}.v_proj`]: writer.factors(layer, 'out') },
  };
}
