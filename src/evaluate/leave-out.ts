import { createHash } from 'node:crypto';
import { fault } from '../domain/errors.js';
import type { GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import { GroupFinder } from '../references/group-finder.js';
import type { ReferenceFilter, ReferenceReader, StoredReference } from '../references/reader.js';

/** Rules on which references may not count for a photo of the index. */
export const LEAVE_OUT_RULES = ['none', 'id', 'sequence', 'author', 'place'] as const;
export type LeaveOutRule = (typeof LEAVE_OUT_RULES)[number];

/**
 * The rule `place` leaves out everything within this distance of a query's true place. A reference within it makes the place an
 * indexed one.
 */
export const PLACE_KM = 25;

const PAGE = 1_000;

/** The facts of a photo that the rules use. */
export type LeaveOutPhoto = Pick<StoredReference, 'point' | 'author' | 'sequence'>;
type Member = LeaveOutPhoto & Pick<StoredReference, 'id'>;

/**
 * The exclusions of one reference: each rule includes the one before it, but `place` leaves out no author, who may have been
 * elsewhere.
 * @returns null where the rule needs an unknown fact: the author of a photo without one
 */
export function leaveOutFilter(rule: LeaveOutRule, { id, point, author, sequence }: Member): ReferenceFilter | null {
  if (rule === 'none') return {};
  const walk = sequence === null ? {} : { sequence: [sequence] };
  switch (rule) {
    case 'id':
      return { exclude: { ids: [id] } };
    case 'sequence':
      return { exclude: { ids: [id], ...walk } };
    case 'author':
      return author === null ? null : { exclude: { ids: [id], ...walk, author: [author] } };
    case 'place':
      return { exclude: { ids: [id], ...walk, near: { ...point, km: PLACE_KM } } };
  }
}

/**
 * The references to ask about, in the order of their ids: all of them, or `limit` of the groups' representatives (of
 * each walk, or of photos within 25 m, the one of the smallest id). Which ones depends on their bytes alone, so that
 * the same index gives the same sample.
 */
export async function chooseReferences(references: ReferenceReader, limit: number | null): Promise<readonly Member[]> {
  const all: Member[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await references.list({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const { id, point, author, sequence } of page.references) all.push({ id, point, author, sequence });
    cursor = page.cursor;
  }
  all.sort(byId);
  if (limit === null) return all;
  const groups = new GroupFinder();
  const founders = all.filter(({ point, sequence }) => groups.add(point.lat, point.lon, sequence).founded);
  return drawn(founders, limit, ({ id }) => id);
}

/** Which part of the mix a query is: `indexed` where a reference that may count lies near the truth. No answer uses it. */
export async function partOf(references: ReferenceReader, point: GeoPoint, filter: ReferenceFilter): Promise<string> {
  const near = { ...point, km: PLACE_KM };
  const { references: found } = await references.list({ filter: { ...filter, near }, limit: 1 });
  return found.length > 0 ? 'indexed' : 'unindexed';
}

/** A sample of `limit` items by the hashes of their names, the same for the same names; in their original order. */
export function drawn<T>(items: readonly T[], limit: number | null, nameOf: (item: T) => string): readonly T[] {
  if (limit === null || items.length <= limit) return items;
  const draws = items.map((item, at) => ({ at, draw: drawOf(nameOf(item)) }));
  draws.sort((a, b) => (a.draw < b.draw ? -1 : 1));
  const chosen = draws.slice(0, limit).sort((a, b) => a.at - b.at);
  return chosen.map(({ at }) => present(items[at]));
}

/** @throws `usage` */
export function parseLeaveOutRule(text: string): LeaveOutRule {
  const rule = LEAVE_OUT_RULES.find((known) => known === text);
  if (rule !== undefined) return rule;
  throw fault('usage', `Expected --leave-out to be one of ${LEAVE_OUT_RULES.join(', ')}, but got ${text}.`);
}

/** A hash independent of ids, which are hashes themselves: representatives have the smallest of those. */
function drawOf(name: string): string {
  return createHash('sha256').update(`evaluate\0${name}`).digest('hex');
}

function byId(a: Member, b: Member): number {
  return a.id < b.id ? -1 : 1;
}
