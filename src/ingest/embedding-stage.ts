import type { ClipModel, PreparedImage } from '../clip/clip-model.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { Batch } from './batch.js';
import type { StageTimes } from './ingest-report.js';
import { LookAhead } from './look-ahead.js';
import { whileWanted } from './while-wanted.js';

export interface EmbeddingParts<Outcome, Row> {
  /** Asked for when the first photo is to be prepared. */
  readonly model: () => ClipModel | Promise<ClipModel>;
  /** Rows of an outcome that are stored, also where the run fails after it. */
  readonly rowsOf: (outcome: Outcome) => readonly Row[];
  /** All of them or none. */
  readonly store: (rows: readonly Row[]) => void | Promise<void>;
  /** Gets every outcome of a run that did not fail, in the order of `begin`. */
  readonly take?: (outcome: Outcome) => void;
  /** Called whenever something moved. */
  readonly tick: () => Promise<void>;
  /** Aborted: nothing more is to be begun. */
  readonly signal: () => AbortSignal | undefined;
}

/**
 * Photos on their way to a store: read, decoded and preprocessed ahead, embedded in their order, stored in batches. Whatever
 * ends a run, what the encoder has is finished and stored.
 */
export class EmbeddingStage<Outcome, Row> {
  /** Summed over the photos that were embedded. */
  readonly times: StageTimes = { decodeMs: 0, preprocessMs: 0, encodeMs: 0 };
  readonly batch: Batch<Row>;
  embedded = 0;
  readonly #parts: EmbeddingParts<Outcome, Row>;
  readonly #ahead: LookAhead<Outcome>;
  #model: Promise<ClipModel> | null = null;
  /** Pictures that the encoder takes at once. */
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

  /** Does `work`, which begins photos; what is on its way is finished before this returns or throws. */
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

  /** Takes in a photo that is being loaded, once there is room for it; `outcome` is made of it in its turn. */
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
    const { vector, encodeMs } = await (await (this.#model as Promise<ClipModel>)).encode(tensor, { wait: true });
    this.embedded++;
    this.times.decodeMs += decodeMs;
    this.times.preprocessMs += preprocessMs;
    this.times.encodeMs += encodeMs;
    return vector;
  }

  /** Waits for all that was begun and stores it; once stopped, for what the encoder has. */
  async finish(): Promise<void> {
    await this.#ahead.finish(this.#parts.signal());
    await this.batch.commit();
  }

  async #rescue(): Promise<void> {
    this.batch.put((await this.#ahead.rescue()).flatMap(this.#parts.rowsOf));
    try {
      await this.batch.commit();
    } catch {
      // The failure that stopped the run says more than that storing the rest failed too.
    }
  }
}
