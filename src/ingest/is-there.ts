import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** After so long without an answer from the disk a path counts as there: nothing is concluded from what was not seen. */
const LOOK_MS_MAX = 5000;

/** Whether there is a file or a folder. A disk that gives no answer holds up nobody else. */
export async function isThere(path: string): Promise<boolean> {
  const late = new AbortController();
  const looked = stat(path).then(
    () => true,
    () => false,
  );
  const noAnswer = wait(LOOK_MS_MAX, true, { signal: late.signal }).catch(() => true);
  return Promise.race([looked, noAnswer]).finally(() => late.abort());
}
