// What this processor's arithmetic gives at most through the runtime: MAC a second of one large product, float32 and int8
// (bytes times signed bytes, as the int8 graphs have it). The shapes are those that come out highest on what was tried.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sessionOptions } from '../dist/clip/encoder-session.js';
import { encodeModel } from '../dist/clip/import/graph/onnx-proto.js';

type Shape = readonly [rows: number, inputs: number, outputs: number];

const SHAPES: readonly Shape[] = [
  [2048, 2048, 2048],
  [1024, 4096, 1024],
];

/** @returns for `float32` and `int8` a function that measures once: the highest MAC a second over the shapes */
export async function arithmeticLimits(threads: number) {
  const limitOf = async (type: 'float32' | 'int8') => {
    const products: (() => Promise<number>)[] = [];
    for (const shape of SHAPES) products.push(await openProduct(type, shape, threads));
    return async () => {
      const rates: number[] = [];
      for (const product of products) rates.push(await product());
      return Math.max(...rates);
    };
  };
  return { float32: await limitOf('float32'), int8: await limitOf('int8') };
}

async function openProduct(type: 'float32' | 'int8', [rows, inputs, outputs]: Shape, threads: number) {
  const isInt = type === 'int8';
  const weight = isInt
    ? Int8Array.from({ length: inputs * outputs }, (_, i) => ((i * 7919) % 255) - 127)
    : Float32Array.from({ length: inputs * outputs }, (_, i) => Math.sin(i));
  const value = (name: string, elemType: number, dims: number[]) => ({
    ...{ name, type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } } },
  });
  const graph = encodeModel({
    ...{ irVersion: 8, producerName: 'streetdex', opsetImport: [{ domain: '', version: 17 }] },
    graph: {
      name: 'product',
      node: [
        {
          ...{ name: 'y', opType: isInt ? 'MatMulInteger' : 'MatMul', domain: '' },
          ...{ input: ['x', 'w'], output: ['y'], attribute: [] },
        },
      ],
      initializer: [
        { name: 'w', dims: [inputs, outputs], dataType: isInt ? 3 : 1, rawData: new Uint8Array(weight.buffer) },
      ],
      input: [value('x', isInt ? 2 : 1, [rows, inputs])],
      output: [value('y', isInt ? 6 : 1, [rows, outputs])],
    },
  });
  const session = await InferenceSession.create(graph, sessionOptions(threads));
  const x = isInt
    ? new Tensor(
        'uint8',
        Uint8Array.from({ length: rows * inputs }, (_, i) => i % 251),
        [rows, inputs],
      )
    : new Tensor(
        'float32',
        Float32Array.from({ length: rows * inputs }, (_, i) => Math.cos(i)),
        [rows, inputs],
      );
  // The same memory for every result: to have it made anew takes as long as a tenth of the product.
  const y = isInt
    ? new Tensor('int32', new Int32Array(rows * outputs), [rows, outputs])
    : new Tensor('float32', new Float32Array(rows * outputs), [rows, outputs]);
  return async () => {
    let least = Number.POSITIVE_INFINITY;
    for (let spent = 0, runs = 0; runs < 3 || spent < 0.15; runs++) {
      const started = performance.now();
      await session.run({ x }, { y });
      const seconds = (performance.now() - started) / 1000;
      least = Math.min(least, seconds);
      spent += seconds;
    }
    return (rows * inputs * outputs) / least;
  };
}
