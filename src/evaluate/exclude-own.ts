import { fault } from '../domain/errors.js';
import type { ReferenceFilter } from '../references/reader.js';
import { type LeaveOutPhoto, PLACE_KM } from './leave-out.js';

/** References that may not count for a photo of a manifest: of the photo's own author, walk or place. */
export const EXCLUSIONS = ['author', 'sequence', 'place'] as const;
export type Exclusion = (typeof EXCLUSIONS)[number];

/**
 * A filter for any combination of exclusions: unlike the leave-out rules none contains another. A photo without a walk has
 * nothing of its walk to leave out.
 * @returns null where the author is to be left out and is unknown
 */
export function exclusionFilter(
  exclusions: readonly Exclusion[],
  own: LeaveOutPhoto,
): ReferenceFilter['exclude'] | null {
  const { point, author, sequence } = own;
  const asked = (exclusion: Exclusion) => exclusions.includes(exclusion);
  if (asked('author') && author === null) return null;
  return {
    ...(asked('author') && author !== null ? { author: [author] } : {}),
    ...(asked('sequence') && sequence !== null ? { sequence: [sequence] } : {}),
    ...(asked('place') ? { near: { ...point, km: PLACE_KM } } : {}),
  };
}

/** @throws `usage` */
export function parseExclusions(text: string): readonly Exclusion[] {
  const names = text.split(',').map((name) => name.trim());
  const known = EXCLUSIONS.filter((exclusion) => names.includes(exclusion));
  const other = names.find((name) => !EXCLUSIONS.some((exclusion) => exclusion === name));
  if (other === undefined) return known;
  throw fault('usage', `Expected --exclude to name some of ${EXCLUSIONS.join(', ')}, but got ${other || 'nothing'}.`);
}
