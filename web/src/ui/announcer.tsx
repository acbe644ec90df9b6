import { signal } from '@preact/signals';

interface Saying {
  readonly key: number;
  readonly text: string;
}

/** So many stay that what is said at the same moment is not lost. */
const KEPT = 4;
const sayings = signal<readonly Saying[]>([]);
let nextKey = 0;

/** Says something to people who use a screen reader. */
export function announce(text: string): void {
  sayings.value = [...sayings.peek(), { key: nextKey++, text }].slice(-KEPT);
}

/** Each saying is an element of its own, which is read out when it comes; the same words twice are news again. */
export function Announcer() {
  return (
    <div class="unseen announcer" role="log" aria-live="polite">
      {sayings.value.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}
