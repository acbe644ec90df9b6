import { InferenceSession, Tensor } from 'onnxruntime-node';
import { present } from '../../../domain/present.js';
import { encodeModel } from '../graph/onnx-proto.js';

/** Multiplies two matrices of values; plain loops would take minutes for a large model's layers. */
export class SmallProduct {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** @param providers execution providers of ONNX Runtime, by preference */
  static async open(providers: readonly string[] = ['cpu']): Promise<SmallProduct> {
    const dim = [{ dimParam: 'rows' }, { dimParam: 'columns' }];
    const value = (name: string) => ({ name, type: { tensorType: { elemType: 1, shape: { dim } } } });
    const free = (name: string, a: string, b: string) => ({
      ...{ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: a }, { dimParam: b }] } } } },
    });
    const graph = encodeModel({
      irVersion: 8,
      producerName: 'streetdex',
      opsetImport: [{ domain: '', version: 17 }],
      graph: {
        name: 'product',
        node: [
          // The processor's runtime fuses the two into one operator; a card has no such operator.
          {
            ...{ name: 't', opType: 'Transpose', domain: '', input: ['w'], output: ['t'] },
            attribute: [{ name: 'perm', type: 7, ints: [1, 0] }],
          },
          { name: 'y', opType: 'MatMul', domain: '', input: ['x', 't'], output: ['y'], attribute: [] },
        ],
        initializer: [],
        input: [value('x'), free('w', 'outputs', 'columns')],
        output: [free('y', 'rows', 'outputs')],
      },
    });
    const options = { executionProviders: [...providers], logSeverityLevel: 3 } as const;
    return new SmallProduct(await InferenceSession.create(graph, options));
  }

  /** x [rows, inputs] · wᵀ of [outputs, inputs]: [rows, outputs]. */
  async times(x: Float32Array, w: Float32Array, inputs: number): Promise<Float32Array> {
    const feeds = {
      x: new Tensor('float32', x, [x.length / inputs, inputs]),
      w: new Tensor('float32', w, [w.length / inputs, inputs]),
    };
    const { y } = await this.#session.run(feeds);
    // A product of float32 matrices.
    return present(y).data as Float32Array;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}
