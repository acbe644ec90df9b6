import type { ClipModel, PreparedImage } from '../clip/clip-model.js';
import { present } from '../domain/present.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { Batch } from './batch.js';
import type { StageTimes } from './ingest-report.js';
import { LookAhead } from './look-ahead.js';
import { whileWanted } from './while-wanted.js';

export interface EmbeddingParts<Outcome, Row> {
  /** Called when the first photo is to be prepared. */
  readonly model: () => ClipModel | Promise<ClipModel>;
  /** An outcome's rows to store; stored even where the run fails afterwards. */
  readonly rowsOf: (outcome: Outcome) => readonly Row[];
  /** Stores all rows or none. */
  readonly store: (rows: readonly Row[]) => void | Promise<void>;
  /** Called with each outcome, in the order of `begin`; not after the run has failed. */
  readonly take?: (outcome: Outcome) => void;
  /** Called whenever a photo moved on. */
  readonly tick: () => Promise<void>;
  /** Once aborted, nothing more is begun. */
  readonly signal: () => AbortSignal | undefined;
}

/**
 * Takes photos to the store: read, decoded and preprocessed ahead, embedded in their order, stored in batches. However a run
 * ends, what the encoder has is finished and stored.
 */
export class EmbeddingStage<Outcome, Row> {
  /** Sums over the photos that were embedded. */
  readonly times: StageTimes = { decodeMs: 0, preprocessMs: 0, encodeMs: 0 };
  readonly batch: Batch<Row>;
  embedded = 0;
  readonly #parts: EmbeddingParts<Outcome, Row>;
  readonly #ahead: LookAhead<Outcome>;
  #model: Promise<ClipModel> | null = null;
  /** Pictures in one batch of the encoder. */
  #together = 1;

  constructor(parts: EmbeddingParts<Outcome, Row>) {
    this.#parts = parts;
    this.batch = new Batch(parts.store);
    this.#ahead = new LookAhead(
      async (outcome) => {
        for (const row of parts.rowsOf(outcome)) await this.batch.add(row);
        parts.take?.(outcome);
      },
      parts.tick,
      () => this.#together,
    );
  }

  /** Runs `work`, which begins photos; all that were begun are finished before this returns or throws. */
  async run(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      await this.finish();
    } catch (error) {
      await this.#rescue();
      throw error;
    } finally {
      await whileWanted(this.#ahead.settled(), this.#parts.signal());
      this.#ahead.abandon();
    }
  }

  /** Adds a photo that is being loaded, and waits for room; `outcome` is called with it in its turn. */
  async begin<Loaded>(
    bytes: number,
    loaded: Promise<Loaded>,
    outcome: (loaded: Loaded) => Outcome | Promise<Outcome>,
  ): Promise<void> {
    this.#ahead.begin(bytes, loaded, outcome);
    await this.#ahead.makeRoom();
  }

  /** @throws the image errors of `ClipModel.prepare` */
  async prepare(bytes: Uint8Array): Promise<PreparedImage> {
    this.#model ??= Promise.resolve(this.#parts.model());
    const model = await this.#model;
    this.#together = model.encoderState().batch;
    return model.prepare(bytes, { wait: true });
  }

  async encode({ tensor, decodeMs, preprocessMs }: PreparedImage): Promise<UnitVector> {
    const { vector, encodeMs } = await (await present(this.#model ?? undefined)).encode(tensor, { wait: true });
    this.embedded++;
    this.times.decodeMs += decodeMs;
    this.times.preprocessMs += preprocessMs;
    this.times.encodeMs += encodeMs;
    return vector;
  }

  /** Waits for all that was begun and stores it; after an abort only for what the encoder has. */
  async finish(): Promise<void> {
    await this.#ahead.finish(this.#parts.signal());
    await this.batch.commit();
  }

  async #rescue(): Promise<void> {
    this.batch.put((await this.#ahead.rescue()).flatMap(this.#parts.rowsOf));
    try {
      await this.batch.commit();
    } catch {
      // The failure that stopped the run says more than this one.
    }
  }
}
