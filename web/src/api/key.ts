import { signal } from '@preact/signals';

const NAME = 'streetdex.key';

/** The API key of this tab, where the server asks for one; forgotten with the tab. */
export const apiKey = signal<string | null>(read());

export function useKey(key: string): void {
  apiKey.value = key;
  try {
    sessionStorage.setItem(NAME, key);
  } catch {
    // Without storage the key holds until the tab is reloaded.
  }
}

function read(): string | null {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}
