/** What a long job says of itself now and then. */
export interface ProgressState {
  readonly done: number;
  readonly total: number | null;
  readonly failed?: number;
  /** Items a second, null while unknown. */
  readonly rate: number | null;
  readonly secondsLeft: number | null;
}

const LINE_EVERY_MS = 5000;
const BAR = 24;

/**
 * Shows progress on standard error: a bar that redraws itself on a terminal, a line every five seconds elsewhere.
 */
export class Progress {
  private lastMs = 0;
  private drawn = false;
  private readonly started = performance.now();

  constructor(
    private readonly what: string,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {}

  update(state: ProgressState): void {
    const now = performance.now();
    const every = this.stream.isTTY ? 100 : LINE_EVERY_MS;
    if (this.lastMs !== 0 && now - this.lastMs < every && state.done !== state.total) return;
    this.lastMs = now;
    if (this.stream.isTTY) {
      this.stream.write(
        `\r\x1b[K${describeProgress(this.what, state, true).slice(0, (this.stream.columns ?? 80) - 1)}`,
      );
      this.drawn = true;
    } else {
      this.stream.write(`${describeProgress(this.what, state, false)}\n`);
    }
  }

  /** For jobs that only count: the rate is that since the start. */
  count(done: number, total: number): void {
    const seconds = (performance.now() - this.started) / 1000;
    const rate = done > 0 && seconds > 0.5 ? done / seconds : null;
    this.update({ done, total, rate, secondsLeft: rate === null ? null : (total - done) / rate });
  }

  /** Clears the bar so that other lines can follow. */
  end(): void {
    if (this.drawn) this.stream.write('\r\x1b[K');
    this.drawn = false;
  }
}

export function describeProgress(what: string, state: ProgressState, bar: boolean): string {
  const share = state.total === null || state.total === 0 ? null : state.done / state.total;
  const filled = share === null ? 0 : Math.round(share * BAR);
  return [
    what,
    bar && share !== null ? `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}` : null,
    state.total === null ? `${state.done}` : `${state.done}/${state.total}`,
    state.rate === null ? null : `${state.rate.toFixed(state.rate < 10 ? 1 : 0)}/s`,
    state.secondsLeft === null || state.done === state.total ? null : `${duration(state.secondsLeft)} left`,
    state.failed ? `${state.failed} failed` : null,
  ]
    .filter((part) => part !== null)
    .join('  ');
}

export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
