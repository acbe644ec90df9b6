import type { GatheredFacts } from './gather-facts.js';
import type { Inspected, InspectRules } from './inspect-photo.js';
import type { ReadPhoto } from './read-photo.js';
import type { Candidate, Issue } from './sources/candidate.js';
import { wasAsked } from './was-asked.js';

/** What becomes of a photo that was read. */
export type Settled =
  | ({ readonly kind: 'placed' } & GatheredFacts)
  /** The stored position stays. */
  | { readonly kind: 'kept' }
  /** `withdrawn`: the origin of the stored position gives none any more. */
  | { readonly kind: 'failed'; readonly issue: Issue; readonly withdrawn: boolean };

/**
 * Compares a photo's facts with what is stored of its path. A stored position that nothing gives now was withdrawn where its
 * origin was asked again; it stays where the origin was not asked, or where it is a sidecar that can't be read.
 */
export async function settlePosition(
  photo: Pick<ReadPhoto, 'id' | 'said'>,
  candidate: Candidate,
  inspected: Extract<Inspected, { kind: 'to_read' }>,
  rules: Pick<InspectRules, 'track'>,
): Promise<Settled> {
  const { previous, outside } = inspected;
  const { said } = photo;
  const origin = previous?.id === photo.id ? previous.origin : null;
  if (outside.unreadable && (origin?.from === 'xmp' || origin?.from === 'takeout')) return { kind: 'kept' };
  if (!('code' in said)) return { kind: 'placed', ...said };
  const withdrawn = await wasAsked(previous, candidate, rules);
  if (!withdrawn && origin !== null) return { kind: 'kept' };
  return { kind: 'failed', issue: said, withdrawn };
}
