import { present } from '../domain/present.js';
import {
  type AttributeMessage,
  decodeModel,
  ELEMENT,
  encodeModel,
  type ModelMessage,
  type NodeMessage,
  type TensorMessage,
} from './import/graph/onnx-proto.js';

const FUSED: ReadonlySet<string> = new Set(['Attention', 'MultiHeadAttention']);

/**
 * One of our graphs, changed for a card: the same weights and so the same embeddings; the file stays as it is.
 *
 * - Attention as plain products in the place of the runtime's fused operators: with onnxruntime-node 1.30 those of WebGPU are
 * off by 2 to 19 % from 32 tokens on (SwiftShader). softmax(q kᵀ / √d + bias) v for each head of width d (Vaswani et al. 2017).
 * - FusedMatMul as a transposition, which is folded when the graph is loaded, and a MatMul: WebGPU has no kernel for the
 * former, and the products would silently run on the processor.
 * - A table in half precision is widened when it is loaded, not row by row: not every card has half precision.
 *
 * @returns null where there is nothing to change, or the graph is not one of ours
 */
export function graphForCard(bytes: Uint8Array): Uint8Array | null {
  const model = decodeModel(bytes);
  if (model.producerName !== 'streetdex') return null;
  const { graph } = model;
  if (!graph.node.some((node) => isFused(node) || isFusedProduct(node)) && halfTables(graph).size === 0) return null;
  return encodeModel({ ...model, graph: wideTables(plainProducts(plainAttention(graph))) });
}

/** Only operators as our graphs have them; other inputs (biases, a padding mask, a past) are not handled here. */
const isFused = ({ domain, opType, input }: NodeMessage) =>
  domain === 'com.microsoft' && FUSED.has(opType) && input.every((name, i) => name === '' || i < 3 || i === 5);

const isFusedProduct = ({ domain, opType }: NodeMessage) => domain === 'com.microsoft' && opType === 'FusedMatMul';

type Graph = ModelMessage['graph'];

/** x · wᵀ, which is all that our graphs have of FusedMatMul. */
function plainProducts(graph: Graph): Graph {
  const node = graph.node.flatMap((one) => {
    if (!isFusedProduct(one)) return [one];
    const [input, weight] = [present(one.input[0]), present(one.input[1])];
    const turned = `${one.output[0]}.weight.turned`;
    return [
      nodeOf('Transpose', [weight], [turned], [{ name: 'perm', type: 7, ints: [1, 0] }]),
      nodeOf('MatMul', [input, turned], one.output),
    ];
  });
  return { ...graph, node };
}

function halfTables({ node, initializer }: Graph): ReadonlySet<string> {
  const gathered = new Set(node.filter(({ opType }) => opType === 'Gather').map(({ input }) => input[0]));
  const half = initializer.filter(({ name, dataType }) => dataType === ELEMENT.float16 && gathered.has(name));
  return new Set(half.map(({ name }) => name));
}

function wideTables(graph: Graph): Graph {
  const tables = halfTables(graph);
  const casts = [...tables].map((name) =>
    nodeOf('Cast', [name], [`${name}.wide`], [{ name: 'to', type: 2, i: ELEMENT.float32 }]),
  );
  const node = graph.node.map((one) => {
    const [table, ...rest] = one.input;
    if (one.opType !== 'Gather' || table === undefined || !tables.has(table)) return one;
    return { ...one, input: [`${table}.wide`, ...rest] };
  });
  return { ...graph, node: [...casts, ...node] };
}

function plainAttention(graph: Graph): Graph {
  if (!graph.node.some(isFused)) return graph;
  const width = widthOf(graph);
  const initializer = [...graph.initializer];
  const node = graph.node.flatMap((one) => {
    if (!isFused(one)) return [one];
    const heads = one.attribute.find(({ name }) => name === 'num_heads');
    if (heads?.type !== 2) throw new Error(`${one.name} does not say how many heads it has.`);
    const attention = new PlainAttention(present(one.output[0]), heads.i, width / heads.i);
    if (one.opType === 'Attention') attention.ofOneProduct(one.input);
    else attention.of(one.input.slice(0, 3), one.input[5] ?? '');
    initializer.push(...attention.constants);
    return attention.nodes;
  });
  return { ...graph, node, initializer };
}

/** Width of the values between the layers, by the layer norms. */
function widthOf({ node, initializer }: Graph): number {
  const norm = node.find(({ opType }) => opType === 'LayerNormalization');
  const weight = initializer.find(({ name }) => name === norm?.input[1]);
  const width = weight?.dims[0];
  if (width === undefined) throw new Error('The graph has no layer norm whose weight says how wide it is.');
  return width;
}

class PlainAttention {
  readonly nodes: NodeMessage[] = [];
  readonly constants: TensorMessage[] = [];

  readonly #name: string;
  readonly #heads: number;
  readonly #headWidth: number;

  constructor(name: string, heads: number, headWidth: number) {
    this.#name = name;
    this.#heads = heads;
    this.#headWidth = headWidth;
  }

  /** Queries, keys and values of one product: input, weight [width, 3 width], bias [3 width]. */
  ofOneProduct([input, weight, bias]: readonly string[]): void {
    const product = this.#add('product', 'MatMul', [present(input), present(weight)]);
    const qkv = this.#add('qkv', 'Add', [product, present(bias)]);
    const parts = ['q', 'k', 'v'].map((part) => this.#part(part));
    this.nodes.push(nodeOf('Split', [qkv], parts, [{ name: 'axis', type: 2, i: 2 }]));
    this.of(parts, '');
  }

  /** @param bias added to the scores, '' for none */
  of([q, k, v]: readonly string[], bias: string): void {
    const scaled = this.#add('scaled', 'Mul', [present(q), this.#scale()]);
    const scores = this.#add('scores', 'MatMul', [
      this.#byHead('queries', scaled, [0, 2, 1, 3]),
      this.#byHead('keys', present(k), [0, 2, 3, 1]),
    ]);
    const biased = bias === '' ? scores : this.#add('biased', 'Add', [scores, bias]);
    const weights = this.#add('weights', 'Softmax', [biased], [{ name: 'axis', type: 2, i: -1 }]);
    const mixed = this.#add('mixed', 'MatMul', [weights, this.#byHead('values', present(v), [0, 2, 1, 3])]);
    const turned = this.#add('joined', 'Transpose', [mixed], [{ name: 'perm', type: 7, ints: [0, 2, 1, 3] }]);
    this.nodes.push(
      nodeOf('Reshape', [turned, this.#shape('flat', [0, 0, this.#heads * this.#headWidth])], [this.#name]),
    );
  }

  /** [sequences, tokens, width] as [sequences, tokens, heads, head width], its dimensions in the order of `perm`. */
  #byHead(name: string, value: string, perm: readonly number[]): string {
    const shape = this.#shape(`${name}.shape`, [0, 0, this.#heads, this.#headWidth]);
    const cut = this.#add(`${name}.cut`, 'Reshape', [value, shape]);
    return this.#add(name, 'Transpose', [cut], [{ name: 'perm', type: 7, ints: perm }]);
  }

  #add(part: string, opType: string, input: readonly string[], attribute: readonly AttributeMessage[] = []) {
    const output = this.#part(part);
    this.nodes.push(nodeOf(opType, input, [output], attribute));
    return output;
  }

  #scale(): string {
    const values = Float32Array.of(1 / Math.sqrt(this.#headWidth));
    return this.#constant('scale', 'float32', [], new Uint8Array(values.buffer));
  }

  /** A shape; 0 leaves a dimension as it is. */
  #shape(part: string, dims: readonly number[]): string {
    const values = BigInt64Array.from(dims, BigInt);
    return this.#constant(part, 'int64', [dims.length], new Uint8Array(values.buffer));
  }

  #constant(part: string, type: 'float32' | 'int64', dims: readonly number[], rawData: Uint8Array): string {
    const name = this.#part(part);
    this.constants.push({ name, dims, dataType: ELEMENT[type], rawData });
    return name;
  }

  #part(part: string): string {
    return `${this.#name}.plain.${part}`;
  }
}

function nodeOf(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attribute: readonly AttributeMessage[] = [],
): NodeMessage {
  return { name: present(output[0]), opType, domain: '', input, output, attribute };
}
