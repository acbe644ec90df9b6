import { fault } from '../../../domain/errors.js';

/** Reason of the abort when nothing came for too long. */
class Stalled extends Error {}

/**
 * Runs `work` with a signal that fires when `signal` does, or when `alive` was not called for `stallMs`.
 * @throws `interrupted` when `signal` fired, `hub_unreachable` (later) when nothing came; else what
 * `work` throws
 */
export async function withStallLimit<T>(
  stallMs: number,
  signal: AbortSignal | undefined,
  what: string,
  work: (signal: AbortSignal, alive: () => void) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Stalled()), stallMs);
  const stop = () => limit.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    return await work(limit.signal, () => timer.refresh());
  } catch (error) {
    if (signal?.aborted) throw interrupted();
    if (limit.signal.aborted) {
      throw fault('hub_unreachable', `Nothing came of ${what} for ${Math.round(stallMs / 1000)} seconds.`, {
        retryAfterS: 0,
      });
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

export const interrupted = () =>
  fault('interrupted', 'Stopped before everything had come. Nothing was added; run the same command again to go on.', {
    retryAfterS: 0,
  });
