import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from './import/graph/onnx-proto.js';

/**
 * What a device does to one product of two matrices, beside the processor. It runs in a process of its own, which a driver
 * may crash or fill the standard error of; the last line it writes is this, as JSON.
 */
export interface DeviceTrial {
  /** The shortest of a few runs, with the way of the matrices to the device and back. */
  readonly deviceMs: number;
  readonly processorMs: number;
  /** The largest difference between the two, as a share of the largest value. */
  readonly difference: number;
}

/** Sides of the matrices. The larger one tells cards and processors apart; a software driver takes seconds for it. */
const SIDES = [512, 1024];
/** A device that takes so many times longer for the smaller one is not asked for the larger one. */
const HOPELESS = 20;

const provider = process.argv[2] as string;
const [device, processor] = [await open([provider, 'cpu']), await open(['cpu'])];
let trial: DeviceTrial | undefined;
for (const side of SIDES) {
  const values = Float32Array.from({ length: side * side }, (_, i) => Math.sin(i * 0.37));
  const [here, there] = [await time(processor, values, side), await time(device, values, side)];
  const largest = here.product.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const apart = here.product.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (there.product[i] as number))),
    0,
  );
  trial = { deviceMs: there.ms, processorMs: here.ms, difference: apart / largest };
  if (there.ms > HOPELESS * here.ms) break;
}
process.stdout.write(`${JSON.stringify(trial)}\n`);

async function open(providers: readonly string[]): Promise<InferenceSession> {
  const matrix = (name: string, rows: string, columns: string) => ({
    ...{ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: rows }, { dimParam: columns }] } } } },
  });
  const graph = encodeModel({
    irVersion: 8,
    producerName: 'streetdex',
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'product',
      node: [{ name: 'c', opType: 'MatMul', domain: '', input: ['a', 'b'], output: ['c'], attribute: [] }],
      initializer: [],
      input: [matrix('a', 'n', 'k'), matrix('b', 'k', 'm')],
      output: [matrix('c', 'n', 'm')],
    },
  });
  return InferenceSession.create(graph, { executionProviders: [...providers], logSeverityLevel: 4 });
}

/** The first run compiles. */
async function time(session: InferenceSession, values: Float32Array, side: number) {
  let ms = Number.POSITIVE_INFINITY;
  let product = new Float32Array();
  for (let run = 0; run < 4; run++) {
    const feeds = { a: new Tensor('float32', values, [side, side]), b: new Tensor('float32', values, [side, side]) };
    const started = performance.now();
    const { c } = await session.run(feeds);
    product = Float32Array.from((c as Tensor).data as Float32Array);
    if (run > 0) ms = Math.min(ms, performance.now() - started);
  }
  return { ms, product };
}
