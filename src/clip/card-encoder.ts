import { hasCode } from '../domain/errors.js';
import type { EncoderJob, EncoderResult } from './encoder-worker.js';
import type { PoolHealth, RunOptions, WorkerPool } from './worker-pool.js';

type Pool = Pick<WorkerPool<EncoderJob, EncoderResult>, 'run' | 'close' | 'health'>;

/** How often a job is given to a card whose process ends under it. */
const TRIES = 2;

/** The card's own failures, and no job's: its process ended, or another could not be started in its place. */
const isOfCard = (error: unknown) => hasCode(error, 'encoder_crashed') || hasCode(error, 'encoder_down');

/**
 * A card's encoder with the processor behind it: a job whose process ended is given to the next one, and where that one
 * ends too or can't be started, the processor takes this job and all after it. So a driver that dies costs no photo.
 */
export class CardEncoder {
  /** False until the card has shown that it computes right: until then its failures are the caller's to see. */
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

  /** What it runs on now. */
  get device(): string {
    return this.#processor === null ? this.#provider : 'cpu';
  }

  /** A card that is down gives way to the processor with the next job. */
  get health(): PoolHealth {
    return this.#tookOver?.health ?? { alive: true, problem: null };
  }

  async run(job: EncoderJob, options: RunOptions = {}): Promise<EncoderResult> {
    // To a process everything is copied, so that the job is still here when it ends.
    const { handOver: _, ...kept } = options;
    for (let tries = 0; this.#processor === null && tries < TRIES; tries++) {
      try {
        return await this.#card.run(job, kept);
      } catch (error) {
        if (!this.trusted || !isOfCard(error)) throw error;
        if (tries === TRIES - 1) this.#giveUp(error.message);
      }
    }
    return (await (this.#processor as Promise<Pool>)).run(job, options);
  }

  async close(): Promise<void> {
    await this.#card.close();
    await (await this.#processor?.catch(() => null))?.close();
  }

  #giveUp(reason: string): void {
    if (this.#processor !== null) return;
    this.#onNotice(`The model runs on the processor from here on: ${this.#provider} failed twice. ${reason}`);
    this.#processor = this.#onProcessor();
    // Each job that waits for it says so itself.
    this.#processor.then(
      (pool) => {
        this.#tookOver = pool;
      },
      () => undefined,
    );
  }
}
