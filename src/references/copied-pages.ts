import { bySourceKey, hasTheSay, isSameSource } from './has-the-say.js';
import type { ReferenceFilter, StoredReference } from './reader.js';
import type { OpenIndex } from './store.js';

const PAGE = 500;
const SCAN_PAGE = 1_000;

/** What is copied, page by page. */
export async function* pagesOf(
  { reader }: Pick<OpenIndex, 'reader'>,
  filter?: ReferenceFilter,
): AsyncGenerator<readonly StoredReference[]> {
  const asked = filter === undefined ? {} : { filter };
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await reader.list({ limit: PAGE, ...asked, ...(cursor === undefined ? {} : { cursor }) });
    yield page.references;
    cursor = page.cursor;
  }
}

/** What another index has of the same references. */
export async function* sameIn(
  pages: AsyncIterable<readonly StoredReference[]>,
  { reader }: Pick<OpenIndex, 'reader'>,
): AsyncGenerator<readonly StoredReference[]> {
  for await (const page of pages) yield [...(await reader.getMany(page.map(({ id }) => id))).values()];
}

/** How many references that is. */
export async function countOf(
  { reader, catalogue }: Pick<OpenIndex, 'reader' | 'catalogue'>,
  filter: ReferenceFilter | undefined,
): Promise<number> {
  if (filter === undefined) return (await catalogue.counts()).references;
  let count = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await reader.scan({ limit: SCAN_PAGE, filter, ...(cursor === undefined ? {} : { cursor }) });
    count += page.references.length;
    cursor = page.cursor;
  }
  return count;
}

/** A photo as two indexes know it: with the sources of both, and the facts of the source that has the say, whichever came first. */
export function joined(one: StoredReference, there: StoredReference | undefined): StoredReference {
  if (there === undefined) return one;
  const others = there.sources.filter((source) => !one.sources.some((own) => isSameSource(own, source)));
  const sources = [...one.sources, ...others].sort(bySourceKey);
  const says = hasTheSay(sources, []);
  return { ...(says === null || others.includes(says) ? there : one), sources };
}
