import { Worker } from 'node:worker_threads';
import { workerFile } from '../../config/package-root.js';
import { fault } from '../../domain/errors.js';
import { receiveError, type SentError } from '../../domain/sent-error.js';
import type { Track } from './parse-gpx.js';

export type GpxReply = { readonly track: Track } | { readonly error: SentError };

/** `parseGpx` in a thread of its own: a large file takes seconds, and may take more memory than there is. @throws the same (later) */
export function readGpx(file: string): Promise<Track> {
  return new Promise((resolve, reject) => {
    const failed = (reason: string) =>
      reject(fault('track_invalid', `Expected a GPX track in ${file}, but the thread that read it ended: ${reason}.`));
    const thread = new Worker(workerFile('ingest/track/gpx-worker'), { workerData: file });
    thread.once('message', (reply: GpxReply) => {
      if ('error' in reply) reject(receiveError(reply.error));
      else resolve(reply.track);
    });
    thread.once('error', (error) => failed(error.message.replace(/\.$/, '')));
    thread.once('exit', (code) => failed(`exit code ${code}`));
  });
}
