import { toFloat16Bits } from './float16-bits.js';
import type { GraphBuilder } from './graph-builder.js';

/** `qkv`: queries, keys and values in one product; in the last layer `q` for the pooled token alone, and `kv` for all. */
export type LinearKind = 'patch' | 'qkv' | 'q' | 'kv' | 'out' | 'fc1' | 'fc2' | 'projection';

/** A linear layer's place; `layer` is null before and after the layers (`patch`, `projection`). */
export interface LinearSite {
  readonly tower: 'vision' | 'text';
  readonly layer: number | null;
  readonly kind: LinearKind;
}

/** One product with weights: y = x · Wᵀ + b. */
export interface Linear {
  /** Unique in the graph, such as `layers.0.fc1`: the name of the result, and the prefix of other names. */
  readonly name: string;
  readonly site: LinearSite;
  /** The value x of [..., inputs]. */
  readonly input: string;
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, inputs], row-major; smoothing is folded in. The writer may overwrite the array: each call reads anew. */
  weight(): Promise<Float32Array>;
  /** [outputs]; null where there is none. */
  readonly bias: (() => Promise<Float32Array>) | null;
}

/**
 * Writes one linear layer and returns the name of its result, float32 of [..., outputs]. Precisions differ here alone: a
 * quantised graph is the same graph with another LinearWriter.
 */
export type LinearWriter = (builder: GraphBuilder, linear: Linear) => Promise<string>;

/** How weights are stored: as float32, or as float16, which is widened once when a session loads them. */
export type Storage = 'float32' | 'float16';

/** Products in float32. */
export function floatLinear(storage: Storage): LinearWriter {
  return async (builder, linear) => {
    const { name, input, inputs, outputs, bias } = linear;
    const weight = await storeWeight(builder, `${name}.weight`, [outputs, inputs], await linear.weight(), storage);
    // FusedMatMul takes the checkpoint's [outputs, inputs] as it is; the runtime packs it once, when it loads.
    const op = 'com.microsoft.FusedMatMul';
    if (bias === null) return builder.node(name, op, [input, weight], { transB: 1 });
    const product = builder.node(`${name}.product`, op, [input, weight], { transB: 1 });
    return builder.node(name, 'Add', [
      product,
      await builder.weight(`${name}.bias`, 'float32', [outputs], await bias()),
    ]);
  };
}

/**
 * A matrix as `storage` says, and the value to compute with. A cast of a weight is folded when a session is made: it
 * costs time at loading and nothing later.
 */
export async function storeWeight(
  builder: GraphBuilder,
  name: string,
  dims: readonly number[],
  values: Float32Array,
  storage: Storage,
): Promise<string> {
  if (storage === 'float32') return builder.weight(name, 'float32', dims, values);
  const half = await builder.weight(`${name}.half`, 'float16', dims, toFloat16Bits(values));
  return builder.node(name, 'Cast', [half], { to: 1 });
}
