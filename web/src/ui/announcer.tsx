import { signal } from '@preact/signals';

interface Saying {
  readonly key: number;
  readonly text: string;
}

/** So many messages stay, so that simultaneous ones are not lost. */
const KEPT = 4;
const sayings = signal<readonly Saying[]>([]);
let nextKey = 0;

/** Announces a text to users of screen readers. */
export function announce(text: string): void {
  sayings.value = [...sayings.peek(), { key: nextKey++, text }].slice(-KEPT);
}

/** Each message is an element of its own, which is read out when it appears, even if the words are the same. */
export function Announcer() {
  return (
    <div class="unseen announcer" role="log" aria-live="polite">
      {sayings.value.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}
