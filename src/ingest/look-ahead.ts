import { availableParallelism } from 'node:os';
import { whileWanted } from './while-wanted.js';

/** Photos that are read, decoded and preprocessed ahead of the encoder, and the bytes of their files. */
const PHOTOS_MIN = Math.max(16, 4 * availableParallelism());
const BYTES_MAX = 192 * 1024 * 1024;
/** Tensors with the encoders (at most one for each core, two of them in its inbox) or next: none may wait for this thread. */
const ENCODE_AHEAD_MIN = 2 * availableParallelism() + 1;

interface Loading<Result> {
  readonly bytes: number;
  readonly loaded: Promise<unknown>;
  readonly encode: (loaded: never) => Result | Promise<Result>;
}

/**
 * Two bounded queues, photos being read and decoded and photos with the encoder. What comes out is in the order of what
 * went in.
 */
export class LookAhead<Result> {
  readonly #loading: Loading<Result>[] = [];
  readonly #encoding: (Result | Promise<Result>)[] = [];
  #loadingBytes = 0;
  #abandoned = false;

  readonly #take: (result: Result) => Promise<void>;
  readonly #tick: () => Promise<void>;
  readonly #batch: () => number;

  /**
   * `take` gets the results; `tick` is called whenever something moved. `batch`: pictures that the encoder takes at once; two
   * batches lie with it, and two more are being read.
   */
  constructor(take: (result: Result) => Promise<void>, tick: () => Promise<void>, batch: () => number) {
    this.#take = take;
    this.#tick = tick;
    this.#batch = batch;
  }

  /** Takes in a photo that is being loaded; `encode` is called with it in its turn. */
  begin<Loaded>(bytes: number, loaded: Promise<Loaded>, encode: (loaded: Loaded) => Result | Promise<Result>): void {
    // It is awaited in its turn; until then a rejection must not count as unhandled.
    loaded.catch(() => undefined);
    this.#loadingBytes += bytes;
    this.#loading.push({ bytes, loaded, encode });
  }

  /** Hands the oldest photos on until there is room for another. */
  async makeRoom(): Promise<void> {
    const photosMax = Math.max(PHOTOS_MIN, 2 * this.#batch());
    while (this.#loading.length > photosMax || (this.#loadingBytes > BYTES_MAX && this.#loading.length > 1))
      await this.#handOn();
  }

  /** Finishes all; once aborted, only what the encoder has. */
  async finish(signal: AbortSignal | undefined): Promise<void> {
    while (this.#loading.length > 0 && signal?.aborted !== true) {
      if ((await whileWanted(this.#handOn(), signal)) === null) this.abandon();
    }
    await this.#encodeWithin(0);
  }

  /** What is still being read is of no use to anyone when it comes. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** After a failure of the run: the results that can still be had. */
  async rescue(): Promise<readonly Result[]> {
    const settled = await Promise.allSettled(this.#encoding.splice(0));
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  /** Resolves when nothing is being read any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#loading.map((one) => one.loaded));
  }

  async #handOn(): Promise<void> {
    const next = this.#loading.shift() as Loading<Result>;
    const loaded = await next.loaded;
    if (this.#abandoned) return;
    this.#loadingBytes -= next.bytes;
    const result = next.encode(loaded as never);
    Promise.resolve(result).catch(() => undefined);
    this.#encoding.push(result);
    await this.#encodeWithin(Math.max(ENCODE_AHEAD_MIN, 2 * this.#batch()));
    await this.#tick();
  }

  async #encodeWithin(count: number): Promise<void> {
    while (this.#encoding.length > count) {
      const result = await (this.#encoding[0] as Result | Promise<Result>);
      this.#encoding.shift();
      await this.#take(result);
      await this.#tick();
    }
  }
}
