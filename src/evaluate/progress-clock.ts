import { Meter } from '../ingest/meter.js';
import type { GatherProgress } from './query-set.js';

/** Reports a run's progress, a few times a second. */
export class ProgressClock {
  readonly #meter: Meter | null;

  constructor(total: number, tell: ((progress: GatherProgress) => void) | undefined) {
    this.#meter =
      tell === undefined
        ? null
        : new Meter(total, ({ done, total: of, rate, seconds_left: secondsLeft }) =>
            tell({ done, total: of, rate, secondsLeft }),
          );
  }

  update(done: number, force = false): void {
    this.#meter?.update(done, force);
  }
}
