import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fault } from '../../../domain/errors.js';
import { ExternalData } from './external-data.js';
import {
  type AttributeMessage,
  ELEMENT,
  type ElementType,
  encodeModel,
  type NodeMessage,
  type TensorMessage,
  type ValueInfo,
} from './onnx-proto.js';

/** An integer becomes an int, `{ float }` a float: JavaScript can't tell 1.0 from 1. */
export type AttributeValue = number | string | readonly number[] | { readonly float: number };

/** A dimension is a number, or a name where it may vary. */
export type Dims = readonly (number | string)[];

/** Values in the machine's order of bytes, which is ONNX's (little-endian) wherever onnxruntime runs. */
export type TensorValues = Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

/** LayerNormalization came with 17; the runtimes of 2022 and later read it. */
const OPSET = 17;
const IR_VERSION = 8;
/** Weights up to this size stay in the graph, where shape inference can read them. */
const INLINE_BYTES_MAX = 512;

/**
 * Builds an ONNX graph. Every value is named by the node that makes it, so names are unique, and a value must exist before a
 * node reads it. Weights are written to `<file>_data` as they come; nodes are kept until `finish`.
 */
export class GraphBuilder {
  readonly #nodes: NodeMessage[] = [];
  readonly #tensors: TensorMessage[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #values = new Set<string>();

  readonly #file: string;
  readonly #data: ExternalData;

  private constructor(file: string, data: ExternalData) {
    this.#file = file;
    this.#data = data;
  }

  /** @param file path of the graph; its weights go to `<file>_data` */
  static async create(file: string): Promise<GraphBuilder> {
    return new GraphBuilder(file, await ExternalData.create(`${file}_data`));
  }

  input(name: string, type: ElementType, dims: Dims): string {
    this.#inputs.push(valueInfo(name, type, dims));
    return this.#define(name);
  }

  /** Makes the value `name` an output of the graph. */
  output(name: string, type: ElementType, dims: Dims): void {
    this.#need(name);
    this.#outputs.push(valueInfo(name, type, dims));
  }

  /**
   * A node with one output, which has the node's name.
   *
   * @param op `MatMul`, or `com.microsoft.QuickGelu` for an operator outside ONNX's own domain
   * @param inputs names of values; null for an optional one that is left out
   */
  node(
    name: string,
    op: string,
    inputs: readonly (string | null)[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    this.nodeWith(name, op, inputs, [name], attributes);
    return name;
  }

  /** A node with several outputs; null for an optional one that is left out. */
  nodeWith(
    name: string,
    op: string,
    inputs: readonly (string | null)[],
    outputs: readonly (string | null)[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): void {
    for (const input of inputs) if (input !== null) this.#need(input);
    for (const output of outputs) if (output !== null) this.#define(output);
    const dot = op.lastIndexOf('.');
    this.#nodes.push({
      name,
      opType: op.slice(dot + 1),
      domain: op.slice(0, Math.max(0, dot)),
      input: inputs.map((input) => input ?? ''),
      output: outputs.map((output) => output ?? ''),
      attribute: Object.entries(attributes).map(([key, value]) => attributeOf(key, value)),
    });
  }

  /**
   * Adds a weight; when the promise resolves it is on the disk, and the array may be reused. float16 is given as bits in a
   * Uint16Array.
   */
  async weight(name: string, type: ElementType, dims: readonly number[], values: TensorValues): Promise<string> {
    const count = dims.reduce((product, side) => product * side, 1);
    if (count !== values.length) {
      throw fault('graph_invalid', `Expected ${count} values for ${name} of [${dims}], got ${values.length}.`);
    }
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const tensor = { name, dims, dataType: ELEMENT[type] };
    if (bytes.length <= INLINE_BYTES_MAX) {
      this.#tensors.push({ ...tensor, rawData: bytes.slice() });
    } else {
      const offset = await this.#data.append(bytes);
      const place = { location: `${basename(this.#file)}_data`, offset: `${offset}`, length: `${bytes.length}` };
      const externalData = Object.entries(place).map(([key, value]) => ({ key, value }));
      this.#tensors.push({ ...tensor, externalData, dataLocation: 1 });
    }
    return this.#define(name);
  }

  /** Integers as an input of other operators: a shape, axes, an index. A scalar where `values` is a number. */
  ints(name: string, values: number | readonly number[]): string {
    const list = typeof values === 'number' ? [values] : values;
    const raw = new Uint8Array(BigInt64Array.from(list, BigInt).buffer);
    const dims = typeof values === 'number' ? [] : [list.length];
    this.#tensors.push({ name, dims, dataType: ELEMENT.int64, rawData: raw });
    return this.#define(name);
  }

  /** A single number. */
  float(name: string, value: number): string {
    this.#tensors.push({
      ...{ name, dims: [], dataType: ELEMENT.float32 },
      rawData: new Uint8Array(Float32Array.of(value).buffer),
    });
    return this.#define(name);
  }

  /** Writes the graph; its weights are on the disk before it. */
  async finish(): Promise<void> {
    await this.#data.close();
    const bytes = encodeModel({
      irVersion: IR_VERSION,
      producerName: 'streetdex',
      opsetImport: [
        { domain: '', version: OPSET },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name: basename(this.#file, '.onnx'),
        node: this.#nodes,
        initializer: this.#tensors,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
    await writeFile(this.#file, bytes, { flush: true });
  }

  /** Closes the file of weights when the graph is given up; the caller removes what was written. */
  abandon(): Promise<void> {
    return this.#data.abandon();
  }

  #define(name: string): string {
    if (this.#values.has(name))
      throw fault('graph_invalid', `Expected one value called ${name} in ${this.#file}, got two.`);
    this.#values.add(name);
    return name;
  }

  #need(name: string): void {
    if (!this.#values.has(name)) {
      throw fault(
        'graph_invalid',
        `Expected the value ${name} in ${this.#file} before it is used, but it is not there.`,
      );
    }
  }
}

function valueInfo(name: string, type: ElementType, dims: Dims): ValueInfo {
  const dim = dims.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: side }));
  return { name, type: { tensorType: { elemType: ELEMENT[type], shape: { dim } } } };
}

function attributeOf(name: string, value: AttributeValue): AttributeMessage {
  if (typeof value === 'number') return { name, type: 2, i: value };
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: 1, f: value.float };
  return { name, type: 7, ints: value };
}
