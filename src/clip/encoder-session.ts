import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';

/**
 * How both towers are opened wherever they run: so that what `model add` measures is what the encoder gives.
 * @param threads 0 means all cores
 * @param provider an execution provider of ONNX Runtime; what it can't do runs on the processor
 */
export function sessionOptions(threads: number, provider = 'cpu'): InferenceSession.SessionOptions {
  return {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    intraOpNumThreads: threads || availableParallelism(),
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Threads that spin between two operators take the cores from the decoders: beside other work they doubled the CPU
    // time of a picture and tripled its wall time, and on idle cores gained little.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}
