import { createHash } from 'node:crypto';
import type { PhotoFacts } from '../domain/reference.js';
import { hasZone } from '../images/capture-time.js';
import { describeNote, firstKnown, type KnownFacts, NO_FACTS, type ToldFacts } from '../images/known-facts.js';
import type { SidecarFacts } from './sidecars/find-sidecars.js';
import type { Issue } from './sources/candidate.js';
import { placeOnTrack } from './track/place-on-track.js';
import type { Track } from './track/read-gpx.js';

/** Where photos were by the clock: tracks, and how a camera's clock becomes UTC. */
export interface TrackRules {
  readonly tracks: readonly Track[];
  /** Added to a time that names no zone; null: only photos whose time names its zone are placed. */
  readonly clockOffsetS: number | null;
  /** Added to every time. */
  readonly clockCorrectionS: number;
  readonly gapMaxS: number;
}

/** All that is said of a photo outside its own file. */
export interface OutsideFacts extends SidecarFacts {
  readonly manifest: KnownFacts;
}

/** Raised when the order or the meaning of the layers changes, so that the next run takes them anew. */
const RULES_VERSION = 2;

/** Tells whether anything outside a photo's file changed since it was stored. */
export function hashOutside(outside: OutsideFacts, rules: TrackRules | null): string {
  const track = rules && [
    rules.tracks.map((one) => one.hash),
    rules.clockOffsetS,
    rules.clockCorrectionS,
    rules.gapMaxS,
  ];
  return createHash('sha256')
    .update(JSON.stringify([RULES_VERSION, outside.manifest, outside.xmp, outside.takeout, track]))
    .digest('hex');
}

/**
 * Each fact from the first that knows it: manifest, XMP sidecar, Takeout sidecar, the photo's EXIF. A track that the
 * user names for this run stands after the manifest and before the rest, for the position alone.
 */
export function gatherFacts(outside: OutsideFacts, embedded: ToldFacts, rules: TrackRules | null): PhotoFacts | Issue {
  const { manifest, xmp, takeout } = outside;
  const said = firstKnown(manifest, xmp, takeout, embedded.facts);
  const track = rules === null ? null : onTracks(said.capturedAt, rules);
  const tracked = track !== null && 'facts' in track ? track.facts : NO_FACTS;
  const facts = firstKnown(manifest, tracked, said);
  const { point } = facts;
  if (point !== null) return { ...facts, point };
  const why = [
    ...[...outside.notes, ...embedded.notes].map(describeNote),
    ...(track !== null && 'why' in track ? [track.why] : []),
  ];
  return {
    code: 'no_position',
    reason: ['Expected a position in a manifest, a sidecar or the EXIF, got none.', ...why].join(' '),
  };
}

function onTracks(capturedAt: string | null, rules: TrackRules): { facts: KnownFacts } | { why: string } {
  const timeMs = capturedAt === null ? null : instant(capturedAt, rules);
  if (timeMs === null) {
    return capturedAt === null
      ? { why: 'The track was not used: the photo has no capture time.' }
      : { why: `The track was not used: the time ${capturedAt} names no zone; give --clock-offset.` };
  }
  for (const track of rules.tracks) {
    const place = placeOnTrack(track, timeMs, rules.gapMaxS);
    if (place !== null) return { facts: { ...NO_FACTS, point: place.point, altitudeM: place.altitudeM } };
  }
  return {
    why: `The track says nothing of ${new Date(timeMs).toISOString()} (within a segment, gaps of at most ${rules.gapMaxS} s).`,
  };
}

function instant(capturedAt: string, { clockOffsetS, clockCorrectionS }: TrackRules): number | null {
  if (!capturedAt.includes('T')) return null;
  const zoned = hasZone(capturedAt);
  if (!zoned && clockOffsetS === null) return null;
  const toUtcS = zoned ? 0 : (clockOffsetS ?? 0);
  return Date.parse(zoned ? capturedAt : `${capturedAt}Z`) + (toUtcS + clockCorrectionS) * 1000;
}
