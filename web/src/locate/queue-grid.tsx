import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { photoMark, pointed } from '../map/overlay.js';
import { t } from '../text/language.js';
import { problemSentence } from '../text/problem-sentence.js';
import { headlineOf } from '../text/verdict-words.js';
import { handOnFocus } from '../ui/hand-on-focus.js';
import { IconButton } from '../ui/icon-button.js';
import { pointing } from '../ui/pointing.js';
import { listed } from './order-photos.js';
import { cancel, chosenKey, find, type QueuedPhoto, remove, retry } from './photo-queue.js';
import { QueueThumb } from './queue-thumb.js';

/** All rows have the same height, so that only the visible ones need to exist. */
const ROW_REM = 3.4;
const BEYOND = 3;
const PAGE = 5;

const rowPx = () => ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

/** The photos as rows: the arrow keys move between rows and to a row's buttons. */
export function QueueGrid() {
  const keys = listed.value;
  const grid = useRef<HTMLTableElement>(null);
  const seen = useSignal({ top: 0, height: 0 });
  const look = () => {
    const { current } = grid;
    if (current !== null) seen.value = { top: current.scrollTop, height: current.clientHeight };
  };
  // The row that Tab leads to; it exists even where it is out of sight, to keep the focus.
  const current = useSignal(chosenKey.peek());
  const last = useRef(0);
  const found = keys.indexOf(current.value ?? -1);
  // After its photo was removed, the next one.
  const at = found < 0 ? Math.min(last.current, keys.length - 1) : found;
  last.current = Math.max(0, at);
  const reveal = (index: number) => {
    const room = grid.current;
    if (room === null) return;
    const row = rowPx();
    room.scrollTop = Math.max((index + 1) * row - room.clientHeight, Math.min(room.scrollTop, index * row));
    look();
  };
  useLayoutEffect(look, []);
  // Before the next key, so that a photo that was just chosen does not undo it.
  useLayoutEffect(() => {
    const index = keys.indexOf(chosenKey.value ?? -1);
    if (index < 0) return;
    current.value = chosenKey.value;
    reveal(index);
  }, [chosenKey.value]);
  const focusing = useRef(false);
  const focusCurrent = () => {
    if (!focusing.current) return;
    focusing.current = false;
    grid.current?.querySelector<HTMLElement>('.queue-photo[tabindex="0"]')?.focus({ preventScroll: true });
  };
  const go = (index: number) => {
    const to = Math.max(0, Math.min(keys.length - 1, index));
    current.value = keys[to] ?? null;
    reveal(to);
    focusing.current = true;
    if (to === at) focusCurrent();
  };
  // This change may have removed the row with the focus.
  useLayoutEffect(() => focusCurrent());
  const steps: Readonly<Record<string, () => void>> = {
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    PageDown: () => go(at + PAGE),
    PageUp: () => go(at - PAGE),
    Home: () => go(0),
    End: () => go(keys.length - 1),
    ArrowRight: () => beside(1),
    ArrowLeft: () => beside(-1),
  };
  const first = Math.max(0, Math.floor(seen.value.top / rowPx()) - BEYOND);
  const end = Math.min(keys.length, Math.ceil((seen.value.top + seen.value.height) / rowPx()) + BEYOND);
  const shown = new Set([at, ...Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i)]);
  return (
    <table
      ref={grid}
      class="queue"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table that the arrow keys move in.
      role="grid"
      aria-label={t.value.locate.queue}
      aria-rowcount={keys.length}
      onScroll={look}
      onKeyDown={(event) => {
        const step = steps[event.key];
        // With these keys they are the browser's own.
        if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        step();
      }}
    >
      <tbody style={{ height: `${keys.length * ROW_REM}rem` }}>
        {[...shown]
          .sort((a, b) => a - b)
          .map((index) => {
            const key = keys[index];
            return key === undefined ? null : (
              <QueueRow key={key} photoKey={key} index={index} current={index === at} />
            );
          })}
      </tbody>
    </table>
  );
}

/** To the next button of the row. */
function beside(by: 1 | -1): void {
  const { activeElement } = document;
  const buttons = [...(activeElement?.closest('.queue-row')?.querySelectorAll('button') ?? [])];
  buttons[buttons.indexOf(activeElement as HTMLButtonElement) + by]?.focus();
}

interface RowProps {
  readonly photoKey: number;
  readonly index: number;
  readonly current: boolean;
}

function QueueRow({ photoKey, index, current }: RowProps) {
  const photo = find(photoKey);
  if (photo === null) return null;
  const chosen = photoKey === chosenKey.value;
  const mark = photoMark(photoKey);
  return (
    <tr
      class={`queue-row ${chosen ? 'chosen' : ''} ${pointed.value === mark ? 'pointed' : ''}`}
      style={{ top: `${index * ROW_REM}rem`, height: `${ROW_REM}rem` }}
      aria-rowindex={index + 1}
      aria-selected={chosen}
      {...pointing(mark)}
    >
      <td class="queue-cell">
        <button
          type="button"
          class="queue-photo"
          tabIndex={current ? 0 : -1}
          onClick={() => {
            chosenKey.value = photoKey;
          }}
        >
          <QueueThumb photo={photo} />
          <span class="queue-name">{photo.name}</span>
          <span class="queue-state" title={photo.state === 'failed' ? problemSentence(photo.problem) : undefined}>
            {stateText(photo)}
          </span>
        </button>
      </td>
      <RowTools photo={photo} />
    </tr>
  );
}

const ENDED: ReadonlySet<QueuedPhoto['state']> = new Set(['done', 'failed', 'cancelled']);

function RowTools({ photo }: { readonly photo: QueuedPhoto }) {
  const text = t.value.locate;
  const ended = ENDED.has(photo.state);
  const focusRow = () => handOnFocus(() => document.querySelector<HTMLElement>('.queue-photo[tabindex="0"]'));
  return (
    <td class="queue-tools">
      {(photo.state === 'failed' || photo.state === 'cancelled') && (
        <button
          type="button"
          class="quiet"
          tabIndex={-1}
          onClick={() => {
            retry(photo.key);
            focusRow();
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
        tabIndex={-1}
        onClick={() => {
          if (ended) remove(photo.key);
          else cancel(photo.key);
          focusRow();
        }}
      />
    </td>
  );
}

function stateText({ state, summary, problem }: QueuedPhoto): string {
  if (state === 'done' && summary !== null) {
    const { word, noPlace } = t.value.verdict;
    return `${word[summary.verdict.word]}: ${headlineOf(summary) ?? noPlace}`;
  }
  const word = t.value.locate.state[state];
  return state === 'failed' ? `${word}: ${problemSentence(problem)}` : word;
}
