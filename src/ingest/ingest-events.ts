import type { IngestCounts, IngestReport } from './ingest-report.js';

/** What a run says while it goes; written as it is with `--json`, hence the names. */
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
  /** All photos are stored; the graph is brought up to date. */
  | { readonly type: 'indexing' }
  | { readonly type: 'done'; readonly report: IngestReport };

interface ProgressEvent {
  readonly type: 'progress';
  readonly done: number;
  readonly total: number;
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
  /** Photos a second over the last seconds, null while unknown. */
  readonly rate: number | null;
  readonly seconds_left: number | null;
}

const EVERY_MS = 200;
const WINDOW_MS = 15_000;
const SAMPLES_MAX = 80;

/** Turns counts into progress events, a few a second, with the rate of the last seconds. */
export class ProgressMeter {
  private lastMs = Number.NEGATIVE_INFINITY;
  private readonly samples: { readonly atMs: number; readonly done: number }[] = [];

  constructor(
    private readonly total: number,
    private readonly emit: (event: IngestEvent) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  update(done: number, counts: IngestCounts, force = false): void {
    const atMs = this.now();
    if (!force && atMs - this.lastMs < EVERY_MS) return;
    this.lastMs = atMs;
    this.samples.push({ atMs, done });
    while (this.samples.length > SAMPLES_MAX || atMs - (this.samples[0]?.atMs ?? atMs) > WINDOW_MS)
      this.samples.shift();
    const first = this.samples[0];
    const seconds = first === undefined ? 0 : (atMs - first.atMs) / 1000;
    const rate = first === undefined || seconds < 0.5 || done === first.done ? null : (done - first.done) / seconds;
    const total = Math.max(this.total, done);
    const { added, updated, unchanged, linked, failed } = counts;
    this.emit({
      type: 'progress',
      done,
      total,
      added,
      updated,
      unchanged: unchanged + linked,
      failed,
      rate,
      seconds_left: rate === null ? null : (total - done) / rate,
    });
  }
}
