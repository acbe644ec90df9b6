import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';

/**
 * Options of a session, the same for `model add` and the encoder, so that what is measured is what runs later.
 * @param threads 0 means all cores
 * @param provider an execution provider of ONNX Runtime; operators that it lacks run on the processor
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
