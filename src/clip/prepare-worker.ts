import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { workerData } from 'node:worker_threads';
import { present } from '../domain/present.js';
import { type DecodeMemoryPart, DecodeShare } from '../images/decode-memory.js';
import type { ToldFacts } from '../images/known-facts.js';
import type { PreparedImage } from './clip-model.js';
import { type FactsJob, type PrepareJob, type PrepareOptions, prepare, readFacts } from './prepare.js';
import { type Answered, serveJobs } from './serve-jobs.js';

/**
 * A decoded picture lies outside this thread's heap and is freed when its wrapper is collected, which a heap of a few megabytes
 * does not cause. After a picture larger than this the garbage collector is called, before its memory counts as free.
 */
const COLLECTED_BYTES_MIN = 8 * 2 ** 20;

const options = workerData as PrepareOptions & { readonly memory: DecodeMemoryPart };
const share = new DecodeShare(options.memory);

setFlagsFromString('--expose-gc');
// The function that the flag adds.
const collect = runInNewContext('gc') as () => void;

void serveJobs<PrepareJob | FactsJob, PreparedImage | ToldFacts>(async () => ({
  answer: async ([given]) => {
    const job = present(given);
    return [isOfFacts(job) ? { result: readFacts(job) } : await prepared(job)];
  },
  close: async () => {},
}));

function isOfFacts(job: PrepareJob | FactsJob): job is FactsJob {
  return 'of' in job;
}

async function prepared(job: PrepareJob): Promise<Answered<PreparedImage>> {
  try {
    const result = await prepare(job, options, share);
    if (result.width * result.height * 3 >= COLLECTED_BYTES_MIN) collect();
    return { result, transfer: [result.tensor.buffer as ArrayBuffer] };
  } finally {
    share.release();
  }
}
