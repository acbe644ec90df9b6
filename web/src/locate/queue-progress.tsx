import { useEffect } from 'preact/hooks';
import { count, duration } from '../text/format.js';
import { t } from '../text/language.js';
import { announce } from '../ui/announcer.js';
import { endedOf, secondsLeft, tally } from './photo-queue.js';

/** With fewer photos only the end is announced. */
const QUARTERS_FROM = 20;

/** Progress of all photos together. It is read out at each quarter and at the end. */
export function QueueProgress() {
  const text = t.value.queue;
  const now = tally.value;
  const ended = endedOf(now);
  const quarter = now.all >= QUARTERS_FROM ? Math.floor((4 * ended) / now.all) : 0;
  useEffect(() => {
    if (ended === now.all) announce(t.peek().locate.queueDone(count(now.done), count(now.all)));
    else if (quarter > 0) announce(t.peek().queue.progress(count(ended), count(now.all)));
  }, [ended === now.all, quarter, now.all]);
  const left = secondsLeft(now);
  return (
    <div class="queue-progress">
      {ended < now.all && <progress aria-hidden="true" value={ended} max={now.all} />}
      <p class="quiet-text">
        {text.progress(count(ended), count(now.all))}
        {now.failed > 0 && ` · ${text.failed(count(now.failed))}`}
        {left !== null && ` · ${text.left(duration(left))}`}
      </p>
    </div>
  );
}
