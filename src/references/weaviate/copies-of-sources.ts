import { isDeepStrictEqual } from 'node:util';
import type { StoredReference } from '../reader.js';
import { copies } from './cluster-draft.js';

/** Whether a reference's object says of its sources what these say of themselves. */
export function copiesAreRight(properties: Record<string, unknown>, sources: StoredReference['sources']): boolean {
  const wanted = copies({ sources });
  return Object.entries(wanted).every(([name, value]) => {
    const stored = properties[name] ?? null;
    // The server gives no empty lists.
    return isDeepStrictEqual(stored, value) || (stored === null && (isDeepStrictEqual(value, []) || value === false));
  });
}
