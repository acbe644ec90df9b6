import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, StreetdexError } from '../../../domain/errors.js';
import { interrupted } from './stall-limit.js';

const TRIES_MAX = 5;
const PAUSE_MAX_MS = 30_000;
/** A server that asks for a longer wait than this is not waited for. */
const RETRY_AFTER_MAX_S = 120;
const WORTH_ANOTHER_TRY = ['hub_unreachable', 'hub_unavailable', 'hub_rate_limited', 'hub_cut'] as const;

/**
 * Runs `work` up to five times, with pauses that double, with jitter, or as long as the server asked. `work` calls `progressed`
 * when a try brought enough for the count to begin anew.
 * @throws what the last try threw
 */
export async function withRetries<T>(
  pauseMs: number,
  signal: AbortSignal | undefined,
  work: (progressed: () => void) => Promise<T>,
): Promise<T> {
  for (let failed = 0; ; ) {
    let progressed = false;
    try {
      return await work(() => {
        progressed = true;
      });
    } catch (error) {
      failed = progressed ? 1 : failed + 1;
      const again = WORTH_ANOTHER_TRY.some((code) => hasCode(error, code)) && failed < TRIES_MAX;
      const askedS = error instanceof StreetdexError ? (error.options.retryAfterS ?? 0) : 0;
      if (!again || askedS > RETRY_AFTER_MAX_S) throw error;
      const pause = Math.min(PAUSE_MAX_MS, pauseMs * 2 ** (failed - 1)) * (0.75 + Math.random() / 2);
      await sleep(Math.max(pause, askedS * 1000), undefined, signal ? { signal } : {}).catch(() => {
        throw interrupted();
      });
    }
  }
}
