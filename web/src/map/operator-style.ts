import { signal } from '@preact/signals';

const setting = document.querySelector<HTMLMetaElement>('meta[name="streetdex-map-style"]')?.content ?? '';

/** Address of the operator's map style; null where none is set, or the one that is set did not answer. */
export const operatorStyle = signal(setting === '' ? null : new URL(setting, document.baseURI).href);
/** What of the operator's map did not answer: all of it, so that the page's own is shown, or some of what it is made of. */
export const operatorMapLacks = signal<'everything' | 'parts' | null>(null);

const WAIT_MS = 8000;

/** Gives up the operator's map where it does not answer: what the page has to show on a map matters more than which. */
export async function checkOperatorStyle(): Promise<void> {
  const url = operatorStyle.peek();
  if (url === null) return;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(WAIT_MS) });
    if (!response.ok) throw new Error(`${response.status}`);
    await response.json();
  } catch {
    operatorStyle.value = null;
    operatorMapLacks.value = 'everything';
  }
}
