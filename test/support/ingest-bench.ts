import type { HeicThread } from '../../src/images/heic/heic-thread.js';
import type { IngestEvent } from '../../src/ingest/ingest-events.js';
import type { IngestOptions } from '../../src/ingest/ingest-options.js';
import { planIngest } from '../../src/ingest/plan.js';
import { runIngest } from '../../src/ingest/run-ingest.js';
import type { SourceKey } from '../../src/references/known-files.js';
import type { Change } from '../../src/references/writer.js';
import { MemoryStore } from './memory-store.js';
import { PixelModel } from './pixel-model.js';

/** Counts what an ingest does with it, and fails where it is told to. */
class WatchedStore extends MemoryStore {
  commits = 0;
  checkpoints = 0;
  /** Paths of the failures that were met again, by call. */
  readonly met: string[][] = [];
  /** Called before each commit, with how many were before: throwing leaves everything as it was. */
  beforeCommit: (commit: number) => void = () => undefined;

  override async apply(changes: readonly Change[]) {
    if (changes.length === 0) return [];
    this.beforeCommit(this.commits);
    const results = await super.apply(changes);
    this.commits++;
    return results;
  }

  override noteFailuresMet = async (met: readonly SourceKey[]) => {
    this.met.push(met.map(({ path }) => path));
    this.local.noteMet(met);
  };

  override async checkpoint() {
    this.checkpoints++;
  }

  /** The newest first. */
  get ran() {
    return this.local.runs(100);
  }
}

/** Ingests into memory with a model that is quick. */
export class Bench {
  readonly model = new PixelModel();
  readonly writer = new WatchedStore({
    modelId: this.model.info.id,
    modelName: this.model.info.name,
    dimension: this.model.info.dimension,
  });
  readonly events: IngestEvent[] = [];

  run(sources: string | string[], options: IngestOptions = {}, signal?: AbortSignal) {
    return runIngest({
      sources: [sources].flat(),
      options,
      writer: this.writer,
      model: this.model,
      countryAt: ({ lat }) => (lat > 0 ? 'ES' : null),
      onEvent: (event) => this.events.push(event),
      ...(signal ? { signal } : {}),
    });
  }

  plan(sources: string | string[], options: IngestOptions = {}, heic?: HeicThread) {
    return planIngest({ sources: [sources].flat(), options, known: this.writer, ...(heic ? { heic } : {}) });
  }

  points() {
    return [...this.writer.tables.references.values()].map(({ reference }) => reference.point);
  }

  failures() {
    return this.writer.local.failures({}).map(({ path, code }) => [path, code]);
  }
}
