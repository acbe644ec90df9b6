/** Progress of a long run; `--json` prints it as it is, hence the names. */
export interface Measured {
  readonly done: number;
  readonly total: number;
  /** Photos per second over the last seconds; null while unknown. */
  readonly rate: number | null;
  readonly seconds_left: number | null;
}

const EVERY_MS = 200;
const WINDOW_MS = 15_000;
const SAMPLES_MAX = 80;

/** Reports a run's progress, a few times a second. */
export class Meter {
  #lastMs = Number.NEGATIVE_INFINITY;
  readonly #samples: { readonly atMs: number; readonly done: number }[] = [];

  readonly #total: number;
  readonly #tell: (measured: Measured) => void;
  readonly #now: () => number;

  constructor(total: number, tell: (measured: Measured) => void, now: () => number = () => performance.now()) {
    this.#total = total;
    this.#tell = tell;
    this.#now = now;
  }

  update(done: number, force = false): void {
    const atMs = this.#now();
    if (!force && atMs - this.#lastMs < EVERY_MS) return;
    this.#lastMs = atMs;
    this.#samples.push({ atMs, done });
    while (this.#samples.length > SAMPLES_MAX || atMs - (this.#samples[0]?.atMs ?? atMs) > WINDOW_MS)
      this.#samples.shift();
    const first = this.#samples[0];
    const seconds = first === undefined ? 0 : (atMs - first.atMs) / 1000;
    const rate = first === undefined || seconds < 0.5 || done === first.done ? null : (done - first.done) / seconds;
    const total = Math.max(this.#total, done);
    this.#tell({ done, total, rate, seconds_left: rate === null ? null : (total - done) / rate });
  }
}
