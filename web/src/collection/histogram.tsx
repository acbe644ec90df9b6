import { useSignal } from '@preact/signals';
import { count, decimals } from '../text/format.js';
import { t } from '../text/language.js';

interface HistogramProps {
  readonly counts: readonly number[];
  readonly label: string;
}

/** Photos by how much of a label they have. Its figures are read bar by bar, by pointer or by the arrow keys. */
export function Histogram({ counts, label }: HistogramProps) {
  const text = t.value.collection.histogram;
  const at = useSignal<number | null>(null);
  const most = Math.max(1, ...counts);
  const last = counts.length - 1;
  const sentence = (bar: number) =>
    text.step(decimals(bar / counts.length, 2), decimals((bar + 1) / counts.length, 2), count(counts[bar] ?? 0));
  const hear = (event: KeyboardEvent) => {
    const from = at.value ?? 0;
    const to = {
      ArrowLeft: from - 1,
      ArrowDown: from - 1,
      ArrowRight: from + 1,
      ArrowUp: from + 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    at.value = Math.max(0, Math.min(last, to));
  };
  return (
    <figure class="histogram">
      <figcaption>{text.title(label)}</figcaption>
      <div
        class="histogram-bars"
        role="slider"
        tabIndex={0}
        aria-label={text.title(label)}
        aria-valuemin={1}
        aria-valuemax={counts.length}
        aria-valuenow={(at.value ?? 0) + 1}
        aria-valuetext={sentence(at.value ?? 0)}
        onKeyDown={hear}
        onFocus={() => {
          at.value ??= 0;
        }}
        onBlur={() => {
          at.value = null;
        }}
        onPointerLeave={() => {
          at.value = null;
        }}
      >
        {counts.map((photos, bar) => (
          <span
            key={bar}
            class={at.value === bar ? 'pointed' : ''}
            style={{ '--share': String(photos / most) }}
            onPointerEnter={() => {
              at.value = bar;
            }}
          />
        ))}
      </div>
      <div class="histogram-ends quiet-text" aria-hidden="true">
        <span>0</span>
        <span>{at.value === null ? text.help : sentence(at.value)}</span>
        <span>1</span>
      </div>
    </figure>
  );
}
