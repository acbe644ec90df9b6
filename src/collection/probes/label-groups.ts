import { GroupFinder } from '../../references/group-finder.js';
import type { StoredReference } from '../../references/reader.js';

/** With fewer authors than folds, some folds would be empty. */
const AUTHORS_MIN = 5;

/**
 * Groups of photos that are not independent: by author where there are at least five, each with at most half of the photos;
 * else by walk, and photos without a walk by place (25 m).
 */
export function labelGroups(references: readonly StoredReference[]): string[] {
  const counts = new Map<string, number>();
  for (const { author } of references) if (author !== null) counts.set(author, (counts.get(author) ?? 0) + 1);
  const byAuthor = counts.size >= AUTHORS_MIN && Math.max(...counts.values()) <= references.length / 2;
  const groups = new GroupFinder();
  return references.map(({ author, sequence, point }) => {
    const { group } = groups.add(point.lat, point.lon, sequence);
    return byAuthor && author !== null ? `author ${author}` : `walk ${group}`;
  });
}
