import { Worker } from 'node:worker_threads';
import { workerFile } from '../../config/package-root.js';
import { fault } from '../../domain/errors.js';
import { receiveError } from '../../domain/sent-error.js';
import type { CountryMean } from '../summaries.js';
import type { FollowerState, WorkerCalls, WorkerReply, WorkerSetup } from './worker-messages.js';

export type SearchCalls = Pick<WorkerCalls, 'open' | 'neighbours' | 'meansWithout' | 'sync'>;

/** Who searches for a reader. */
export interface Searcher {
  call<Name extends keyof SearchCalls>(call: Name, argument: SearchCalls[Name][0]): Promise<SearchCalls[Name][1]>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The near side of a graph worker. The worker keeps the process alive only while a call waits. One that dies fails the
 * calls that waited for it (`graph_worker_died`); the next call starts another.
 */
export class GraphClient {
  readonly #setup: WorkerSetup;
  readonly #onState: (state: FollowerState, means: readonly CountryMean[] | undefined) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #numbers = 0;
  #closed = false;

  constructor(
    setup: WorkerSetup,
    onState: (state: FollowerState, means: readonly CountryMean[] | undefined) => void = () => {},
  ) {
    this.#setup = setup;
    this.#onState = onState;
  }

  async call<Name extends keyof WorkerCalls>(
    call: Name,
    argument: WorkerCalls[Name][0],
  ): Promise<WorkerCalls[Name][1]> {
    if (this.#closed) throw fault('index_closed', 'The index was closed while it was still in use.');
    if (this.#worker === null && this.#setup.role === 'follow' && call !== 'open') await this.#reopen();
    return this.#send(call, argument);
  }

  /** Starts the worker before the first call. */
  start(): void {
    this.#worker ??= this.#spawn();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const worker = this.#worker;
    if (worker === null) return;
    await this.#send('close', undefined).catch(() => undefined);
    this.#worker = null;
    await worker.terminate();
    this.#failAll(fault('index_closed', 'The index was closed while it was still in use.'));
  }

  /** A worker that can't open the index is of no use to later calls: the next one starts another. */
  async #reopen(): Promise<void> {
    try {
      await this.#send('open', undefined);
    } catch (error) {
      const worker = this.#worker;
      this.#worker = null;
      await worker?.terminate();
      this.#failAll(error);
      throw error;
    }
  }

  #send<Name extends keyof WorkerCalls>(call: Name, argument: WorkerCalls[Name][0]): Promise<WorkerCalls[Name][1]> {
    this.#worker ??= this.#spawn();
    const worker = this.#worker;
    const number = ++this.#numbers;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      worker.ref();
      worker.postMessage({ number, call, argument });
    });
  }

  #spawn(): Worker {
    const worker = new Worker(workerFile('references/embedded/graph-worker'), { workerData: this.#setup });
    worker.unref();
    worker.on('message', (reply: WorkerReply) => this.#receive(reply, worker));
    let failure: unknown = null;
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      const because = failure instanceof Error ? `: ${failure.message}` : '';
      this.#failAll(
        fault('graph_worker_died', `The thread that searches the index ended${because}.`, { cause: failure }),
      );
    });
    return worker;
  }

  #receive(reply: WorkerReply, worker: Worker): void {
    if ('state' in reply) {
      this.#onState(reply.state, reply.means);
      return;
    }
    const waiting = this.#waiting.get(reply.number);
    this.#waiting.delete(reply.number);
    if (this.#waiting.size === 0) worker.unref();
    if ('error' in reply) waiting?.reject(receiveError(reply.error));
    else waiting?.resolve(reply.result as never);
  }

  #failAll(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
