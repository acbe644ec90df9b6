import type { ClipModel, PreparedImage } from '../clip/clip-model.js';
import { fault, StreetdexError } from '../domain/errors.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { NextVectors, UnembeddedReference } from '../references/next-vectors.js';
import { EmbeddingStage } from './embedding-stage.js';
import { findBytes } from './find-bytes.js';
import { Meter } from './meter.js';
import { photoIssue } from './read-photo.js';
import type { ReembedEvent, ReembedFailure, ReembedReport } from './reembed-events.js';
import type { Issue } from './sources/candidate.js';
import { whileWanted } from './while-wanted.js';

export interface ReembedRun {
  /** Open for this model; the caller closes it. */
  readonly vectors: NextVectors;
  readonly model: ClipModel;
  /** Deletes the references whose photo is gone at the switch; without it there is no switch then. */
  readonly withoutMissing?: boolean;
  readonly onEvent?: (event: ReembedEvent) => void;
  /** Once aborted, what the encoder has is finished and stored, nothing else is begun, and nothing is switched. */
  readonly signal?: AbortSignal;
}

/**
 * Brings an index over to another model: embeds the photo of every reference beside the vectors in use, committing every 64
 * photos or each second, and replaces the old vectors by the new when each reference has one. Killed or stopped at any point,
 * the next run goes on where it ended, and the index answers with its former model until the switch. A reference whose bytes
 * can't be found or decoded has no new vector: then nothing is switched, unless such references may be deleted.
 * @throws `disk_full` and the encoder's own failures, after what was embedded so far is stored where that is possible.
 */
export async function reembed(run: ReembedRun): Promise<ReembedReport> {
  const work = new Reembedding(run);
  const { vectors, model } = run;
  const runId = await vectors.beginRun({ reembed: { model_id: model.info.id, model_name: model.info.name } });
  try {
    const report = await work.work();
    await vectors.endRun(runId, report.interrupted ? 'stopped' : report.switched ? 'finished' : 'failed', work.counts);
    run.onEvent?.({ type: 'done', report });
    return report;
  } catch (error) {
    try {
      await vectors.endRun(runId, 'failed', work.counts);
    } catch {
      // With a full disk this fails too; the first failure says more.
    }
    throw work.withProgress(error);
  }
}

interface Embedded {
  readonly id: string;
  readonly vector: UnitVector;
}

type Outcome = Embedded | { readonly id: string; readonly failure: ReembedFailure };

const PAGE = 1000;
const LISTED_MAX = 1000;

class Reembedding {
  readonly #startMs = performance.now();
  readonly #stage = new EmbeddingStage<Outcome, Embedded>({
    model: () => this.#run.model,
    rowsOf: (outcome) => ('vector' in outcome ? [outcome] : []),
    store: (made) => {
      this.#run.vectors.put(made);
      this.#embedded += made.length;
    },
    take: (outcome) => this.#take(outcome),
    tick: () => this.#tick(),
    signal: () => this.#run.signal,
  });
  readonly #meter: Meter;
  readonly #references: number;
  readonly #embeddedBefore: number;
  readonly #from: ReembedReport['from'];
  #embedded = 0;
  readonly #failures: ReembedFailure[] = [];
  readonly #failedIds: string[] = [];
  #rootsMissing = 0;
  #decoderMissing = 0;
  #switched = false;

  readonly #run: ReembedRun;

  constructor(run: ReembedRun) {
    this.#run = run;

    const { references, embedded } = run.vectors.counts();
    this.#references = references;
    this.#embeddedBefore = embedded;
    const { modelId, modelName, dimension } = run.vectors.current;
    this.#from = { modelId, modelName, dimension };
    this.#meter = new Meter(references, (measured) =>
      run.onEvent?.({ type: 'progress', ...measured, failed: this.#failedIds.length }),
    );
  }

  get counts() {
    return { embedded: this.#embedded, failed: this.#failedIds.length };
  }

  async work(): Promise<ReembedReport> {
    const { vectors, onEvent, withoutMissing = false } = this.#run;
    onEvent?.({ type: 'planned', references: this.#references, embedded_before: this.#embeddedBefore });
    await this.#embedAll();
    const already = vectors.current.modelId === vectors.next.modelId;
    const mayDelete = withoutMissing && this.#rootsMissing === 0 && this.#decoderMissing === 0;
    let deleted = 0;
    if (!already && !this.#aborted && (this.#failedIds.length === 0 || mayDelete)) {
      vectors.switchOver(this.#failedIds);
      this.#switched = true;
      deleted = this.#failedIds.length;
    }
    if (!already && !this.#switched) return this.#report(0, null);
    this.#switched = true;
    onEvent?.({ type: 'indexing' });
    const { generation } = await vectors.buildGraph();
    return this.#report(deleted, generation);
  }

  /** The error that stopped the run, with the progress so far. */
  withProgress(error: unknown): unknown {
    if (!(error instanceof StreetdexError)) return error;
    const stands = this.#switched
      ? 'The index answers with the new model already; `streetdex index rebuild` builds its graph.'
      : `${this.#embedded} references of this run are stored, the index answers with its former model, and the same command goes on from there.`;
    return fault(error.code, `${error.message} ${stands}`, {
      ...error.options,
      cause: error,
    });
  }

  get #aborted(): boolean {
    return this.#run.signal?.aborted ?? false;
  }

  async #embedAll(): Promise<void> {
    await this.#stage.run(async () => {
      for (let after = 0; !this.#aborted; ) {
        // Photos that are with the encoder lie before the cursor, so no reference comes twice.
        const page = this.#run.vectors.missing(after, PAGE);
        for (const reference of page) {
          if (this.#aborted) break;
          const begun = this.#stage.begin(reference.bytes, this.#load(reference), (loaded) =>
            this.#encode(reference, loaded),
          );
          if ((await whileWanted(begun, this.#run.signal)) === null) break;
        }
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.cursor;
      }
    });
    await this.#tick(true);
  }

  async #load(reference: UnembeddedReference): Promise<PreparedImage | Issue> {
    const bytes = await findBytes(reference);
    if ('code' in bytes) return bytes;
    try {
      return await this.#stage.prepare(bytes);
    } catch (error) {
      return photoIssue(error);
    }
  }

  async #encode(reference: UnembeddedReference, loaded: PreparedImage | Issue): Promise<Outcome> {
    const { id } = reference;
    if ('code' in loaded) return { id, failure: failureOf(reference, loaded) };
    try {
      return { id, vector: await this.#stage.encode(loaded) };
    } catch (error) {
      return { id, failure: failureOf(reference, photoIssue(error)) };
    }
  }

  #take(outcome: Outcome): void {
    if ('vector' in outcome) return;
    const { failure } = outcome;
    this.#failedIds.push(failure.id);
    if (failure.code === 'root_missing') this.#rootsMissing++;
    // These photos are there, and are not missing.
    if (failure.code === 'heic_decoder_missing') this.#decoderMissing++;
    if (this.#failures.length < LISTED_MAX) this.#failures.push(failure);
    this.#run.onEvent?.({ type: 'failure', ...failure });
  }

  async #tick(last = false): Promise<void> {
    await this.#stage.batch.tick();
    this.#meter.update(this.#embeddedBefore + this.#embedded + this.#stage.batch.size + this.#failedIds.length, last);
  }

  #report(deleted: number, generation: number | null): ReembedReport {
    const { modelId, modelName, dimension } = this.#run.vectors.next;
    return {
      from: this.#from,
      to: { modelId, modelName, dimension },
      references: this.#references,
      embedded: this.#embedded,
      embeddedBefore: this.#embeddedBefore,
      failed: this.#failedIds.length,
      failures: this.#failures,
      rootsMissing: this.#rootsMissing,
      decoderMissing: this.#decoderMissing,
      deleted,
      switched: this.#switched,
      generation,
      interrupted: this.#aborted && !this.#switched,
      ...this.#stage.times,
      wallMs: performance.now() - this.#startMs,
    };
  }
}

function failureOf({ id, sources }: UnembeddedReference, { code, reason }: Issue): ReembedFailure {
  const [first] = sources;
  return { id, root: first?.root ?? null, path: first?.path ?? null, code, reason };
}
