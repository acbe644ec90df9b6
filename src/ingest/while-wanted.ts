/** After a request to stop, work in hand may take so long. */
const IN_HAND_MS = 3000;

/**
 * The result of `work`; null where the run was asked to stop and `work` did not end soon after. It can't be cancelled: reading
 * a disk that does not answer takes as long as the system waits, and must not hold the index so long.
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
