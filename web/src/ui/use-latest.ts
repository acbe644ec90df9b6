import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { isAbort, ServerGone } from '../api/problem.js';
import { service } from '../state/service.js';

/** The latest answer: a former one stays until the next comes. */
export interface Latest<T> {
  readonly value: T | null;
  /** The question that `value` answers. */
  readonly question: string | null;
  readonly problem: unknown;
  readonly loading: boolean;
}

/**
 * Asks again whenever `question` changes, and when the server comes back; a request that is no longer wanted is aborted.
 * @param ask null: nothing is asked
 */
export function useLatest<T>(
  question: string,
  ask: ((signal: AbortSignal) => Promise<T>) | null,
  delayMs = 0,
): Signal<Latest<T>> {
  const latest = useSignal<Latest<T>>({ value: null, question: null, problem: null, loading: ask !== null });
  const up = service.value === 'ok';
  useEffect(() => {
    if (ask === null) {
      latest.value = { value: null, question: null, problem: null, loading: false };
      return;
    }
    const stop = new AbortController();
    latest.value = { ...latest.peek(), loading: true };
    const timer = setTimeout(async () => {
      try {
        latest.value = { value: await ask(stop.signal), question, problem: null, loading: false };
      } catch (thrown) {
        if (stop.signal.aborted || isAbort(thrown)) return;
        const kept = thrown instanceof ServerGone ? latest.peek() : { value: null, question: null };
        latest.value = { ...kept, problem: thrown, loading: false };
      }
    }, delayMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [question, ask === null, up]);
  return latest;
}
