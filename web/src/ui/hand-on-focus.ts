import { afterPaint } from './after-paint.js';

/** When a button removes itself, moves the focus to what `next` finds, rather than to the start of the page. */
export function handOnFocus(next: () => HTMLElement | null | undefined): void {
  afterPaint(() => {
    if (document.activeElement === document.body) (next() ?? document.getElementById('panel'))?.focus();
  });
}
