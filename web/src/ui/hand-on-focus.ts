import { afterPaint } from './after-paint.js';

/** Where a button takes itself away, the focus goes to what `next` finds: not back to the beginning of the page. */
export function handOnFocus(next: () => HTMLElement | null | undefined): void {
  afterPaint(() => {
    if (document.activeElement === document.body) (next() ?? document.getElementById('panel'))?.focus();
  });
}
