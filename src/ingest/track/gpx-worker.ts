import { parentPort, workerData } from 'node:worker_threads';
import { sendError } from '../../domain/sent-error.js';
import { parseGpx } from './parse-gpx.js';
import type { GpxReply } from './read-gpx.js';

const reply: GpxReply = await parseGpx(workerData as string).then(
  (track) => ({ track }),
  (error: unknown) => ({ error: sendError(error) }),
);
parentPort?.postMessage(reply);
