import { computed, effect, signal } from '@preact/signals';
import { callApi } from '../api/call.js';
import type { IndexFacts } from '../api/types.js';
import { service } from './service.js';

/** What the index holds and which model it was made with; null until the server has said so. */
export const indexFacts = signal<IndexFacts | null>(null);

/** Whose names of places the page shows, without the word for places, which stands before it in the page's language. */
export const placeSources = computed(() =>
  (indexFacts.value?.gazetteer.attribution ?? 'GeoNames, CC BY 4.0').replace(/^Places: /, ''),
);

export async function loadIndexFacts(): Promise<void> {
  try {
    indexFacts.value = await callApi('GET /v1/index');
  } catch {
    // The notice of the server's state says why.
  }
}

/** Read at the start, and again when the server comes back: it may serve another index then. */
effect(() => {
  if (service.value === 'ok') void loadIndexFacts();
});
