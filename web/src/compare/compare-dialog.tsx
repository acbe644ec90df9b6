import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Preview } from '../locate/preview.js';
import { pointed } from '../map/overlay.js';
import { coordinates, day, decimals } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { Icon } from '../ui/icon.js';
import { Picture } from '../ui/picture.js';
import { comparison, stepComparison } from './comparison.js';
import { movePan, START, type ZoomPan, zoomAt } from './zoom-pan.js';

const ZOOM_STEP = 1.3;
const PAN_STEP = 40;

/** The photo beside a neighbour, zoomed and panned together. */
export function CompareDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = comparison.value;
  const open = shown !== null;
  const view = useSignal<ZoomPan>(START);
  const text = t.value.compare;
  useEffect(() => {
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
        // It says so a while later, when another comparison may be open.
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
              <button type="button" onClick={() => (view.value = START)}>
                {text.reset}
              </button>
              <button type="button" class="quiet icon-button" onClick={close} aria-label={text.close}>
                <Icon name="close" />
              </button>
            </span>
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
            <span class="quiet-text">{text.keys}</span>
            <button type="button" onClick={() => stepComparison(1)}>
              {text.next} →
            </button>
          </footer>
        </>
      )}
    </dialog>
  );
}

interface PaneProps {
  readonly view: Signal<ZoomPan>;
  readonly caption: string;
  readonly children: preact.ComponentChildren;
}

/** One of the two pictures; both follow the same zoom and pan. */
function Pane({ view, caption, children }: PaneProps) {
  const frame = useRef<HTMLDivElement>(null);
  const dragged = useRef<{ x: number; y: number } | null>(null);
  const { zoom, x, y } = view.value;
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
          dragged.current = { x: event.clientX, y: event.clientY };
        }}
        onPointerMove={(event) => {
          if (dragged.current === null) return;
          const box = event.currentTarget.getBoundingClientRect();
          const [dx, dy] = [event.clientX - dragged.current.x, event.clientY - dragged.current.y];
          dragged.current = { x: event.clientX, y: event.clientY };
          view.value = movePan(view.peek(), dx / box.width, dy / box.height);
        }}
        onPointerUp={() => {
          dragged.current = null;
        }}
      >
        <div class="pane-inner" style={{ transform: `translate(${x * 100}%, ${y * 100}%) scale(${zoom})` }}>
          {children}
        </div>
      </div>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

function steer(event: KeyboardEvent, view: Signal<ZoomPan>): void {
  // Those are the browser's own: Back, its zoom, print.
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const pan = PAN_STEP / 500;
  const keys: Readonly<Record<string, () => void>> = {
    '+': () => (view.value = zoomAt(view.value, ZOOM_STEP, 0.5, 0.5)),
    '-': () => (view.value = zoomAt(view.value, 1 / ZOOM_STEP, 0.5, 0.5)),
    '0': () => (view.value = START),
    ArrowLeft: () => (view.value = movePan(view.value, pan, 0)),
    ArrowRight: () => (view.value = movePan(view.value, -pan, 0)),
    ArrowUp: () => (view.value = movePan(view.value, 0, pan)),
    ArrowDown: () => (view.value = movePan(view.value, 0, -pan)),
    n: () => stepComparison(1),
    p: () => stepComparison(-1),
  };
  const act = keys[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
}
