import { workerData } from 'node:worker_threads';
import { decodeImage } from '../images/decode-image.js';
import type { PreparedImage } from './clip-model.js';
import { preprocess } from './preprocess.js';
import type { PreprocessConfig } from './preprocess-config.js';
import { serveJobs } from './serve-jobs.js';

export interface PrepareData {
  readonly preprocess: PreprocessConfig;
  readonly pixelsMax: number;
}

const data = workerData as PrepareData;

void serveJobs<Uint8Array, PreparedImage>(async () => ({
  answer: async (bytes) => {
    const started = performance.now();
    const image = await decodeImage(bytes, { pixelsMax: data.pixelsMax });
    const decoded = performance.now();
    const tensor = preprocess(image, data.preprocess);
    const finished = performance.now();
    return {
      result: {
        tensor,
        width: image.width,
        height: image.height,
        decodeMs: decoded - started,
        preprocessMs: finished - decoded,
      },
      transfer: [tensor.buffer as ArrayBuffer],
    };
  },
  close: async () => {},
}));
