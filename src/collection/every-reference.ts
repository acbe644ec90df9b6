import type { Reference } from '../domain/reference.js';
import type { ReferenceFilter, ReferenceReader } from '../references/reader.js';

const PAGE = 10_000;

/** All references that a filter lets through, page by page, without their sources. @throws `bad_time` */
export async function* everyReference(
  reader: Pick<ReferenceReader, 'scan'>,
  filter: ReferenceFilter,
): AsyncGenerator<readonly Reference[]> {
  const asked = Object.keys(filter).length === 0 ? {} : { filter };
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await reader.scan({ limit: PAGE, ...asked, ...(cursor === undefined ? {} : { cursor }) });
    yield page.references;
    cursor = page.cursor;
  }
}
