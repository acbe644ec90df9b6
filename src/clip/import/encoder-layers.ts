import type { LinearParts, TowerWriter } from './tower-writer.js';

/** What the last layer computes for: one token for each picture or text. */
export interface Pooling {
  /** The pooled token's row of a value of [n, tokens, width]: [n, 1, width]. */
  pick(name: string, value: string): string;
  /** int32 [n]: how many tokens the pooled one sees; null where it sees all. */
  readonly seen: string | null;
}

export interface LayersOptions {
  /** `vision_model` or `text_model`. */
  readonly prefix: string;
  /** Text: a token sees those before it and itself. */
  readonly causal: boolean;
  readonly pooling: Pooling;
  /** The layer norm after the layers, of the pooled token alone. */
  readonly finalNorm: string;
}

/**
 * CLIP's layers (pre-LN: x + attention(LN1(x)), then x + mlp(LN2(x))), the final layer norm and nothing after it.
 * The last layer computes queries and all that follows for the pooled token only, as nothing reads the others:
 * exact, and nearly a layer saved.
 *
 * @param input the residual stream and its first layer norm
 * @returns [n, 1, width]
 */
export async function writeLayers(writer: TowerWriter, first: FirstNorm, options: LayersOptions): Promise<string> {
  const { layers } = writer.shape;
  let { stream, normed } = first;
  for (let layer = 0; layer < layers; layer++) {
    const last = layer === layers - 1;
    const name = `layers.${layer}`;
    const tensor = `${options.prefix}.encoder.layers.${layer}`;
    let mixed: string;
    if (last) {
      mixed = await pooledAttention(writer, layer, normed, options);
      stream = options.pooling.pick(`${name}.pooled`, stream);
    } else mixed = await attention(writer, layer, normed, options);
    const out = await writer.linear(`${name}.out`, 'out', layer, mixed, {
      ...square(writer, [`${tensor}.self_attn.out_proj`]),
      addBias: false,
      columns: writer.factors(layer, 'out'),
    });
    const middle = await addAndNorm(writer, `${name}.norm2`, stream, out, {
      bias: `${tensor}.self_attn.out_proj.bias`,
      norm: `${tensor}.layer_norm2`,
      factors: writer.factors(layer, 'fc1'),
    });
    const mlp = await feedForward(writer, layer, middle.normed, tensor);
    const after = await addAndNorm(writer, last ? 'final_norm' : `layers.${layer + 1}.norm1`, middle.stream, mlp, {
      bias: `${tensor}.mlp.fc2.bias`,
      norm: last ? options.finalNorm : `${options.prefix}.encoder.layers.${layer + 1}.layer_norm1`,
      factors: last ? null : writer.factors(layer + 1, 'qkv'),
    });
    ({ stream, normed } = after);
  }
  return normed;
}

export interface FirstNorm {
  readonly stream: string;
  /** LN1 of the first layer of `stream`. */
  readonly normed: string;
}

interface NormTensors {
  /** Added to the stream together with `added`; null: none. */
  readonly bias: string | null;
  readonly norm: string;
  readonly factors: Float32Array | null;
}

/** stream + added + bias, and its layer norm, in one pass. `added` may lack the first dimension. */
export async function addAndNorm(
  writer: TowerWriter,
  name: string,
  stream: string,
  added: string,
  { bias, norm, factors }: NormTensors,
): Promise<FirstNorm> {
  const weights = [
    await writer.vector(`${name}.weight`, `${norm}.weight`, factors),
    await writer.vector(`${name}.bias`, `${norm}.bias`, factors),
    bias === null ? null : await writer.vector(`${name}.added.bias`, bias),
  ];
  const sum = `${name}.stream`;
  writer.builder.nodeWith(
    name,
    'com.microsoft.SkipLayerNormalization',
    [stream, added, ...(bias === null ? weights.slice(0, 2) : weights)],
    [name, null, null, sum],
    { epsilon: { float: writer.shape.layerNormEps } },
  );
  return { stream: sum, normed: name };
}

async function attention(writer: TowerWriter, layer: number, normed: string, options: LayersOptions): Promise<string> {
  const { builder, shape } = writer;
  const name = `layers.${layer}`;
  const tensor = `${options.prefix}.encoder.layers.${layer}.self_attn`;
  const qkv = await writer.linear(`${name}.qkv`, 'qkv', layer, normed, {
    ...projections(writer, layer, tensor, ['q_proj', 'k_proj', 'v_proj']),
  });
  const parts = [`${name}.q`, `${name}.k`, `${name}.v`];
  builder.nodeWith(`${name}.split`, 'Split', [qkv], parts, { axis: 2 });
  return builder.node(`${name}.attention`, 'com.microsoft.MultiHeadAttention', parts, {
    num_heads: shape.heads,
    unidirectional: options.causal ? 1 : 0,
  });
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
  const inputs = [q, ...parts, ...(options.pooling.seen === null ? [] : [null, options.pooling.seen])];
  return builder.node(`${name}.attention`, 'com.microsoft.MultiHeadAttention', inputs, { num_heads: shape.heads });
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
    ...{ tensors: [`${tensor}.mlp.fc2`], inputs: intermediate, outputs: width, addBias: false },
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
