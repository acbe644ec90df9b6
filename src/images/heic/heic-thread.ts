import { Worker } from 'node:worker_threads';
import { workerFile } from '../../config/package-root.js';
import { fault, type StreetdexError } from '../../domain/errors.js';
import { receiveError } from '../../domain/sent-error.js';
import { imageDamaged } from '../image-errors.js';
import type { RgbImage } from '../rgb-image.js';
import { decoderMissing, findLibheif } from './find-libheif.js';
import type { HeicAnswer, HeicJob, HeicThreadData } from './heic-message.js';

export interface HeicOptions {
  /** Path of the decoder, null where it is not installed. */
  readonly find: () => string | null;
  /** After this time a picture is given up. */
  readonly timeoutMs: number;
  /** The thread ends after so long without work. */
  readonly idleMs: number;
  /** At most so many pictures wait; a further caller without `wait` is refused. */
  readonly queueMax: number;
}

const DEFAULTS: HeicOptions = { find: findLibheif, timeoutMs: 120_000, idleMs: 5_000, queueMax: 64 };

/** WebAssembly's heap never shrinks: a thread whose heap has grown beyond this ends. 12 megapixels take some 75 MB. */
const HEAP_KEPT_BYTES = 128 * 2 ** 20;

export interface HeicTurn {
  /** Waits for a place in the queue instead of being refused, behind callers that do not wait: what an ingest does. */
  readonly wait?: boolean;
  /** Awaited when the picture's turn has come; if it throws, the picture is not decoded. */
  readonly begun?: () => unknown;
}

interface Waiting {
  readonly job: HeicJob;
  readonly begun: HeicTurn['begun'];
  readonly resolve: (image: RgbImage) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Decodes HEIC pictures one at a time in a thread of its own. The thread starts with the first picture, and ends when there is
 * nothing to do, after a failure (which may leave the decoder's memory in any state) and after a large picture.
 */
export class HeicThread {
  readonly #options: HeicOptions;
  readonly #asked: Waiting[] = [];
  readonly #patient: Waiting[] = [];
  #thread: Worker | null = null;
  #working = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: Partial<HeicOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** @throws `heic_decoder_missing` where the user has not installed the decoder */
  checkInstalled(): void {
    if (this.#options.find() === null) throw decoderMissing('is not installed');
  }

  /** @throws `heic_decoder_missing`, `decoder_busy` (later), and the image errors of `decodePrimary` */
  async decode(job: HeicJob, { wait = false, begun }: HeicTurn = {}): Promise<RgbImage> {
    this.checkInstalled();
    if (!wait && this.#asked.length >= this.#options.queueMax) throw this.#busy();
    return new Promise((resolve, reject) => {
      (wait ? this.#patient : this.#asked).push({ job, begun, resolve, reject });
      if (!this.#working) void this.#work();
    });
  }

  /** Ends the thread, also in the middle of a picture. */
  async end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
  }

  async #work(): Promise<void> {
    this.#working = true;
    clearTimeout(this.#idle);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      try {
        await next.begun?.();
      } catch (error) {
        next.reject(error);
        continue;
      }
      try {
        next.resolve(await this.#decodeNow(next.job));
      } catch (error) {
        await this.end();
        next.reject(error);
      }
    }
    this.#working = false;
    this.#idle = setTimeout(() => void this.end(), this.#options.idleMs).unref();
  }

  #next(): Waiting | undefined {
    return this.#asked.shift() ?? this.#patient.shift();
  }

  async #decodeNow(job: HeicJob): Promise<RgbImage> {
    this.#thread ??= this.#start();
    const answer = await answerOf(this.#thread, job, this.#options.timeoutMs);
    if (answer.kind === 'unusable') throw decoderMissing('cannot be used as it is installed');
    if (answer.kind === 'failed') throw receiveError(answer.error);
    if (answer.heapBytes > HEAP_KEPT_BYTES) await this.end();
    return answer.image;
  }

  #start(): Worker {
    const libheif = this.#options.find();
    if (libheif === null) throw decoderMissing('is not installed');
    const thread = new Worker(workerFile('images/heic/heic-worker'), {
      workerData: { libheif } satisfies HeicThreadData,
      // What the decoder prints is about its own insides.
      stdout: true,
      stderr: true,
    });
    thread.on('error', () => undefined);
    thread.once('exit', () => {
      if (this.#thread === thread) this.#thread = null;
    });
    return thread;
  }

  #busy(): StreetdexError {
    const waiting = this.#asked.length;
    return fault('decoder_busy', `The decoder has ${waiting} HEIC pictures waiting and takes no more; try again.`, {
      retryAfterS: waiting,
    });
  }
}

/** The process has one: what bounds its memory is that it decodes one picture at a time. */
export const heicThread = new HeicThread();

/** The thread's answer; keeps the process alive until it comes, the thread ends, or the time is up. */
function answerOf(thread: Worker, job: HeicJob, timeoutMs: number): Promise<HeicAnswer> {
  return new Promise<HeicAnswer>((resolve, reject) => {
    const give = (settle: () => void) => {
      clearTimeout(timer);
      thread.off('message', answered).off('error', failed).off('exit', failed);
      thread.unref();
      settle();
    };
    const answered = (answer: HeicAnswer) => give(() => resolve(answer));
    const failed = (cause: unknown) =>
      give(() => reject(imageDamaged('HEIC', 'the decoder ended in the middle of it', cause)));
    const late = () =>
      give(() => reject(imageDamaged('HEIC', `it was not done within ${Math.round(timeoutMs / 1000)} seconds`)));
    const timer = setTimeout(late, timeoutMs);
    thread.on('message', answered).once('error', failed).once('exit', failed);
    thread.ref();
    thread.postMessage(job);
  });
}
