import { setImmediate } from 'node:timers/promises';
import type { Reference } from '../domain/reference.js';
import type { ReferenceFilter, ReferenceReader } from '../references/reader.js';

const PAGE = 10_000;

/** All references that a filter lets through, without their sources, in the order of the index. */
export async function population(
  reader: ReferenceReader,
  filter: ReferenceFilter | undefined,
): Promise<readonly Reference[]> {
  const all: Reference[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await reader.scan({
      limit: PAGE,
      ...(filter === undefined ? {} : { filter }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const reference of page.references) all.push(reference);
    cursor = page.cursor;
    // Others have their turn.
    await setImmediate();
  }
  return all;
}
