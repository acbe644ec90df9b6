import type { GatheredFacts } from './gather-facts.js';
import type { Inspected, InspectRules } from './inspect-photo.js';
import type { ReadPhoto } from './read-photo.js';
import type { Candidate, Issue } from './sources/candidate.js';
import { wasAsked } from './was-asked.js';

/** What a photo that was read comes to. */
export type Settled =
  | ({ readonly kind: 'placed' } & GatheredFacts)
  /** What is stored of it stays. */
  | { readonly kind: 'kept' }
  /** `withdrawn`: what gave the stored position of its path gives none any more. */
  | { readonly kind: 'failed'; readonly issue: Issue; readonly withdrawn: boolean };

/**
 * What is said of a photo beside what is stored of its path: a position that nothing says now was withdrawn where what
 * gave it was asked again, and stays where it was not, or where a sidecar that may say it can't be read.
 */
export function settlePosition(
  photo: Pick<ReadPhoto, 'id' | 'said'>,
  candidate: Candidate,
  inspected: Extract<Inspected, { kind: 'to_read' }>,
  rules: Pick<InspectRules, 'track'>,
): Settled {
  const { previous, outside } = inspected;
  const { said } = photo;
  const origin = previous?.id === photo.id ? previous.origin : null;
  if (outside.unreadable && (origin?.from === 'xmp' || origin?.from === 'takeout')) return { kind: 'kept' };
  if (!('code' in said)) return { kind: 'placed', ...said };
  const withdrawn = wasAsked(previous, candidate, rules);
  if (!withdrawn && origin !== null) return { kind: 'kept' };
  return { kind: 'failed', issue: said, withdrawn };
}
