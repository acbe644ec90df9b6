import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';

/** A page of groups that are in the order of their smallest ids. */
export interface GroupPage<G> {
  readonly groups: readonly G[];
  /** Cursor of the next page; null on the last. */
  readonly cursor: string | null;
}

/**
 * @param cursor the previous page's: the smallest id of its last group, so that groups that come or go meanwhile do not move
 * the page
 * @throws `bad_cursor`
 */
export function pageOfGroups<G extends { readonly photos: readonly { readonly id: string }[] }>(
  groups: readonly G[],
  limit: number,
  cursor: string | undefined,
): GroupPage<G> {
  if (cursor !== undefined && !/^[0-9a-f]{32}$/.test(cursor))
    throw fault('bad_cursor', `Expected a cursor that an earlier page gave, got ${cursor}; begin again without it.`);
  const left = cursor === undefined ? groups : groups.filter((group) => firstId(group) > cursor);
  const page = left.slice(0, limit);
  return { groups: page, cursor: left.length > limit ? firstId(present(page.at(-1))) : null };
}

function firstId({ photos }: { readonly photos: readonly { readonly id: string }[] }): string {
  return present(photos.map(({ id }) => id).sort()[0]);
}
