import { createHash } from 'node:crypto';
import { present } from '../../domain/present.js';

/**
 * Splits rows into folds so that a group (an author, a walk, a place) is in one fold and classes are spread: groups go, the
 * largest first and then by a seeded hash, to the fold that has least of the group's classes.
 *
 * @param groups group of each row
 * @returns the fold of each row, 0 to `folds` − 1; fewer folds where there are fewer groups
 */
export function groupFolds(
  groups: readonly string[],
  classOf: Int32Array,
  classes: number,
  folds: number,
  seed: number,
): Int32Array {
  const counts = new Map<string, Float64Array>();
  const totals = new Float64Array(classes);
  groups.forEach((group, i) => {
    const own = counts.get(group) ?? new Float64Array(classes);
    counts.set(group, own);
    const k = present(classOf[i]);
    own[k] = present(own[k]) + 1;
    totals[k] = present(totals[k]) + 1;
  });
  const ordered = [...counts]
    .map(([group, own]) => ({
      group,
      own,
      size: own.reduce((a, b) => a + b, 0),
      hash: createHash('sha256').update(`${seed}\n${group}`).digest('hex'),
    }))
    .sort((a, b) => b.size - a.size || (a.hash < b.hash ? -1 : 1));
  const held = Array.from({ length: Math.min(folds, ordered.length) }, () => new Float64Array(classes));
  const foldOf = new Map<string, number>();
  for (const { group, own } of ordered) {
    // A share of each class, so that a rare one weighs as much as a common one; where classes are level, size decides.
    const cost = (fold: Float64Array) =>
      own.reduce((sum, count, k) => sum + (count * present(fold[k])) / Math.max(1, present(totals[k])) ** 2, 0) +
      1e-9 * fold.reduce((a, b) => a + b, 0);
    const costs = held.map(cost);
    const chosen = costs.indexOf(Math.min(...costs));
    const fold = present(held[chosen]);
    own.forEach((count, k) => {
      fold[k] = present(fold[k]) + count;
    });
    foldOf.set(group, chosen);
  }
  return Int32Array.from(groups, (group) => present(foldOf.get(group)));
}
