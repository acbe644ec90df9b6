import { setImmediate } from 'node:timers/promises';
import type { Reference } from '../domain/reference.js';
import type { ReferenceFilter, ReferenceReader } from '../references/reader.js';
import { everyReference } from './every-reference.js';

/** All references that a filter lets through, without their sources, in the order of the index. */
export async function population(
  reader: Pick<ReferenceReader, 'scan'>,
  filter: ReferenceFilter = {},
): Promise<readonly Reference[]> {
  const all: Reference[] = [];
  for await (const page of everyReference(reader, filter)) {
    for (const reference of page) all.push(reference);
    // Lets other work of the process run.
    await setImmediate();
  }
  return all;
}
