import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { present } from '../domain/present.js';
import { sendError } from '../domain/sent-error.js';
import type { Answer, Order } from './worker-message.js';

export interface Answered<Result> {
  readonly result: Result;
  /** Buffers of the result that are transferred rather than copied. */
  readonly transfer?: readonly ArrayBuffer[];
}

export interface JobServer<Job, Result> {
  /** Answers jobs, in their order; several at once only where `together` allows it. */
  readonly answer: (jobs: readonly Job[]) => Promise<readonly Answered<Result>[]>;
  /** Which jobs of the inbox may be answered together, and how many at most. */
  readonly together?: { readonly most: number; readonly suit: (first: Job, other: Job) => boolean };
  readonly close: () => Promise<void>;
}

/** The body of a worker thread: starts, reports that it is ready, answers jobs in order, and ends when asked. */
export async function serveJobs<Job, Result>(start: () => Promise<JobServer<Job, Result>>): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('This file is the body of a worker thread and does nothing by itself.');
  const send = (message: Answer<Result>, transfer: readonly ArrayBuffer[] = []) =>
    port.postMessage(message, [...transfer]);
  const inbox: Order<Job>[] = [];
  let working = false;
  try {
    const server = await start();
    const { most, suit } = server.together ?? { most: 1, suit: () => false };
    port.on('message', (order: Order<Job>) => {
      inbox.push(order);
      if (!working) void work();
    });
    send({ ready: true, batch: most });

    async function work(): Promise<void> {
      working = true;
      for (let order = inbox.shift(); order !== undefined; order = inbox.shift()) {
        if (order === 'close') {
          await server.close();
          port?.close();
          return;
        }
        const batch = [order];
        for (let next = inbox[0]; batch.length < most && next !== undefined; next = inbox[0]) {
          if (next === 'close' || !suit(order.job, next.job)) break;
          inbox.shift();
          batch.push(next);
        }
        await answer(batch);
        // Messages that came while a run blocked this thread are read only in a turn of the event loop.
        if (most > 1) await setImmediate();
      }
      working = false;
    }

    async function answer(batch: readonly Exclude<Order<Job>, 'close'>[]): Promise<void> {
      try {
        const answered = await server.answer(batch.map(({ job }) => job));
        answered.forEach(({ result, transfer }, i) => {
          send({ id: present(batch[i]).id, result }, transfer);
        });
      } catch (error) {
        // A job that fails must not fail the others.
        if (batch.length > 1) for (const one of batch) await answer([one]);
        else send({ id: present(batch[0]).id, error: sendError(error) });
      }
    }
  } catch (error) {
    send({ ready: false, error: sendError(error) });
    port.close();
  }
}
