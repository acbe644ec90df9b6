import { Worker } from 'node:worker_threads';
import { later, ours, type StreetdexError } from '../domain/errors.js';
import { type Answer, type Order, receiveError } from './worker-message.js';

export interface PoolOptions {
  /** Path of the built worker. */
  readonly file: string;
  readonly workerData: unknown;
  readonly workers: number;
  /** Jobs given to one worker at a time: with 2, the next lies in its inbox when it finishes one. */
  readonly ahead: number;
  /** Jobs that may wait for a worker before a caller that does not wait is refused. */
  readonly queueMax: number;
  /** For messages and codes: `encoder` gives `encoder_busy`, `encoder_crashed`, `encoder_closed`. */
  readonly what: string;
}

export interface RunOptions {
  /** Wait for a place in the queue in place of being refused. */
  readonly wait?: boolean;
  /** Buffers of the job that are handed over, not copied: they are empty for the caller from then on. */
  readonly handOver?: readonly ArrayBuffer[];
}

interface Pending<Job, Result> {
  readonly job: Job;
  readonly handOver: readonly ArrayBuffer[];
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
  sentMs: number;
}

interface Slot<Job, Result> {
  worker: Worker;
  /** By id, in the order of sending: the first is the one in hand. */
  readonly sent: Map<number, Pending<Job, Result>>;
  /** Whether a job has succeeded since the start: a worker that has crashed is started again only then, or once. */
  proven: boolean;
  restarted: boolean;
}

/** Threads that answer jobs in the order in which they come, with a bounded queue before them. */
export class WorkerPool<Job, Result> {
  private readonly slots: Slot<Job, Result>[] = [];
  private readonly queue: Pending<Job, Result>[] = [];
  private nextId = 1;
  private closed: Promise<void> | null = null;
  private broken: StreetdexError | null = null;
  private drained: (() => void) | null = null;
  /** Mean time of a job in ms, recent ones counting more: only for the hint when to try again. */
  private meanMs = 50;

  private constructor(private readonly options: PoolOptions) {}

  /** Resolves when every thread has said that it is ready; rejects with what the first that failed said. */
  static async start<Job, Result>(options: PoolOptions): Promise<WorkerPool<Job, Result>> {
    const pool = new WorkerPool<Job, Result>(options);
    const starts = Array.from({ length: options.workers }, () => pool.startWorker());
    try {
      const workers = await Promise.all(starts);
      for (const worker of workers) pool.addSlot(worker);
      return pool;
    } catch (error) {
      for (const start of await Promise.allSettled(starts)) {
        if (start.status === 'fulfilled') await start.value.terminate();
      }
      throw error;
    }
  }

  /** @throws `<what>_busy` (later) when the queue is full and `wait` is not asked for, `<what>_closed`, `<what>_crashed` */
  run(job: Job, options: RunOptions = {}): Promise<Result> {
    const { what, queueMax } = this.options;
    if (this.closed !== null)
      return Promise.reject(ours(`${what}_closed`, `The ${what} is closed and takes no more work.`));
    if (this.broken !== null) return Promise.reject(this.broken);
    if (options.wait !== true && this.queue.length >= queueMax) return Promise.reject(this.busy());
    return new Promise((resolve, reject) => {
      this.queue.push({ job, handOver: options.handOver ?? [], resolve, reject, sentMs: 0 });
      this.dispatch();
    });
  }

  /** Finishes what has been taken on, then ends the threads. */
  close(): Promise<void> {
    this.closed ??= this.drain();
    return this.closed;
  }

  private async drain(): Promise<void> {
    if (this.waiting() > 0) {
      await new Promise<void>((resolve) => {
        this.drained = resolve;
      });
    }
    await Promise.all(this.slots.map(({ worker }) => endWorker(worker)));
  }

  private waiting(): number {
    return this.slots.reduce((sum, slot) => sum + slot.sent.size, this.queue.length);
  }

  private busy(): StreetdexError {
    const { what, workers } = this.options;
    const waitS = Math.max(1, Math.ceil((this.waiting() * this.meanMs) / workers / 1000));
    return later(
      `${what}_busy`,
      `The ${what} has ${this.waiting()} jobs waiting and takes no more; try again in about ${waitS} s.`,
      waitS,
    );
  }

  private startWorker(): Promise<Worker> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(this.options.file, { workerData: this.options.workerData });
      const fail = (error: unknown) => reject(this.crash(error));
      const exit = (code: number) => reject(this.crash(`it ended with code ${code}`));
      worker.once('error', fail);
      worker.once('exit', exit);
      worker.once('message', (answer: Answer<Result>) => {
        worker.off('error', fail);
        worker.off('exit', exit);
        if ('ready' in answer && !answer.ready) reject(receiveError(answer.error));
        else resolve(worker);
      });
    });
  }

  private addSlot(worker: Worker): void {
    const slot: Slot<Job, Result> = { worker, sent: new Map(), proven: false, restarted: false };
    this.slots.push(slot);
    this.listen(slot);
  }

  private listen(slot: Slot<Job, Result>): void {
    const { worker } = slot;
    let reason: unknown = null;
    worker.on('message', (answer: Answer<Result>) => this.receive(slot, answer));
    worker.on('error', (error) => {
      reason = error;
    });
    worker.on('exit', (code) => {
      if (this.closed === null || slot.sent.size > 0) this.recover(slot, reason ?? `it ended with code ${code}`);
    });
  }

  private receive(slot: Slot<Job, Result>, answer: Answer<Result>): void {
    if ('ready' in answer) return;
    const pending = slot.sent.get(answer.id);
    if (pending === undefined) return;
    slot.sent.delete(answer.id);
    this.meanMs += 0.1 * ((performance.now() - pending.sentMs) / this.options.ahead - this.meanMs);
    if ('error' in answer) pending.reject(receiveError(answer.error));
    else {
      slot.proven = true;
      pending.resolve(answer.result);
    }
    this.dispatch();
  }

  private dispatch(): void {
    for (const slot of this.slots) {
      while (slot.sent.size < this.options.ahead && this.queue.length > 0) {
        const pending = this.queue.shift() as Pending<Job, Result>;
        const id = this.nextId++;
        pending.sentMs = performance.now();
        slot.sent.set(id, pending);
        slot.worker.postMessage({ id, job: pending.job } satisfies Order<Job>, pending.handOver);
      }
    }
    if (this.drained !== null && this.waiting() === 0) this.drained();
  }

  private crash(reason: unknown): StreetdexError {
    const { what } = this.options;
    const why = reason instanceof Error ? reason.message : String(reason);
    return ours(`${what}_crashed`, `The ${what}'s thread ended unexpectedly (${why}).`, reason);
  }

  /**
   * The job in hand is lost and says so, and so are those whose buffers went with the thread; the others behind it go back
   * to the head of the queue, and the thread starts anew.
   */
  private async recover(slot: Slot<Job, Result>, reason: unknown): Promise<void> {
    const [inHand, ...behind] = slot.sent.values();
    slot.sent.clear();
    this.queue.unshift(...behind.filter(({ handOver }) => handOver.length === 0));
    inHand?.reject(this.crash(reason));
    for (const pending of behind) if (pending.handOver.length > 0) pending.reject(this.crash(reason));
    try {
      if (slot.restarted && !slot.proven) throw this.crash(reason);
      slot.restarted = true;
      slot.proven = false;
      this.slots.splice(this.slots.indexOf(slot), 1);
      slot.worker = await this.startWorker();
      if (this.closed !== null && this.waiting() === 0) return await endWorker(slot.worker);
      this.slots.push(slot);
      this.listen(slot);
      this.dispatch();
    } catch (error) {
      this.fail(error as StreetdexError);
    }
  }

  private fail(error: StreetdexError): void {
    this.broken = error;
    for (const pending of this.queue.splice(0)) pending.reject(error);
    this.dispatch();
  }
}

/** Asks first: a thread that is stopped while it holds native sessions can take the process with it. */
async function endWorker(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.postMessage('close' satisfies Order<never>);
  const timer = setTimeout(() => worker.terminate(), 10_000);
  await ended;
  clearTimeout(timer);
}
