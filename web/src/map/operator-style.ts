import { signal } from '@preact/signals';

/** Whether the operator's map did not answer, so that the page's own is shown. */
export const operatorMapGone = signal(false);

const WAIT_MS = 8000;
const SETTING = 'meta[name="streetdex-map-style"]';

/** Whether the operator has set a map: the page's picture of the world, drawn from its own, is then not shown. */
export const hasOperatorStyle = (): boolean => (document.querySelector<HTMLMetaElement>(SETTING)?.content ?? '') !== '';

/**
 * Asks for the operator's map style, where one is set. Where it does not answer, it is struck out of the page's head, from
 * which the map reads it, and the page's own map is drawn: what the page has to show on a map matters more than which.
 */
export async function checkOperatorStyle(): Promise<void> {
  const setting = document.querySelector<HTMLMetaElement>(SETTING);
  if (setting === null || setting.content === '') return;
  try {
    const response = await fetch(new URL(setting.content, document.baseURI), { signal: AbortSignal.timeout(WAIT_MS) });
    if (!response.ok) throw new Error(`${response.status}`);
    await response.json();
  } catch {
    setting.content = '';
    operatorMapGone.value = true;
  }
}
