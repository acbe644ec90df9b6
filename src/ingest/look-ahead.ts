import { availableParallelism } from 'node:os';
import { present } from '../domain/present.js';
import { whileWanted } from './while-wanted.js';

/** Limits of what is read, decoded and preprocessed ahead of the encoder: photos, and bytes of their files. */
const PHOTOS_MIN = Math.max(16, 4 * availableParallelism());
const BYTES_MAX = 192 * 1024 * 1024;
/**
 * Photos with the encoders (at most one encoder for each core, each with two in its inbox) or next: no encoder may wait for
 * this thread.
 */
const ENCODE_AHEAD_MIN = 2 * availableParallelism() + 1;

interface Loading<Result> {
  readonly bytes: number;
  readonly loaded: Promise<unknown>;
  readonly encode: (loaded: never) => Result | Promise<Result>;
}

/**
 * Two bounded queues: photos that are being read and decoded, and photos with the encoder. Results come in the order of
 * `begin`.
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
   * @param take called with the results
   * @param tick called whenever a photo moved on
   * @param batch pictures in one batch of the encoder: two batches lie with it, and two more are being read
   */
  constructor(take: (result: Result) => Promise<void>, tick: () => Promise<void>, batch: () => number) {
    this.#take = take;
    this.#tick = tick;
    this.#batch = batch;
  }

  /** Adds a photo that is being loaded; `encode` is called with it in its turn. */
  begin<Loaded>(bytes: number, loaded: Promise<Loaded>, encode: (loaded: Loaded) => Result | Promise<Result>): void {
    // It is awaited in its turn; until then a rejection must not count as unhandled.
    loaded.catch(() => undefined);
    this.#loadingBytes += bytes;
    this.#loading.push({ bytes, loaded, encode });
  }

  /** Passes the oldest photos to the encoder until there is room for another. */
  async makeRoom(): Promise<void> {
    const photosMax = Math.max(PHOTOS_MIN, 2 * this.#batch());
    while (this.#loading.length > photosMax || (this.#loadingBytes > BYTES_MAX && this.#loading.length > 1))
      await this.#handOn();
  }

  /** Finishes all photos; once aborted, only those that the encoder has. */
  async finish(signal: AbortSignal | undefined): Promise<void> {
    while (this.#loading.length > 0 && signal?.aborted !== true) {
      if ((await whileWanted(this.#handOn(), signal)) === null) this.abandon();
    }
    await this.#encodeWithin(0);
  }

  /** Photos that are still being read are dropped when they come. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** The results that can still be had after a failure of the run. */
  async rescue(): Promise<readonly Result[]> {
    const settled = await Promise.allSettled(this.#encoding.splice(0));
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  /** Resolves when no photo is being read any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#loading.map((one) => one.loaded));
  }

  async #handOn(): Promise<void> {
    const next = present(this.#loading.shift());
    const loaded = await next.loaded;
    if (this.#abandoned) return;
    this.#loadingBytes -= next.bytes;
    // `begin` was given both, so `loaded` is what `encode` takes.
    const result = next.encode(loaded as never);
    Promise.resolve(result).catch(() => undefined);
    this.#encoding.push(result);
    await this.#encodeWithin(Math.max(ENCODE_AHEAD_MIN, 2 * this.#batch()));
    await this.#tick();
  }

  async #encodeWithin(count: number): Promise<void> {
    while (this.#encoding.length > count) {
      const result = await present(this.#encoding[0]);
      this.#encoding.shift();
      await this.#take(result);
      await this.#tick();
    }
  }
}
