import { hasCode } from '../domain/errors.js';
import { present } from '../domain/present.js';
import type { EncoderJob, EncoderResult } from './encoder-worker.js';
import type { PoolHealth, RunOptions, WorkerPool } from './worker-pool.js';

type Pool = Pick<WorkerPool<EncoderJob, EncoderResult>, 'run' | 'close' | 'health'>;

/** A job is tried so many times on a card whose process ends. */
const TRIES = 2;

/** Failures of the card itself and not of a job: its process ended, or another could not be started. */
const isOfCard = (error: unknown) => hasCode(error, 'encoder_crashed') || hasCode(error, 'encoder_down');

/**
 * A card's encoder that falls back to the processor: a job whose process ended is given to the next process, and where that
 * ends too or can't be started, the processor takes this job and all after it. So a driver that crashes costs no photo.
 */
export class CardEncoder {
  /** False until the card has been seen to compute correctly: before that its failures go to the caller. */
  trusted = false;
  #processor: Promise<Pool> | null = null;
  #tookOver: Pool | null = null;

  readonly #card: Pool;
  readonly #provider: string;
  readonly #onProcessor: () => Promise<Pool>;
  readonly #onNotice: (sentence: string) => void;

  /** @param onProcessor starts the encoder that takes over */
  constructor(
    card: Pool,
    provider: string,
    onProcessor: () => Promise<Pool>,
    onNotice: (sentence: string) => void = () => {},
  ) {
    this.#card = card;
    this.#provider = provider;
    this.#onProcessor = onProcessor;
    this.#onNotice = onNotice;
  }

  /** The present device. */
  get device(): string {
    return this.#processor === null ? this.#provider : 'cpu';
  }

  /** Of the card until the fallback; a card that is down is replaced by the processor with the next job. */
  get health(): PoolHealth {
    return this.#tookOver?.health ?? { alive: true, problem: null };
  }

  async run(job: EncoderJob, options: RunOptions = {}): Promise<EncoderResult> {
    // Jobs are copied to a process, so this one is still here when it ends.
    const { handOver: _, ...kept } = options;
    for (let tries = 0; this.#processor === null && tries < TRIES; tries++) {
      try {
        return await this.#card.run(job, kept);
      } catch (error) {
        if (!this.trusted || !isOfCard(error)) throw error;
        if (tries === TRIES - 1) this.#giveUp(error.message);
      }
    }
    return (await present(this.#processor ?? undefined)).run(job, options);
  }

  async close(): Promise<void> {
    await this.#card.close();
    await (await this.#processor?.catch(() => null))?.close();
  }

  #giveUp(reason: string): void {
    if (this.#processor !== null) return;
    this.#onNotice(`The model runs on the processor from here on: ${this.#provider} failed twice. ${reason}`);
    this.#processor = this.#onProcessor();
    // Each job that waits for it reports the failure itself.
    this.#processor.then(
      (pool) => {
        this.#tookOver = pool;
      },
      () => undefined,
    );
  }
}
