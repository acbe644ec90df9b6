import { effect } from '@preact/signals';

/** Calls `act` when the browser has painted the present changes. */
export function afterPaint(act: () => void): void {
  requestAnimationFrame(() => setTimeout(act));
}

/**
 * Follows signals, but acts on their last values only after the page's own change has been painted: drawing the map can
 * take longer, and a click should show at once.
 */
export function followLate<T>(read: () => T, act: (value: T) => void): () => void {
  let due: { readonly value: T } | null = null;
  const stop = effect(() => {
    const waits = due !== null;
    due = { value: read() };
    if (waits) return;
    afterPaint(() => {
      const last = due;
      due = null;
      if (last !== null) act(last.value);
    });
  });
  return () => {
    stop();
    due = null;
  };
}
