import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Preview } from '../locate/preview.js';
import { pointed } from '../map/overlay.js';
import { coordinates, day, decimals } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { Elsewhere } from '../ui/elsewhere.js';
import { IconButton } from '../ui/icon-button.js';
import { Picture } from '../ui/picture.js';
import { comparison, stepComparison } from './comparison.js';
import { movePan, START, type ZoomPan, zoomAt } from './zoom-pan.js';

const ZOOM_STEP = 1.3;
/** Step of panning, as a share of the frame. */
const PAN = 0.08;
/** Direction of the view; the picture moves the other way. */
const PANS = [
  ['left', '←', 1, 0],
  ['up', '↑', 0, 1],
  ['down', '↓', 0, -1],
  ['right', '→', -1, 0],
] as const;

/** The photo beside a neighbour, zoomed and panned together. */
export function CompareDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = comparison.value;
  const open = shown !== null;
  const view = useSignal<ZoomPan>(START);
  const text = t.value.compare;
  // At once, since the next key goes to what has the focus.
  useLayoutEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
    view.value = START;
  }, [open]);
  const neighbour = shown?.neighbours[shown.at];
  useEffect(() => {
    pointed.value = neighbour?.id ?? null;
  }, [neighbour?.id]);
  const close = () => {
    comparison.value = null;
  };
  return (
    <dialog
      ref={dialog}
      class="compare"
      aria-label={text.title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClose={() => {
        // The event comes late, when another comparison may be open.
        if (dialog.current?.open === false) close();
      }}
      onKeyDown={(event) => steer(event, view)}
    >
      {shown !== null && neighbour !== undefined && (
        <>
          <header>
            <h2>{text.title}</h2>
            <span class="compare-tools">
              <button
                type="button"
                onClick={() => (view.value = zoomAt(view.value, ZOOM_STEP, 0.5, 0.5))}
                aria-label={text.zoomIn}
              >
                +
              </button>
              <button
                type="button"
                onClick={() => (view.value = zoomAt(view.value, 1 / ZOOM_STEP, 0.5, 0.5))}
                aria-label={text.zoomOut}
              >
                −
              </button>
              {PANS.map(([name, sign, x, y]) => (
                <button
                  key={name}
                  type="button"
                  onClick={() => (view.value = movePan(view.value, x * PAN, y * PAN))}
                  aria-label={text[name]}
                >
                  {sign}
                </button>
              ))}
              <button type="button" onClick={() => (view.value = START)}>
                {text.reset}
              </button>
            </span>
            <IconButton icon="close" label={text.close} onClick={close} />
          </header>
          <div class="compare-panes">
            <Pane view={view} caption={`${t.value.photo.yours}: ${shown.photo.name}`}>
              <Preview photo={shown.photo} class="pane-picture" />
            </Pane>
            <Pane
              view={view}
              caption={[
                text.neighbour(shown.at + 1, shown.neighbours.length),
                `${t.value.neighbours.cosine} ${decimals(neighbour.score, 3)}`,
                coordinates(neighbour.point),
                neighbour.captured_at === null ? '' : day(neighbour.captured_at),
                plainText(neighbour.source ?? ''),
              ]
                .filter(Boolean)
                .join(' · ')}
            >
              <Picture
                key={neighbour.id}
                path={`v1/references/${neighbour.id}/image`}
                alt={text.neighbour(shown.at + 1, shown.neighbours.length)}
                class="pane-picture"
                eager
              />
            </Pane>
          </div>
          <footer>
            <button type="button" onClick={() => stepComparison(-1)}>
              ← {text.before}
            </button>
            <Elsewhere key={neighbour.id} point={neighbour.point} />
            <span class="quiet-text compare-keys">{text.keys}</span>
            <button type="button" onClick={() => stepComparison(1)}>
              {text.next} →
            </button>
          </footer>
        </>
      )}
    </dialog>
  );
}

interface Held {
  readonly x: number;
  readonly y: number;
}

/** The middle of all pressed pointers, and their distance; 0 for a single one. */
function spanOf(held: ReadonlyMap<number, Held>): Held & { readonly apart: number } {
  const all = [...held.values()];
  const mean = (of: (one: Held) => number) => all.reduce((sum, one) => sum + of(one), 0) / all.length;
  const [x, y] = [mean((one) => one.x), mean((one) => one.y)];
  return { x, y, apart: mean((one) => Math.hypot(one.x - x, one.y - y)) };
}

/** The picture follows one finger, and is zoomed by two. */
function followed(
  view: ZoomPan,
  from: ReturnType<typeof spanOf>,
  to: ReturnType<typeof spanOf>,
  box: DOMRect,
): ZoomPan {
  const moved = movePan(view, (to.x - from.x) / box.width, (to.y - from.y) / box.height);
  if (from.apart === 0) return moved;
  return zoomAt(moved, to.apart / from.apart, (to.x - box.left) / box.width, (to.y - box.top) / box.height);
}

interface PaneProps {
  readonly view: Signal<ZoomPan>;
  readonly caption: string;
  readonly children: preact.ComponentChildren;
}

/** One of the two pictures; both follow the same zoom and pan. */
function Pane({ view, caption, children }: PaneProps) {
  const frame = useRef<HTMLDivElement>(null);
  const held = useRef(new Map<number, Held>());
  const { zoom, x, y } = view.value;
  const letGo = ({ pointerId }: PointerEvent) => held.current.delete(pointerId);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY * 0.0015);
      view.value = zoomAt(
        view.peek(),
        factor,
        (event.clientX - box.left) / box.width,
        (event.clientY - box.top) / box.height,
      );
    };
    // Only a listener that is not passive may keep the page from scrolling.
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, []);
  return (
    <figure>
      <div
        ref={frame}
        class="pane"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          held.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
        }}
        onPointerMove={(event) => {
          if (!held.current.has(event.pointerId)) return;
          const before = spanOf(held.current);
          held.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
          view.value = followed(view.peek(), before, spanOf(held.current), event.currentTarget.getBoundingClientRect());
        }}
        onPointerUp={letGo}
        onPointerCancel={letGo}
      >
        <div class="pane-inner" style={{ transform: `translate(${x * 100}%, ${y * 100}%) scale(${zoom})` }}>
          {children}
        </div>
      </div>
      <figcaption aria-live="polite">{caption}</figcaption>
    </figure>
  );
}

function steer(event: KeyboardEvent, view: Signal<ZoomPan>): void {
  // The browser's own keys: Back, zoom, print.
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys: Readonly<Record<string, () => void>> = {
    '+': () => (view.value = zoomAt(view.value, ZOOM_STEP, 0.5, 0.5)),
    '-': () => (view.value = zoomAt(view.value, 1 / ZOOM_STEP, 0.5, 0.5)),
    '0': () => (view.value = START),
    ArrowLeft: () => (view.value = movePan(view.value, PAN, 0)),
    ArrowRight: () => (view.value = movePan(view.value, -PAN, 0)),
    ArrowUp: () => (view.value = movePan(view.value, 0, PAN)),
    ArrowDown: () => (view.value = movePan(view.value, 0, -PAN)),
    n: () => stepComparison(1),
    p: () => stepComparison(-1),
  };
  const act = keys[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
}
