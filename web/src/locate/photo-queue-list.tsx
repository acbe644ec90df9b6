import { useEffect } from 'preact/hooks';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { shortPlaceName } from '../text/place-name.js';
import { announce } from '../ui/announcer.js';
import { handOnFocus } from '../ui/hand-on-focus.js';
import { IconButton } from '../ui/icon-button.js';
import { cancel, chosenKey, type PhotoState, type QueuedPhoto, queue, remove, retry } from './photo-queue.js';
import { Preview } from './preview.js';

const ENDED: ReadonlySet<PhotoState> = new Set(['done', 'failed', 'cancelled']);

/** The photos of this visit and how far each is. One alone needs no list. */
export function PhotoQueue() {
  const text = t.value.locate;
  const all = queue.value.length;
  const ended = queue.value.every(({ state }) => ENDED.has(state));
  useEffect(() => {
    if (!ended || all < 2) return;
    announce(text.queueDone(count(queue.peek().filter(({ state }) => state === 'done').length), count(all)));
  }, [ended, all]);
  if (all < 2) return null;
  return (
    <section aria-label={text.queue}>
      <ol class="queue">
        {queue.value.map((photo) => (
          <li key={photo.key} class={photo.key === chosenKey.value ? 'chosen' : ''}>
            <button
              type="button"
              class="queue-photo"
              aria-pressed={photo.key === chosenKey.value}
              onClick={() => {
                chosenKey.value = photo.key;
              }}
            >
              <Preview photo={photo} class="queue-preview" />
              <span class="queue-name">{photo.name}</span>
              <span class="queue-state">{stateText(photo)}</span>
            </button>
            <QueueTool photo={photo} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function QueueTool({ photo }: { readonly photo: QueuedPhoto }) {
  const text = t.value.locate;
  const ended = ENDED.has(photo.state);
  return (
    <span class="queue-tools">
      {(photo.state === 'failed' || photo.state === 'cancelled') && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            retry(photo.key);
            handOnFocus(() => document.querySelector<HTMLElement>('.queue .chosen .queue-photo'));
          }}
          aria-label={`${text.retry}: ${photo.name}`}
        >
          {text.retry}
        </button>
      )}
      <IconButton
        icon="close"
        label={`${ended ? text.remove : text.cancel}: ${photo.name}`}
        title={ended ? text.remove : text.cancel}
        onClick={() => {
          if (ended) remove(photo.key);
          else cancel(photo.key);
          handOnFocus(() => document.querySelector<HTMLElement>('.queue .chosen .queue-photo'));
        }}
      />
    </span>
  );
}

/** Removes a photo that is alone, and so in no list. */
export function RemoveAlone({ photo }: { readonly photo: QueuedPhoto }) {
  const text = t.value.locate;
  if (queue.value.length > 1) return null;
  return (
    <IconButton
      icon="close"
      label={`${text.remove}: ${photo.name}`}
      title={text.remove}
      onClick={() => {
        remove(photo.key);
        handOnFocus(() => document.querySelector<HTMLElement>('.drop > button'));
      }}
    />
  );
}

function stateText({ state, answer }: QueuedPhoto): string {
  const best = answer?.candidates[0];
  return state === 'done' && best !== undefined ? shortPlaceName(best.place) : t.value.locate.state[state];
}
