import { setImmediate } from 'node:timers/promises';
import type { Reference } from '../domain/reference.js';
import type { ReferenceFilter, ReferenceReader } from '../references/reader.js';
import { everyReference } from './every-reference.js';

const PAGE = 10_000;

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

/** Their ids alone, in the same order. */
export async function populationIds(
  reader: Pick<ReferenceReader, 'scanIds'>,
  filter: ReferenceFilter = {},
): Promise<readonly string[]> {
  const asked = Object.keys(filter).length === 0 ? {} : { filter };
  const all: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await reader.scanIds({ limit: PAGE, ...asked, ...(cursor === undefined ? {} : { cursor }) });
    for (const id of page.ids) all.push(id);
    cursor = page.cursor;
    await setImmediate();
  }
  return all;
}
