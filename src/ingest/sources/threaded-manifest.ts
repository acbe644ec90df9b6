import { Worker } from 'node:worker_threads';
import { workerFile } from '../../config/package-root.js';
import { fault } from '../../domain/errors.js';
import { receiveError, type SentError } from '../../domain/sent-error.js';
import type { SourceNotes } from './candidate.js';
import type { Manifest } from './manifest.js';
import type { ManifestRow } from './manifest-row.js';

/** What a thread is to read of a manifest. */
export interface ManifestTask {
  readonly file: string;
  /** `look`: whether it can be read, and the number of its rows. */
  readonly pass: 'look' | 'rows';
}

export type ManifestReply =
  | { readonly error: SentError }
  /** Of `look`. An error of the count alone comes when rows are counted. */
  | { readonly count: number | SentError }
  /** The next rows; the thread waits until it is asked for more. */
  | { readonly rows: readonly ManifestRow[] }
  | { readonly end: Pick<SourceNotes, 'notices' | 'skippedEntries'> };

/**
 * A manifest that is read in a thread of its own, once to look through it and once for its rows, so that parsing a large one
 * holds up nobody and its memory is given back. Rows come some hundreds at a time, as they are wanted.
 * @throws as `openManifest`
 */
export async function threadedManifest(file: string): Promise<Manifest> {
  const { count } = await lookThrough(file);
  return {
    file,
    async count() {
      if (typeof count !== 'number') throw receiveError(count);
      return count;
    },
    async *rows(notes) {
      const thread = start({ file, pass: 'rows' });
      try {
        for (;;) {
          const reply = await replyOf(thread, file);
          if ('end' in reply) {
            notes.notices.push(...reply.end.notices);
            notes.skippedEntries += reply.end.skippedEntries;
            return;
          }
          if (!('rows' in reply)) throw ended(file, 'it gave no rows');
          yield* reply.rows;
          thread.postMessage('more');
        }
      } finally {
        await thread.terminate();
      }
    },
  };
}

async function lookThrough(file: string): Promise<{ readonly count: number | SentError }> {
  const thread = start({ file, pass: 'look' });
  try {
    const reply = await replyOf(thread, file);
    if (!('count' in reply)) throw ended(file, 'it gave no count');
    return reply;
  } finally {
    await thread.terminate();
  }
}

const start = (task: ManifestTask) => new Worker(workerFile('ingest/sources/manifest-worker'), { workerData: task });

function replyOf(thread: Worker, file: string): Promise<Exclude<ManifestReply, { readonly error: SentError }>> {
  return new Promise((resolve, reject) => {
    const replied = (reply: ManifestReply) => {
      if ('error' in reply) settle(() => reject(receiveError(reply.error)));
      else settle(() => resolve(reply));
    };
    const failed = (error: Error) => settle(() => reject(ended(file, error.message.replace(/\.$/, ''))));
    const exited = (code: number) => settle(() => reject(ended(file, `exit code ${code}`)));
    const settle = (how: () => void) => {
      thread.off('message', replied).off('error', failed).off('exit', exited);
      how();
    };
    thread.on('message', replied).on('error', failed).on('exit', exited);
  });
}

function ended(file: string, reason: string) {
  return fault(
    'manifest_invalid',
    `Expected a JSON manifest in ${file}, but the thread that read it ended: ${reason}. Split it, or use CSV, which takes no such memory.`,
  );
}
