import type { ToldFacts } from '../images/known-facts.js';
import { readPhotoFacts } from '../images/photo-facts.js';
import { readXmp } from '../images/read-xmp.js';

/** Parses metadata: in a server in a decoder thread, since its own thread answers callers. */
export interface FactsReader {
  photoFacts(bytes: Uint8Array, options?: { readonly wait?: boolean }): Promise<ToldFacts>;
  xmpFacts(bytes: Uint8Array, options?: { readonly wait?: boolean }): Promise<ToldFacts>;
}

/** In this thread, for a process that answers nobody meanwhile. */
export const READ_HERE: FactsReader = {
  photoFacts: async (bytes) => readPhotoFacts(bytes),
  xmpFacts: async (bytes) => readXmp(bytes),
};
