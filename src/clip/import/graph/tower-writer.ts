import { present as checked } from '../../../domain/present.js';
import type { TowerShape } from '../checkpoint/clip-shapes.js';
import type { Checkpoint } from '../checkpoint/stored-tensor.js';
import type { GraphBuilder } from './graph-builder.js';
import type { LinearKind, LinearSite, LinearWriter, Storage } from './linear.js';
import type { TowerSmoothing } from './tower-smoothing.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

export interface TowerOptions {
  readonly checkpoint: Checkpoint;
  readonly linear: LinearWriter;
  /** Storage of weights outside linear layers: embeddings. */
  readonly storage: Storage;
  /** Queries, keys, values and attention as one operator in float32, in every layer but the last; `linear` sees the rest. */
  readonly fusedAttention: boolean;
  /** Separate products for queries, keys and values in every layer but the last; otherwise one product, which is split. */
  readonly projectionsApart: boolean;
  readonly smoothing: TowerSmoothing | null;
}

/** What the writers of both towers need: the graph, the checkpoint's tensors by name, and smoothing folded in. */
export class TowerWriter {
  constructor(
    readonly builder: GraphBuilder,
    readonly tower: 'vision' | 'text',
    readonly shape: TowerShape,
    readonly options: TowerOptions,
  ) {}

  read(name: string): Promise<Float32Array> {
    return this.options.checkpoint.read(name);
  }

  /** A vector of the checkpoint as a weight of the graph, divided by `factors` where they are given. */
  async vector(name: string, tensor: string, factors: Float32Array | null = null): Promise<string> {
    const values = await this.read(tensor);
    if (factors !== null) for (let i = 0; i < values.length; i++) values[i] = present(values[i]) / present(factors[i]);
    return this.builder.weight(name, 'float32', [values.length], values);
  }

  /** Factors that the input of this product is divided by. */
  factors(layer: number, kind: 'qkv' | 'out' | 'fc1'): Float32Array | null {
    return this.options.smoothing?.layers[layer]?.[kind] ?? null;
  }

  /** The product of `input` with the checkpoint's `tensors` (`….weight` and `….bias`), stacked. */
  async linear(
    name: string,
    kind: LinearKind,
    layer: number | null,
    input: string,
    parts: LinearParts,
  ): Promise<string> {
    const { inputs, outputs, hasBias = true } = parts;
    const site: LinearSite = { tower: this.tower, layer, kind };
    return this.options.linear(this.builder, {
      ...{ name, site, input, inputs, outputs },
      weight: () => this.weights(parts),
      bias: hasBias ? () => this.biases(parts) : null,
    });
  }

  /** [outputs, inputs], smoothing folded in. */
  weights(parts: LinearParts): Promise<Float32Array> {
    return this.#joined(parts, '.weight', parts.inputs);
  }

  /** [outputs], smoothing folded in. */
  biases(parts: LinearParts): Promise<Float32Array> {
    return this.#joined(parts, '.bias', 1);
  }

  async #joined({ tensors, outputs, columns, rows }: LinearParts, end: string, inputs: number): Promise<Float32Array> {
    const joined = new Float32Array(outputs * inputs);
    let at = 0;
    for (const tensor of tensors) {
      const values = await this.read(`${tensor}${end}`);
      divideRows(values, inputs, rows?.[tensor] ?? null);
      joined.set(values, at);
      at += values.length;
    }
    if (inputs > 1) multiplyColumns(joined, columns ?? null);
    return joined;
  }
}

export interface LinearParts {
  readonly tensors: readonly string[];
  readonly inputs: number;
  readonly outputs: number;
  readonly hasBias?: boolean;
  /** Factors that the input has been divided by. */
  readonly columns?: Float32Array | null;
  /** Factors that the results of one of the tensors are to be divided by. */
  readonly rows?: Readonly<Record<string, Float32Array | null>>;
}

function divideRows(values: Float32Array, inputs: number, factors: Float32Array | null): void {
  if (factors === null) return;
  for (let row = 0, i = 0; row < factors.length; row++) {
    const factor = present(factors[row]);
    for (const end = i + inputs; i < end; i++) values[i] = present(values[i]) / factor;
  }
}

function multiplyColumns(values: Float32Array, factors: Float32Array | null): void {
  if (factors === null) return;
  for (let i = 0; i < values.length; ) {
    for (let column = 0; column < factors.length; column++, i++) {
      values[i] = present(values[i]) * present(factors[column]);
    }
  }
}
