import { EmbeddedStore } from './embedded/embedded-store.js';
import type { Store } from './store.js';

/** The store at a location: a folder of this machine. Opens nothing yet. */
export function openStore(location: string): Store {
  return new EmbeddedStore(location);
}
