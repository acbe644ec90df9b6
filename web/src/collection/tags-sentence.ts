import type { LabelSet } from '../api/types.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';

/** How the photos of the index are tagged with a set. */
export function tagsSentence({ tags, zero_shot, probe }: LabelSet, references: number): string {
  const text = t.value.collection.tags;
  if (tags === null) return zero_shot || probe ? text.none : text.needsLabels;
  return tags.stale ? text.stale : text[tags.made_by](count(tags.tagged), count(references));
}
