import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { decimals } from '../text/format.js';
import { t } from '../text/language.js';
import { shortPlaceName } from '../text/place-name.js';
import { problemSentence } from '../text/problem-sentence.js';
import { announce } from '../ui/announcer.js';
import { handOnFocus } from '../ui/hand-on-focus.js';
import { cancel, type QueuedPhoto, retry } from './photo-queue.js';
import { RemoveAlone } from './photo-queue-list.js';

const TICK_MS = 100;

/** The photo's progress and time, with a way to stop; or what went wrong. */
export function PhotoProgress({ photo }: { readonly photo: QueuedPhoto }) {
  const text = t.value.locate;
  const { state, startedAt, answer } = photo;
  const now = useSignal(performance.now());
  const running = state === 'working' || state === 'busy' || state === 'gone' || state === 'keyless';
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => {
      now.value = performance.now();
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [running]);
  const best = answer?.candidates[0];
  useEffect(() => {
    if (state === 'done' && best !== undefined) announce(`${photo.name}: ${shortPlaceName(best.place)}`);
    if (state === 'busy' || state === 'gone' || state === 'cancelled') announce(`${photo.name}: ${text.state[state]}`);
  }, [state, best]);
  const again = () => {
    retry(photo.key);
    handOnFocus(() => null);
  };
  const stop = () => {
    cancel(photo.key);
    handOnFocus(() => null);
  };
  if (state === 'failed') {
    return (
      <div class="notice warn" role="alert">
        <p>{problemSentence(photo.problem)}</p>
        <button type="button" onClick={again}>
          {text.retry}
        </button>
        <RemoveAlone photo={photo} />
      </div>
    );
  }
  if (state === 'cancelled') {
    return (
      <div class="notice">
        <p>{text.state.cancelled}</p>
        <button type="button" onClick={again}>
          {text.retry}
        </button>
        <RemoveAlone photo={photo} />
      </div>
    );
  }
  // While the answer is asked for again, with hints, the former one stays.
  if (state === 'done' || (answer !== null && state !== 'gone' && state !== 'keyless')) return null;
  const seconds = startedAt === null ? 0 : Math.max(0, now.value - startedAt) / 1000;
  return (
    <div class="notice progress">
      <progress aria-label={text.state[state]} />
      <p>
        {text.state[state]} <span class="quiet-text">{decimals(seconds, 1)} s</span>
      </p>
      <button type="button" onClick={stop}>
        {text.cancel}
      </button>
    </div>
  );
}
