import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { StreetdexError } from '../../domain/errors.js';
import { sendError } from '../../domain/sent-error.js';
import { imageDamaged } from '../image-errors.js';
import { decodePrimary } from './decode-primary.js';
import type { HeicAnswer, HeicJob, HeicThreadData } from './heic-message.js';
import { isLibheif, type Libheif } from './libheif.js';

const data = workerData as HeicThreadData;
const loading = load();

parentPort?.on('message', async (job: HeicJob) => {
  const libheif = await loading;
  const answer: HeicAnswer = libheif === null ? { kind: 'unusable' } : decode(libheif, job);
  const transfer = answer.kind === 'decoded' ? [answer.image.data.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(answer, transfer);
});

async function load(): Promise<Libheif | null> {
  try {
    const { default: found } = (await import(pathToFileURL(data.libheif).href)) as { default: unknown };
    return isLibheif(found) ? found : null;
  } catch {
    return null;
  }
}

function decode(libheif: Libheif, { bytes, pixelsMax }: HeicJob): HeicAnswer {
  try {
    const image = decodePrimary(libheif, bytes, pixelsMax);
    return { kind: 'decoded', image, heapBytes: libheif.HEAPU8.length };
  } catch (error) {
    // The WebAssembly aborted, on a state that its authors thought impossible.
    const damaged = imageDamaged('HEIC', 'its contents make no sense to the decoder');
    return { kind: 'failed', error: sendError(error instanceof StreetdexError ? error : damaged) };
  }
}
