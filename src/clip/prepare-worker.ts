import { workerData } from 'node:worker_threads';
import { decodeImage, type RgbImage } from '../images/decode-image.js';
import type { PreparedImage } from './clip-model.js';
import { preprocess } from './preprocess.js';
import type { PreprocessConfig } from './preprocess-config.js';
import { serveJobs } from './serve-jobs.js';

export interface PrepareData {
  readonly preprocess: PreprocessConfig;
  readonly pixelsMax: number;
}

/** A file's bytes, or a picture that was decoded elsewhere. */
export type PrepareJob = Uint8Array | { readonly image: RgbImage; readonly decodeMs: number };

const data = workerData as PrepareData;

void serveJobs<PrepareJob, PreparedImage>(async () => ({
  answer: async (job) => {
    const { image, decodeMs } = job instanceof Uint8Array ? await decode(job) : job;
    const decoded = performance.now();
    const tensor = preprocess(image, data.preprocess);
    const finished = performance.now();
    return {
      result: {
        tensor,
        width: image.width,
        height: image.height,
        decodeMs,
        preprocessMs: finished - decoded,
      },
      transfer: [tensor.buffer as ArrayBuffer],
    };
  },
  close: async () => {},
}));

async function decode(bytes: Uint8Array): Promise<Exclude<PrepareJob, Uint8Array>> {
  const started = performance.now();
  const image = await decodeImage(bytes, { pixelsMax: data.pixelsMax });
  return { image, decodeMs: performance.now() - started };
}
