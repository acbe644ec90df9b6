import { signal } from '@preact/signals';

const said = signal('');

/** Says something to people who use a screen reader. */
export function announce(text: string): void {
  // The same words twice are still news.
  said.value = said.peek() === text ? `${text}\u00a0` : text;
}

export function Announcer() {
  return (
    <div class="unseen" role="status" aria-live="polite">
      {said.value}
    </div>
  );
}
