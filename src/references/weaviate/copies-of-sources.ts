import { isDeepStrictEqual } from 'node:util';
import type { StoredReference } from '../reader.js';
import { copies } from './cluster-draft.js';
import type { ObjectFields } from './object-fields.js';

/** Whether a reference's copies of its source keys match the sources. */
export function copiesAreRight(fields: ObjectFields, sources: StoredReference['sources']): boolean {
  const wanted = copies({ sources });
  const given = new Map<string, unknown>(Object.entries(fields));
  return Object.entries(wanted).every(([name, value]) => {
    const stored = given.get(name) ?? null;
    // The server leaves out empty lists and false.
    return isDeepStrictEqual(stored, value) || (stored === null && (isDeepStrictEqual(value, []) || value === false));
  });
}
