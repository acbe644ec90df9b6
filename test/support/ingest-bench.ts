import type { HeicThread } from '../../src/images/heic/heic-thread.js';
import type { IngestEvent } from '../../src/ingest/ingest-events.js';
import type { IngestOptions } from '../../src/ingest/ingest-options.js';
import { planIngest } from '../../src/ingest/plan.js';
import { runIngest } from '../../src/ingest/run-ingest.js';
import { MemoryStore } from './memory-store.js';
import { PixelModel } from './pixel-model.js';

/** Ingests into memory with a model that is quick. */
export class Bench {
  readonly model = new PixelModel();
  readonly writer = new MemoryStore({
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
    return [...this.writer.tables.failures.values()].map(({ path, code }) => [path, code]);
  }
}
