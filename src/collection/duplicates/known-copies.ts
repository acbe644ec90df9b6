import type { ReferenceFilter, ReferenceReader, StoredReference } from '../../references/reader.js';
import { populationIds } from '../population.js';
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

export interface CopiesQuery {
  readonly limit: number;
  readonly cursor?: string;
  /** Copies among the references that it lets through; undefined for all. */
  readonly filter: ReferenceFilter | undefined;
}

/** The groups that earlier searches found: all ids of a group, by the id of each. */
export function copiesById(file: string): ReadonlyMap<string, readonly string[]> {
  const cache = LookCache.openToRead(file);
  try {
    return new Map(groupIds(cache?.copies() ?? []).flatMap((ids) => ids.map((id) => [id, ids] as const)));
  } finally {
    cache?.close();
  }
}

/** A page of the copies that earlier searches found; looks at no photo. @throws `bad_cursor`, `bad_time` */
export async function knownCopies(
  file: string,
  reader: Pick<ReferenceReader, 'getMany' | 'scanIds'>,
  { limit, cursor, filter }: CopiesQuery,
): Promise<KnownCopies> {
  const cache = LookCache.openToRead(file);
  try {
    const copies = cache?.copies() ?? [];
    const all = groupIds(filter === undefined ? copies : await copiesAmong(copies, reader, filter)).map((ids) => ({
      photos: ids.map((id) => ({ id })),
    }));
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

/** Pairs of which a filter lets both through. */
async function copiesAmong(
  copies: readonly (readonly [string, string])[],
  reader: Pick<ReferenceReader, 'scanIds'>,
  filter: ReferenceFilter,
): Promise<readonly (readonly [string, string])[]> {
  if (copies.length === 0) return copies;
  const among = new Set(await populationIds(reader, filter));
  return copies.filter((pair) => pair.every((id) => among.has(id)));
}
