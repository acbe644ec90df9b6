import { t } from '../text/language.js';
import { handOnFocus } from '../ui/hand-on-focus.js';
import { IconButton } from '../ui/icon-button.js';
import { FEW } from './order-photos.js';
import { type QueuedPhoto, queue, remove } from './photo-queue.js';
import { QueueFilter } from './queue-filter.js';
import { QueueGrid } from './queue-grid.js';
import { QueueProgress } from './queue-progress.js';
import { QueueTools } from './queue-tools.js';

/** The photos of this visit with their states. A single photo needs no list. */
export function PhotoQueue() {
  const all = queue.value.length;
  if (all < 2) return null;
  return (
    <section class="queue-room" aria-label={t.value.locate.queue}>
      <QueueProgress />
      {all > FEW && <QueueFilter />}
      <QueueGrid />
      <QueueTools />
    </section>
  );
}

/** Removes a single photo, which is in no list. */
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
