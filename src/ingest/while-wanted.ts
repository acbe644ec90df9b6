/** So long what is in hand may still take once a run is asked to stop. */
const IN_HAND_MS = 3000;

/**
 * What `work` comes to; null where the run was asked to stop and it did not come to its end soon after. It can't be stopped
 * itself: a read of a disk that does not answer lasts as long as the system lets it, and must not hold the index so long.
 */
export function whileWanted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<{ readonly value: T } | null> {
  if (signal === undefined) return work.then((value) => ({ value }));
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const stopped = () => {
      timer = setTimeout(() => resolve(null), IN_HAND_MS);
    };
    const settled = () => {
      signal.removeEventListener('abort', stopped);
      clearTimeout(timer);
    };
    work.finally(settled).then((value) => resolve({ value }), reject);
    if (signal.aborted) stopped();
    else signal.addEventListener('abort', stopped, { once: true });
  });
}
