import { fault, type StreetdexError } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { receiveError } from '../domain/sent-error.js';
import { type JobRunner, startProcess, startThread } from './job-runner.js';
import type { Answer, Order } from './worker-message.js';

const CODES = {
  encoder: { busy: 'encoder_busy', closed: 'encoder_closed', crashed: 'encoder_crashed' },
  decoder: { busy: 'decoder_busy', closed: 'decoder_closed', crashed: 'decoder_crashed' },
} as const;

export interface PoolOptions {
  /** Path of the built worker. */
  readonly file: string;
  readonly workerData: unknown;
  readonly workers: number;
  /** Each worker in a process of its own, since what it does may crash one: `workerData` and jobs are copied to it. */
  readonly inProcesses?: boolean;
  /** Batches given to one worker at a time: with 2, the next lies in its inbox when it finishes one. */
  readonly ahead: number;
  /** Jobs that may wait for a worker before a caller that does not wait is refused. */
  readonly queueMax: number;
  /** For messages and codes. */
  readonly what: keyof typeof CODES;
  /** A worker ended unexpectedly and another is started in its place. */
  readonly onRestart?: (reason: string) => void;
}

export interface RunOptions {
  /**
   * Wait for a place in the queue in place of being refused. Who doesn't wait so is a lone caller that wants an answer now:
   * its job goes ahead of those of who waits, such as an ingest.
   */
  readonly wait?: boolean;
  /** Buffers of the job that are handed over, not copied: they are empty for the caller from then on. */
  readonly handOver?: readonly ArrayBuffer[];
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
  worker: JobRunner;
  /** Jobs that it answers together. */
  batch: number;
  /** By id, in the order of sending: the first is the one in hand. */
  readonly sent: Map<number, Pending<Job, Result>>;
  /** Whether a job has succeeded since the start: a worker that has crashed is started again only then, or once. */
  proven: boolean;
  restarted: boolean;
}

/** Threads, or processes, that answer jobs in the order in which they come, with a bounded queue before them. */
export class WorkerPool<Job, Result> {
  readonly #slots: Slot<Job, Result>[] = [];
  readonly #queue: Pending<Job, Result>[] = [];
  #nextId = 1;
  #closed: Promise<void> | null = null;
  #broken: StreetdexError | null = null;
  #drained: (() => void) | null = null;
  /** Mean time of a job in ms, recent ones counting more: only for the hint when to try again. */
  #meanMs = 50;
  #restarted = 0;

  readonly #options: PoolOptions;

  private constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Jobs that one worker answers together, as it said at its start. */
  get batch(): number {
    return this.#slots[0]?.batch ?? 1;
  }

  /** How many workers ended unexpectedly and were started again. */
  get restarts(): number {
    return this.#restarted;
  }

  /** Resolves when every worker has said that it is ready; rejects with what the first that failed said. */
  static async start<Job, Result>(options: PoolOptions): Promise<WorkerPool<Job, Result>> {
    const pool = new WorkerPool<Job, Result>(options);
    const starts = Array.from({ length: options.workers }, () => pool.#startWorker());
    try {
      const workers = await Promise.all(starts);
      for (const started of workers) pool.#addSlot(started);
      return pool;
    } catch (error) {
      for (const start of await Promise.allSettled(starts)) {
        if (start.status === 'fulfilled') start.value.worker.kill();
      }
      throw error;
    }
  }

  /** @throws `<what>_busy` (later) when the queue is full and `wait` is not asked for, `<what>_closed`, `<what>_crashed` */
  run(job: Job, options: RunOptions = {}): Promise<Result> {
    const { what, queueMax } = this.#options;
    if (this.#closed !== null)
      return Promise.reject(fault(CODES[what].closed, `The ${what} is closed and takes no more work.`));
    if (this.#broken !== null) return Promise.reject(this.#broken);
    if (options.wait !== true && this.#queue.length >= queueMax) return Promise.reject(this.#busy());
    return new Promise((resolve, reject) => {
      const patient = options.wait === true;
      const pending = { job, handOver: options.handOver ?? [], patient, resolve, reject, sentMs: 0 };
      const before = patient ? -1 : this.#queue.findIndex((other) => other.patient);
      if (before < 0) this.#queue.push(pending);
      else this.#queue.splice(before, 0, pending);
      this.#dispatch();
    });
  }

  /** Finishes what has been taken on, then ends the workers. */
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
    await Promise.all(this.#slots.map(({ worker }) => endWorker(worker)));
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

  #startWorker(): Promise<Pick<Slot<Job, Result>, 'worker' | 'batch'>> {
    const { file, workerData, inProcesses } = this.#options;
    return new Promise((resolve, reject) => {
      const worker = inProcesses === true ? startProcess(file, workerData) : startThread(file, workerData);
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

  #addSlot(started: Pick<Slot<Job, Result>, 'worker' | 'batch'>): void {
    const slot: Slot<Job, Result> = { ...started, sent: new Map(), proven: false, restarted: false };
    this.#slots.push(slot);
    this.#listen(slot);
  }

  #listen(slot: Slot<Job, Result>): void {
    slot.worker.listen({
      message: (answer) => this.#receive(slot, answer as Answer<Result>),
      ended: (reason) => {
        if (this.#closed === null || slot.sent.size > 0) void this.#recover(slot, reason);
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
      slot.proven = true;
      pending.resolve(answer.result);
    }
    this.#dispatch();
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      while (slot.sent.size < this.#options.ahead * slot.batch && this.#queue.length > 0) {
        const pending = present(this.#queue.shift());
        const id = this.#nextId++;
        pending.sentMs = performance.now();
        slot.sent.set(id, pending);
        slot.worker.send({ id, job: pending.job } satisfies Order<Job>, pending.handOver);
      }
    }
    if (this.#drained !== null && this.#waiting() === 0) this.#drained();
  }

  #crash(reason: unknown): StreetdexError {
    const { what } = this.#options;
    const why = reason instanceof Error ? reason.message : String(reason);
    const worker = this.#options.inProcesses === true ? 'process' : 'thread';
    return fault(CODES[what].crashed, `The ${what}'s ${worker} ended unexpectedly (${why}).`, { cause: reason });
  }

  /**
   * The job in hand is lost and says so, and so are those whose buffers went with the thread; the others behind it go back
   * to the head of the queue, and another thread is started.
   */
  async #recover(slot: Slot<Job, Result>, reason: unknown): Promise<void> {
    const [inHand, ...behind] = slot.sent.values();
    slot.sent.clear();
    this.#queue.unshift(...behind.filter(({ handOver }) => handOver.length === 0));
    inHand?.reject(this.#crash(reason));
    for (const pending of behind) if (pending.handOver.length > 0) pending.reject(this.#crash(reason));
    try {
      if (slot.restarted && !slot.proven) throw this.#crash(reason);
      slot.restarted = true;
      slot.proven = false;
      this.#slots.splice(this.#slots.indexOf(slot), 1);
      this.#restarted++;
      this.#options.onRestart?.(reason instanceof Error ? reason.message : String(reason));
      Object.assign(slot, await this.#startWorker());
      if (this.#closed !== null && this.#waiting() === 0) return await endWorker(slot.worker);
      this.#slots.push(slot);
      this.#listen(slot);
      this.#dispatch();
    } catch (error) {
      this.#fail(error as StreetdexError);
    }
  }

  #fail(error: StreetdexError): void {
    this.#broken = error;
    for (const pending of this.#queue.splice(0)) pending.reject(error);
    this.#dispatch();
  }
}

/** Asks first: a thread that is stopped while it holds native sessions can take the process with it. */
async function endWorker(worker: JobRunner): Promise<void> {
  if (worker.hasEnded) return;
  const ended = new Promise<void>((resolve) => worker.listen({ message: () => {}, ended: () => resolve() }));
  worker.send('close' satisfies Order<never>, []);
  const timer = setTimeout(() => worker.kill(), 10_000);
  await ended;
  clearTimeout(timer);
}
