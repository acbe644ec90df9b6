import { setTimeout as wait } from 'node:timers/promises';
import { fault, type StreetdexError } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { restartPauseMs } from '../domain/restart-pause.js';
import { receiveError } from '../domain/sent-error.js';
import { type JobRunner, startProcess, startThread } from './job-runner.js';
import type { Answer, Order } from './worker-message.js';

const CODES = {
  encoder: { busy: 'encoder_busy', closed: 'encoder_closed', crashed: 'encoder_crashed', down: 'encoder_down' },
  decoder: { busy: 'decoder_busy', closed: 'decoder_closed', crashed: 'decoder_crashed', down: 'decoder_down' },
} as const;

/**
 * A worker that ends is replaced at once. If it ends repeatedly without a job that succeeded between, the pause before it is
 * replaced doubles, so that it takes no core from working ones.
 */
const PAUSES = { firstMs: 100, mostMs: 10_000 } as const;
/** After so many ends in a row a worker counts as one that can't be kept alive. */
const ENDS_MAX = 3;
/** At most so many kinds of jobs are remembered that workers ended on. */
const KINDS_MAX = 8;

export interface PoolOptions {
  /** Path of the built worker. */
  readonly file: string;
  readonly workerData: unknown;
  readonly workers: number;
  /** Runs each worker in a process of its own, since it may crash: `workerData` and jobs are copied to it. */
  readonly inProcesses?: boolean;
  /** Batches that a worker holds at a time: with 2, the next is in its inbox when it finishes one. */
  readonly ahead: number;
  /** At most so many jobs of callers that do not `wait` are queued; a further one is refused. */
  readonly queueMax: number;
  /** For messages and codes. */
  readonly what: keyof typeof CODES;
  /** Called when a worker ended unexpectedly and another is started. */
  readonly onRestart?: (reason: string) => void;
  /** Data for one worker beside `workerData`, and what to do once it has ended. */
  readonly perWorker?: () => { readonly data: object; readonly gone: () => void };
  /** A job's kind in a word, for messages about a worker that ended on it. */
  readonly kindOf?: (job: never) => string;
  /** First pause before a worker is restarted; shorter in tests. */
  readonly pauseMs?: number;
}

/** Health of a pool. */
export interface PoolHealth {
  /** False while none of its workers can be kept alive. */
  readonly alive: boolean;
  /** What is wrong, in a sentence; null while it is alive. */
  readonly problem: string | null;
}

export interface RunOptions {
  /**
   * Waits for a place in the queue instead of being refused. A caller without it wants an answer now: its job goes ahead of
   * those that wait, such as an ingest's.
   */
  readonly wait?: boolean;
  /** Buffers of the job that are transferred rather than copied: they are empty for the caller afterwards. */
  readonly handOver?: readonly ArrayBuffer[];
  /** Aborted when nobody waits for the result any more: a queued job is dropped, one in work is finished. */
  readonly signal?: AbortSignal;
}

interface Pending<Job, Result> {
  readonly job: Job;
  readonly handOver: readonly ArrayBuffer[];
  readonly patient: boolean;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
  sentMs: number;
}

interface Slot<Job, Result> {
  /** null while it is being replaced. */
  worker: JobRunner | null;
  /** Jobs that it answers together. */
  batch: number;
  /** Jobs by id, in the order of sending: the first is in work. */
  readonly sent: Map<number, Pending<Job, Result>>;
  /** How often it ended, or did not start, since a job last succeeded. */
  ends: number;
}

/**
 * Threads or processes that answer jobs in order, behind a bounded queue. A worker that ends loses its job in work and is
 * replaced; while none can be kept alive, jobs are refused and `health` says so.
 */
export class WorkerPool<Job, Result> {
  readonly #slots: Slot<Job, Result>[] = [];
  readonly #queue: Pending<Job, Result>[] = [];
  readonly #replacing = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  /** By kind, how many jobs were in work when workers ended, since a job last succeeded. */
  readonly #endedUnder = new Map<string, number>();
  #nextId = 1;
  #closed: Promise<void> | null = null;
  #lastEnd: unknown = null;
  #drained: (() => void) | null = null;
  /** Moving average of a job's time in ms, for the hint when to try again. */
  #meanMs = 50;
  #restarted = 0;

  readonly #options: PoolOptions;

  private constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Jobs that one worker answers together. */
  get batch(): number {
    return this.#slots[0]?.batch ?? 1;
  }

  /** Number of workers that ended unexpectedly and were restarted. */
  get restarts(): number {
    return this.#restarted;
  }

  get health(): PoolHealth {
    return this.#isDown() ? { alive: false, problem: this.#down().message } : { alive: true, problem: null };
  }

  /** Resolves when every worker is ready; rejects with the error of the first that fails. */
  static async start<Job, Result>(options: PoolOptions): Promise<WorkerPool<Job, Result>> {
    const pool = new WorkerPool<Job, Result>(options);
    const starts = Array.from({ length: options.workers }, () => pool.#startWorker());
    try {
      for (const started of await Promise.all(starts)) {
        const slot = { ...started, sent: new Map(), ends: 0 };
        pool.#slots.push(slot);
        pool.#listen(slot, started.worker);
      }
      return pool;
    } catch (error) {
      for (const start of await Promise.allSettled(starts)) {
        if (start.status === 'fulfilled') start.value.worker.kill();
      }
      throw error;
    }
  }

  /**
   * @throws `<what>_busy` (later) when the queue is full and `wait` is not set, `<what>_closed`, `<what>_crashed` for the job
   * that a worker ended under, `<what>_down` (later) while none can be kept alive, `interrupted` by its signal
   */
  run(job: Job, options: RunOptions = {}): Promise<Result> {
    const { what, queueMax } = this.#options;
    if (this.#closed !== null)
      return Promise.reject(fault(CODES[what].closed, `The ${what} is closed and takes no more work.`));
    if (this.#isDown()) return Promise.reject(this.#down());
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(this.#unwanted());
    // Jobs that wait for a place come after the others and do not count here.
    if (options.wait !== true && this.#queue.filter((one) => !one.patient).length >= queueMax)
      return Promise.reject(this.#busy());
    return new Promise((resolve, reject) => {
      const patient = options.wait === true;
      const drop = () => {
        const at = this.#queue.indexOf(pending);
        if (at === -1) return;
        this.#queue.splice(at, 1);
        reject(this.#unwanted());
        if (this.#drained !== null && this.#waiting() === 0) this.#drained();
      };
      const settled = () => signal?.removeEventListener('abort', drop);
      const pending: Pending<Job, Result> = {
        ...{ job, handOver: options.handOver ?? [], patient, sentMs: 0 },
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      signal?.addEventListener('abort', drop);
      const before = patient ? -1 : this.#queue.findIndex((other) => other.patient);
      if (before < 0) this.#queue.push(pending);
      else this.#queue.splice(before, 0, pending);
      this.#dispatch();
    });
  }

  /** Finishes all accepted jobs, then ends the workers. */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  async #drain(): Promise<void> {
    if (this.#waiting() > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    this.#stop.abort();
    await Promise.all([
      ...this.#replacing,
      ...this.#slots.flatMap(({ worker }) => (worker === null ? [] : [endWorker(worker)])),
    ]);
  }

  #waiting(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.sent.size, this.#queue.length);
  }

  #busy(): StreetdexError {
    const { what, workers } = this.#options;
    const waitS = Math.max(1, Math.ceil((this.#waiting() * this.#meanMs) / workers / 1000));
    return fault(
      CODES[what].busy,
      `The ${what} has ${this.#waiting()} jobs waiting and takes no more; try again in about ${waitS} s.`,
      { retryAfterS: waitS },
    );
  }

  #unwanted(): StreetdexError {
    return fault('interrupted', `Whoever waited for the ${this.#options.what} went away.`);
  }

  #isDown(): boolean {
    return this.#slots.every(({ worker, ends }) => worker === null && ends >= ENDS_MAX);
  }

  #down(): StreetdexError {
    const { what } = this.#options;
    const under = [...this.#endedUnder].map(([kind, times]) => `${kind} (${times})`).join(', ');
    const last = this.#lastEnd instanceof Error ? this.#lastEnd.message : String(this.#lastEnd);
    return fault(
      CODES[what].down,
      `Expected a ${this.#worker()} of the ${what} that stays alive, but each ends again: ${last.replace(/\.$/, '')}.${under === '' ? '' : ` What they had in hand: ${under}.`} Another is started by itself; try again in a moment.`,
      { retryAfterS: Math.ceil(this.#pauseMs(Math.min(...this.#slots.map(({ ends }) => ends))) / 1000) },
    );
  }

  #worker(): string {
    return this.#options.inProcesses === true ? 'process' : 'thread';
  }

  /** Pause before a worker that has ended so often is restarted. */
  #pauseMs(ends: number): number {
    return restartPauseMs(ends, { ...PAUSES, firstMs: this.#options.pauseMs ?? PAUSES.firstMs });
  }

  #startWorker(): Promise<{ readonly worker: JobRunner; readonly batch: number }> {
    const { file, workerData, inProcesses, perWorker } = this.#options;
    return new Promise((resolve, reject) => {
      const own = perWorker?.();
      const data = own === undefined ? workerData : { ...(workerData as object), ...own.data };
      const worker = inProcesses === true ? startProcess(file, data) : startThread(file, data, own?.gone);
      worker.listen({
        ended: (reason) => reject(this.#crash(reason)),
        message: (message) => {
          const answer = message as Answer<Result>;
          if (!('ready' in answer)) return;
          if (answer.ready) resolve({ worker, batch: answer.batch ?? 1 });
          else reject(receiveError(answer.error));
        },
      });
    });
  }

  #listen(slot: Slot<Job, Result>, worker: JobRunner): void {
    worker.listen({
      message: (answer) => this.#receive(slot, answer as Answer<Result>),
      ended: (reason) => {
        if (this.#closed === null || slot.sent.size > 0) this.#recover(slot, reason);
      },
    });
  }

  #receive(slot: Slot<Job, Result>, answer: Answer<Result>): void {
    if ('ready' in answer) return;
    const pending = slot.sent.get(answer.id);
    if (pending === undefined) return;
    slot.sent.delete(answer.id);
    const ahead = this.#options.ahead * slot.batch;
    this.#meanMs += 0.1 * ((performance.now() - pending.sentMs) / ahead - this.#meanMs);
    if ('error' in answer) pending.reject(receiveError(answer.error));
    else {
      slot.ends = 0;
      this.#endedUnder.clear();
      pending.resolve(answer.result);
    }
    this.#dispatch();
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      while (slot.worker !== null && slot.sent.size < this.#options.ahead * slot.batch && this.#queue.length > 0) {
        const pending = present(this.#queue.shift());
        const id = this.#nextId++;
        pending.sentMs = performance.now();
        slot.sent.set(id, pending);
        slot.worker.send({ id, job: pending.job } satisfies Order<Job>, pending.handOver);
      }
    }
    if (this.#drained !== null && this.#waiting() === 0) this.#drained();
  }

  #crash(reason: unknown, kind?: string): StreetdexError {
    const { what } = this.#options;
    const why = reason instanceof Error ? reason.message : String(reason);
    const under = kind === undefined ? '' : ` with ${kind} in hand`;
    return fault(CODES[what].crashed, `The ${what}'s ${this.#worker()} ended unexpectedly${under} (${why}).`, {
      cause: reason,
    });
  }

  /**
   * Fails the job in work, and those whose buffers went with the thread; the other jobs that it held go back to the head of the
   * queue, and another worker is started.
   */
  #recover(slot: Slot<Job, Result>, reason: unknown): void {
    const [inHand, ...behind] = slot.sent.values();
    slot.worker = null;
    slot.sent.clear();
    this.#queue.unshift(...behind.filter(({ handOver }) => handOver.length === 0));
    inHand?.reject(this.#crash(reason, this.#noteKind(inHand)));
    for (const pending of behind) if (pending.handOver.length > 0) pending.reject(this.#crash(reason));
    this.#restarted++;
    this.#lastEnd = reason;
    this.#options.onRestart?.(reason instanceof Error ? reason.message : String(reason));
    const replacing = this.#replace(slot).finally(() => this.#replacing.delete(replacing));
    this.#replacing.add(replacing);
    this.#dispatch();
  }

  #noteKind({ job }: Pending<Job, Result>): string | undefined {
    // The options are of a pool of these jobs.
    const kind = this.#options.kindOf?.(job as never);
    if (kind !== undefined && (this.#endedUnder.has(kind) || this.#endedUnder.size < KINDS_MAX))
      this.#endedUnder.set(kind, (this.#endedUnder.get(kind) ?? 0) + 1);
    return kind;
  }

  /** Tries until a worker starts, or the pool is closed. */
  async #replace(slot: Slot<Job, Result>): Promise<void> {
    const { signal } = this.#stop;
    slot.ends++;
    while (!signal.aborted) {
      if (this.#isDown()) for (const pending of this.#queue.splice(0)) pending.reject(this.#down());
      if (this.#drained !== null && this.#waiting() === 0) this.#drained();
      await wait(this.#pauseMs(slot.ends), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const { worker, batch } = await this.#startWorker();
        if (signal.aborted) return await endWorker(worker);
        Object.assign(slot, { worker, batch });
        this.#listen(slot, worker);
        return this.#dispatch();
      } catch (error) {
        this.#lastEnd = error;
        slot.ends = Math.max(slot.ends + 1, ENDS_MAX);
      }
    }
  }
}

/** Asks it to end first: stopping a thread that holds native sessions can end the process. */
async function endWorker(worker: JobRunner): Promise<void> {
  if (worker.hasEnded) return;
  const ended = new Promise<void>((resolve) => worker.listen({ message: () => {}, ended: () => resolve() }));
  worker.send('close' satisfies Order<never>, []);
  const timer = setTimeout(() => worker.kill(), 10_000);
  await ended;
  clearTimeout(timer);
}
