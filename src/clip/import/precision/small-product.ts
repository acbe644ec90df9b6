import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../graph/onnx-proto.js';

/** Products of two matrices that both come as values; plain loops would take minutes for a large model's layers. */
export class SmallProduct {
  private constructor(private readonly session: InferenceSession) {}

  static async open(): Promise<SmallProduct> {
    const dim = [{ dimParam: 'rows' }, { dimParam: 'columns' }];
    const value = (name: string) => ({ name, type: { tensorType: { elemType: 1, shape: { dim } } } });
    const free = (name: string, a: string, b: string) => ({
      ...{ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: a }, { dimParam: b }] } } } },
    });
    const graph = encodeModel({
      irVersion: 8,
      producerName: 'streetdex',
      opsetImport: [
        { domain: '', version: 17 },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name: 'product',
        node: [
          {
            ...{ name: 'y', opType: 'FusedMatMul', domain: 'com.microsoft', input: ['x', 'w'], output: ['y'] },
            attribute: [{ name: 'transB', type: 2, i: 1 }],
          },
        ],
        initializer: [],
        input: [value('x'), free('w', 'outputs', 'columns')],
        output: [free('y', 'rows', 'outputs')],
      },
    });
    return new SmallProduct(await InferenceSession.create(graph, { logSeverityLevel: 3 }));
  }

  /** x [rows, inputs] · wᵀ of [outputs, inputs]: [rows, outputs]. */
  async times(x: Float32Array, w: Float32Array, inputs: number): Promise<Float32Array> {
    const feeds = {
      x: new Tensor('float32', x, [x.length / inputs, inputs]),
      w: new Tensor('float32', w, [w.length / inputs, inputs]),
    };
    const { y } = await this.session.run(feeds);
    return (y as Tensor).data as Float32Array;
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}
