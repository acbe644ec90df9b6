import { Worker } from 'node:worker_threads';
import { workerFile } from '../../config/package-root.js';
import { fault } from '../../domain/errors.js';
import { restartPauseMs } from '../../domain/restart-pause.js';
import { receiveError } from '../../domain/sent-error.js';
import type { CountryMean } from '../summaries.js';
import type { FollowerState, WorkerCalls, WorkerReply, WorkerSetup } from './worker-messages.js';

export type SearchCalls = Pick<WorkerCalls, 'open' | 'neighbours' | 'meansWithout' | 'sync'>;

/** What answers a reader's searches. */
export interface Searcher {
  /** Why searches fail now (what can't be kept alive), in a sentence; null where they can be answered. */
  problem(): string | null;
  call<Name extends keyof SearchCalls>(call: Name, argument: SearchCalls[Name][0]): Promise<SearchCalls[Name][1]>;
  close(): Promise<void>;
}

/**
 * Pause before a worker that ended again is restarted; it doubles each time, since opening a large index takes a whole core.
 */
const PAUSES = { firstMs: 250, mostMs: 30_000 } as const;
/** After so many ends in a row without an answer between, the index counts as unable to search. */
const ENDS_MAX = 3;

interface Waiting {
  readonly call: keyof WorkerCalls;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * This thread's side of a graph worker. The worker keeps the process alive only while a call waits. One that dies fails the
 * calls that waited for it (`graph_worker_died`) and is replaced: at once, then after pauses. Calls that come in such a pause
 * are refused with the same code.
 */
export class GraphClient {
  readonly #setup: WorkerSetup;
  readonly #onState: (state: FollowerState, means: readonly CountryMean[] | undefined) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #numbers = 0;
  #closed = false;
  /** How often the worker ended, or could not open the index, since it last answered. */
  #ends = 0;
  #lastEnd = '';
  #opening: Promise<void> | null = null;
  #again: NodeJS.Timeout | undefined;

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
    if (this.#setup.role === 'follow' && call !== 'open') {
      if (this.#worker === null && this.#again !== undefined && this.#ends > 1) throw this.#died();
      if (this.#worker === null || this.#opening !== null) await this.#reopen();
    }
    return this.#send(call, argument);
  }

  problem(): string | null {
    const isAlive = this.#worker !== null && this.#opening === null;
    return isAlive || this.#ends < ENDS_MAX ? null : this.#died().message;
  }

  /** Starts the worker before the first call. */
  start(): void {
    this.#worker ??= this.#spawn();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#again);
    const worker = this.#worker;
    if (worker === null) return;
    await this.#send('close', undefined).catch(() => undefined);
    this.#worker = null;
    await worker.terminate();
    this.#failAll(fault('index_closed', 'The index was closed while it was still in use.'));
  }

  /** One restart, shared by all calls that wait for it. */
  #reopen(): Promise<void> {
    clearTimeout(this.#again);
    this.#again = undefined;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** A worker that can't open the index is dropped: the next call starts another. */
  async #open(): Promise<void> {
    try {
      await this.#send('open', undefined);
    } catch (error) {
      const worker = this.#worker;
      this.#worker = null;
      await worker?.terminate();
      this.#failAll(error);
      // A worker that died while opening was counted already.
      if (worker !== null) this.#ended((error as Error).message);
      throw error;
    }
  }

  /** Schedules the next worker of a reader; a writer's is started by its next call. */
  #ended(reason: string): void {
    this.#ends++;
    this.#lastEnd = reason;
    if (this.#closed || this.#setup.role !== 'follow') return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.#reopen().catch(() => undefined), this.#pauseMs()).unref();
  }

  #pauseMs(): number {
    return restartPauseMs(this.#ends, PAUSES);
  }

  #died() {
    const because = this.#lastEnd === '' ? '' : `: ${this.#lastEnd}`;
    return fault('graph_worker_died', `The thread that searches the index ended${because.replace(/\.$/, '')}.`, {
      retryAfterS: Math.ceil(this.#pauseMs() / 1000),
    });
  }

  #send<Name extends keyof WorkerCalls>(call: Name, argument: WorkerCalls[Name][0]): Promise<WorkerCalls[Name][1]> {
    this.#worker ??= this.#spawn();
    const worker = this.#worker;
    const number = ++this.#numbers;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { call, resolve, reject });
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
      this.#ended(failure instanceof Error ? failure.message : '');
      this.#failAll(this.#died());
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
    else {
      if (waiting?.call !== 'open') this.#ends = 0;
      // By its number it answers the call that waits.
      waiting?.resolve(reply.result as never);
    }
  }

  #failAll(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
