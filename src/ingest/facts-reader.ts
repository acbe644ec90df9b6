import type { ToldFacts } from '../images/known-facts.js';
import { readPhotoFacts } from '../images/photo-facts.js';
import { readXmp } from '../images/read-xmp.js';

/** Who parses metadata: for a server a thread that decodes, since its own answers others. */
export interface FactsReader {
  photoFacts(bytes: Uint8Array, options?: { readonly wait?: boolean }): Promise<ToldFacts>;
  xmpFacts(bytes: Uint8Array, options?: { readonly wait?: boolean }): Promise<ToldFacts>;
}

/** For a process that answers nobody meanwhile. */
export const READ_HERE: FactsReader = {
  photoFacts: async (bytes) => readPhotoFacts(bytes),
  xmpFacts: async (bytes) => readXmp(bytes),
};
