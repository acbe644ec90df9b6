import { parentPort } from 'node:worker_threads';
import { type Answer, type Order, sendError } from './worker-message.js';

export interface JobServer<Job, Result> {
  /** Answers one job; jobs come one after the other. `transfer`: buffers of the result that need no copy. */
  readonly answer: (job: Job) => Promise<{ readonly result: Result; readonly transfer?: readonly ArrayBuffer[] }>;
  readonly close: () => Promise<void>;
}

/** The body of a worker thread: starts, says so, answers jobs in the order in which they come, and ends when asked. */
export async function serveJobs<Job, Result>(start: () => Promise<JobServer<Job, Result>>): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('This file is the body of a worker thread and does nothing by itself.');
  const send = (message: Answer<Result>, transfer: readonly ArrayBuffer[] = []) =>
    port.postMessage(message, [...transfer]);
  try {
    const server = await start();
    let last: Promise<void> = Promise.resolve();
    port.on('message', (order: Order<Job>) => {
      last = last.then(async () => {
        if (order === 'close') {
          await server.close();
          port.close();
          return;
        }
        try {
          const { result, transfer } = await server.answer(order.job);
          send({ id: order.id, result }, transfer);
        } catch (error) {
          send({ id: order.id, error: sendError(error) });
        }
      });
    });
    send({ ready: true });
  } catch (error) {
    send({ ready: false, error: sendError(error) });
    port.close();
  }
}
