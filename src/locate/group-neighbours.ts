import { present } from '../domain/present.js';
import { chordSquared, kmToChordSquared, type SpherePoint, toSphere } from '../geo/sphere.js';
import type { Neighbour } from '../references/reader.js';

/** What is not independent of its representative is one witness. */
export interface NeighbourGroup {
  /** The member of highest cosine, ties by id. */
  readonly representative: Neighbour;
  readonly size: number;
}

/**
 * A hit joins the first representative of its own sequence or within `distanceM` metres, else it founds a group.
 * Only representatives draw others in, so a street of photos 20 m apart does not chain into one.
 *
 * @param hits in any order
 * @returns at most `limit` groups, by descending cosine of their representatives, ties by id
 */
export function groupNeighbours(hits: readonly Neighbour[], distanceM: number, limit: number): NeighbourGroup[] {
  const reach = kmToChordSquared(distanceM / 1000);
  const points: SpherePoint[] = [];
  const bySequence = new Map<string, number>();
  const groups: { representative: Neighbour; size: number }[] = [];
  for (const hit of inOrder(hits)) {
    const point = toSphere(hit.point);
    const ofSequence = (hit.sequence === null ? undefined : bySequence.get(hit.sequence)) ?? groups.length;
    let joined = 0;
    while (joined < ofSequence && chordSquared(point, present(points[joined])) > reach) joined++;
    const group = groups[joined];
    if (group !== undefined) {
      group.size++;
      continue;
    }
    if (groups.length === limit) continue;
    if (hit.sequence !== null) bySequence.set(hit.sequence, groups.length);
    points.push(point);
    groups.push({ representative: hit, size: 1 });
  }
  return groups;
}

function inOrder(hits: readonly Neighbour[]): readonly Neighbour[] {
  const before = (a: Neighbour, b: Neighbour) => b.score - a.score || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  return hits.every((hit, i) => i === 0 || before(present(hits[i - 1]), hit) <= 0) ? hits : hits.toSorted(before);
}
