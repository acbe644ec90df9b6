import { STOPPED } from './exit-code.js';
import type { Progress } from './progress.js';

/** Runs `work` with a signal that the first Ctrl-C (or SIGTERM) aborts; the second one ends the process at once. */
export async function withStopSignal<T>(progress: Progress, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(STOPPED);
    progress.end();
    process.stderr.write('Stopping after what is in hand …\n');
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(stop.signal);
  } finally {
    progress.end();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
