import type { IngestCounts, IngestReport } from './ingest-report.js';
import { type Measured, Meter } from './meter.js';

/** Events of a run; `--json` prints them as they are, hence the names. */
export type IngestEvent =
  | { readonly type: 'planned'; readonly photos: number }
  | ProgressEvent
  | {
      readonly type: 'failure';
      readonly root: string;
      readonly path: string;
      readonly code: string;
      readonly reason: string;
    }
  | { readonly type: 'notice'; readonly message: string }
  /** All photos are stored, and the graph is being brought up to date. */
  | { readonly type: 'indexing' }
  | { readonly type: 'done'; readonly report: IngestReport };

interface ProgressEvent extends Measured {
  readonly type: 'progress';
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
}

/** Turns an ingest's counts into progress events. */
export class ProgressMeter {
  readonly #meter: Meter;
  #counts: IngestCounts | null = null;

  constructor(total: number, emit: (event: IngestEvent) => void, now?: () => number) {
    const tell = (measured: Measured) => {
      if (this.#counts === null) return;
      const { added, updated, unchanged, linked, failed } = this.#counts;
      emit({ type: 'progress', ...measured, added, updated, unchanged: unchanged + linked, failed });
    };
    this.#meter = new Meter(total, tell, now);
  }

  update(done: number, counts: IngestCounts, force = false): void {
    this.#counts = counts;
    this.#meter.update(done, force);
  }
}
