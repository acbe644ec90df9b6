import type { SourceState } from '../references/known-files.js';
import { fileFrom } from '../references/source-path.js';
import type { TrackRules } from './gather-facts.js';
import type { Candidate } from './sources/candidate.js';

/**
 * Whether this run asked the origin of a source's position again. A manifest or track that the run was not given still says
 * what it said.
 */
export async function wasAsked(
  previous: SourceState | null,
  candidate: Candidate,
  rules: { readonly track: TrackRules | null },
): Promise<boolean> {
  const { from, manifest, track } = previous?.origin ?? { from: null, manifest: null, track: null };
  if (from === 'manifest' && manifest !== null) return candidate.consulted(fileFrom(candidate.root, manifest));
  if (from === 'track' && track !== null) {
    const file = fileFrom(candidate.root, track);
    return rules.track?.tracks.some((one) => one.file === file) ?? false;
  }
  return from === 'xmp' || from === 'takeout' || from === 'photo';
}
