import { present } from '../../domain/present.js';
import type { Reference } from '../../domain/reference.js';
import { GroupFinder } from '../../references/group-finder.js';

/** The reason for which one photo is the best to keep. */
export type Because = 'pixels' | 'bytes' | 'facts' | 'id';

export interface CopyGroup<R extends Reference = Reference> {
  /** The best first, then by the same order. At least two. */
  readonly photos: readonly R[];
  /** The reason for which the first is better than the second. */
  readonly because: Because;
}

/**
 * Groups of one picture; a copy of a copy is in the same group. Pairs with other references are ignored.
 * @returns in the order of their smallest ids
 */
export function groupCopies<R extends Reference>(
  references: ReadonlyMap<string, R>,
  copies: readonly (readonly [string, string])[],
): CopyGroup<R>[] {
  const known = copies.filter((pair) => pair.every((id) => references.has(id)));
  return groupIds(known).map((ids) => bestFirst(ids.map((id) => present(references.get(id)))));
}

/** The groups that pairs form, each in the order of its ids, ordered by their first ids. */
export function groupIds(pairs: readonly (readonly [string, string])[]): string[][] {
  const parents = new Map<string, string>();
  const rootOf = (id: string): string => {
    let root = id;
    for (let up = parents.get(root); up !== undefined && up !== root; up = parents.get(root)) root = up;
    parents.set(id, root);
    return root;
  };
  for (const pair of pairs) {
    const [one, other] = pair.map(rootOf).sort();
    parents.set(present(other), present(one));
  }
  const groups = new Map<string, string[]>();
  for (const id of [...parents.keys()].sort()) {
    const group = groups.get(rootOf(id));
    if (group === undefined) groups.set(rootOf(id), [id]);
    else group.push(id);
  }
  return [...groups.values()];
}

/**
 * Groups of references within 25 m of the one of smallest id, where they show more than one picture; of copies only the best
 * counts.
 */
export function groupPlaces<R extends Reference>(
  references: ReadonlyMap<string, R>,
  copies: readonly CopyGroup[],
): R[][] {
  const spare = new Set(copies.flatMap(({ photos }) => photos.slice(1).map(({ id }) => id)));
  const finder = new GroupFinder();
  const groups: R[][] = [];
  for (const reference of [...references.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (spare.has(reference.id)) continue;
    const { group } = finder.add(reference.point.lat, reference.point.lon, null);
    const members = groups[group];
    if (members === undefined) groups[group] = [reference];
    else members.push(reference);
  }
  return groups.filter(({ length }) => length > 1);
}

/** @param photos two or more */
export function bestFirst<R extends Reference>(photos: readonly R[]): CopyGroup<R> {
  const sorted = photos.toSorted((a, b) => compare(a, b)[0]);
  const [first, second] = [present(sorted[0]), present(sorted[1])];
  return { photos: sorted, because: compare(first, second)[1] };
}

/** Negative where `a` is the better to keep; and the reason. */
function compare(a: Reference, b: Reference): readonly [number, Because] {
  const pixels = b.width * b.height - a.width * a.height;
  if (pixels !== 0) return [pixels, 'pixels'];
  if (a.bytes !== b.bytes) return [b.bytes - a.bytes, 'bytes'];
  const facts = factsOf(b) - factsOf(a);
  return facts !== 0 ? [facts, 'facts'] : [a.id < b.id ? -1 : 1, 'id'];
}

function factsOf({
  headingDeg,
  altitudeM,
  capturedAt,
  author,
  sequence,
  licence,
  attribution,
  url,
}: Reference): number {
  const facts = [headingDeg, altitudeM, capturedAt, author, sequence, licence, attribution, url];
  return facts.filter((fact) => fact !== null).length;
}
