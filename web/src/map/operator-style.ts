import { signal } from '@preact/signals';

const setting = document.querySelector<HTMLMetaElement>('meta[name="streetdex-map-style"]')?.content ?? '';

/** Address of the operator's map style; null where none is set, or the one that is set did not answer. */
export const operatorStyle = signal(setting === '' ? null : new URL(setting, document.baseURI).href);
/** What failed to load of the operator's map: everything, so that the page's own is shown, or parts. */
export const operatorMapLacks = signal<'everything' | 'parts' | null>(null);

const WAIT_MS = 8000;

/** Falls back to the page's own map where the operator's does not answer, since what is shown on it matters more. */
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
