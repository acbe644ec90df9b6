import { isDeepStrictEqual } from 'node:util';
import type { StoredReference } from '../reader.js';
import { copies } from './cluster-draft.js';

/** Whether a reference's copies of its source keys match the sources. */
export function copiesAreRight(properties: Record<string, unknown>, sources: StoredReference['sources']): boolean {
  const wanted = copies({ sources });
  return Object.entries(wanted).every(([name, value]) => {
    const stored = properties[name] ?? null;
    // The server leaves out empty lists and false.
    return isDeepStrictEqual(stored, value) || (stored === null && (isDeepStrictEqual(value, []) || value === false));
  });
}
