// Our own: cli-progress cuts the line on a narrow terminal, where this leaves out the least important; and it ignores
// TERM=dumb.

import { isDumbTerminal } from '../config/terminal.js';

/** State of a long job. */
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
/** Width of a terminal that does not tell it. */
const COLUMNS = 80;

/** The part of standard error that is used. */
type ProgressStream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { write(text: string): unknown };

/**
 * Shows progress on standard error: a bar that redraws itself on a terminal, a line every five seconds elsewhere, also
 * on a terminal that can't redraw one.
 */
export class Progress {
  #lastMs = 0;
  #drawn = false;
  readonly #started = performance.now();

  readonly #what: string;
  readonly #stream: ProgressStream;
  readonly #redraws: boolean;

  constructor(
    what: string,
    stream: ProgressStream = process.stderr,
    redraws = stream.isTTY === true && !isDumbTerminal(),
  ) {
    this.#what = what;
    this.#stream = stream;
    this.#redraws = redraws;
  }

  update(state: ProgressState): void {
    const now = performance.now();
    const every = this.#redraws ? 100 : LINE_EVERY_MS;
    if (this.#lastMs !== 0 && now - this.#lastMs < every && state.done !== state.total) return;
    this.#lastMs = now;
    if (this.#redraws) {
      const columns = this.#stream.columns > 0 ? this.#stream.columns : COLUMNS;
      // The last column stays free: some terminals wrap when it is written.
      this.#stream.write(`\r\x1b[K${describeProgress(this.#what, state, columns - 1)}`);
      this.#drawn = true;
    } else {
      this.#stream.write(`${describeProgress(this.#what, state)}\n`);
    }
  }

  /** For jobs that only count; the rate is the mean since the start. */
  count(done: number, total: number): void {
    const seconds = (performance.now() - this.#started) / 1000;
    const rate = done > 0 && seconds > 0.5 ? done / seconds : null;
    this.update({ done, total, rate, secondsLeft: rate === null ? null : (total - done) / rate });
  }

  /** Clears the bar so that other lines can follow. */
  end(): void {
    if (this.#drawn) this.#stream.write('\r\x1b[K');
    this.#drawn = false;
  }
}

/** @param columns the terminal's width, for a bar and what fits beside it; without it everything but a bar */
export function describeProgress(what: string, state: ProgressState, columns?: number): string {
  const share = state.total === null || state.total === 0 ? null : state.done / state.total;
  const filled = share === null ? 0 : Math.round(share * BAR);
  const parts: Record<string, string | null> = {
    what,
    bar: columns === undefined || share === null ? null : `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`,
    count: state.total === null ? `${state.done}` : `${state.done}/${state.total}`,
    rate: state.rate === null ? null : `${state.rate.toFixed(state.rate < 10 ? 1 : 0)}/s`,
    left: state.secondsLeft === null || state.done === state.total ? null : `${duration(state.secondsLeft)} left`,
    failed: state.failed ? `${state.failed} failed` : null,
  };
  const line = () =>
    Object.values(parts)
      .filter((part) => part !== null)
      .join('  ');
  for (const part of ['bar', 'rate', 'what', 'left', 'failed'] as const) {
    if (columns === undefined || line().length <= columns) break;
    parts[part] = null;
  }
  return line().slice(0, columns);
}

export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
