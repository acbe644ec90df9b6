import { computed, effect, signal } from '@preact/signals';
import { callApi } from '../api/call.js';
import type { IndexFacts } from '../api/types.js';
import { service } from './service.js';

/** The index's counts and model; null until the server has answered. */
export const indexFacts = signal<IndexFacts | null>(null);

/** Sources of place names, without the word for places, which precedes them in the page's language. */
export const placeSources = computed(() =>
  (indexFacts.value?.gazetteer.attribution ?? 'GeoNames, CC BY 4.0').replace(/^Places: /, ''),
);

export async function loadIndexFacts(): Promise<void> {
  try {
    indexFacts.value = await callApi('GET /v1/index');
  } catch {
    // The notice about the server tells why.
  }
}

/** Read at the start, and again when the server comes back, possibly with another index. */
effect(() => {
  if (service.value === 'ok') void loadIndexFacts();
});
