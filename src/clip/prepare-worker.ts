import { workerData } from 'node:worker_threads';
import { present } from '../domain/present.js';
import type { PreparedImage } from './clip-model.js';
import { type PrepareJob, type PrepareOptions, prepare } from './prepare.js';
import { serveJobs } from './serve-jobs.js';

const options = workerData as PrepareOptions;

void serveJobs<PrepareJob, PreparedImage>(async () => ({
  answer: async ([job]) => {
    const result = await prepare(present(job), options);
    return [{ result, transfer: [result.tensor.buffer as ArrayBuffer] }];
  },
  close: async () => {},
}));
