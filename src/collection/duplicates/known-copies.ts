import type { ReferenceReader, StoredReference } from '../../references/reader.js';
import { bestFirst, type CopyGroup, groupIds } from './group-copies.js';
import { LookCache } from './look-cache.js';
import { pageOfGroups } from './page-of-groups.js';

export interface KnownCopies {
  /** Without groups that have fewer than two references left in the index, so a page may be short. */
  readonly groups: readonly CopyGroup<StoredReference>[];
  /** Number of photos that were compared so far. */
  readonly lookedAt: number;
  /** Cursor of the next page; null on the last. */
  readonly cursor: string | null;
}

/** A page of the copies that earlier searches found; looks at no photo. @throws `bad_cursor` */
export async function knownCopies(
  file: string,
  reader: Pick<ReferenceReader, 'getMany'>,
  limit: number,
  cursor?: string,
): Promise<KnownCopies> {
  const cache = LookCache.openToRead(file);
  try {
    const all = groupIds(cache?.copies() ?? []).map((ids) => ({ photos: ids.map((id) => ({ id })) }));
    const page = pageOfGroups(all, limit, cursor);
    const stored = await reader.getMany(page.groups.flatMap(({ photos }) => photos.map(({ id }) => id)));
    const groups = page.groups
      .map(({ photos }) => photos.flatMap(({ id }) => stored.get(id) ?? []))
      .filter(({ length }) => length > 1)
      .map(bestFirst);
    return { groups, lookedAt: cache?.count() ?? 0, cursor: page.cursor };
  } finally {
    cache?.close();
  }
}
