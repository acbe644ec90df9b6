import { createHash } from 'node:crypto';
import type { PhotoFacts } from '../domain/reference.js';
import { hasZone } from '../images/capture-time.js';
import { describeNote, firstKnown, type KnownFacts, NO_FACTS, type ToldFacts } from '../images/known-facts.js';
import type { SidecarFacts } from './sidecars/find-sidecars.js';
import type { Issue } from './sources/candidate.js';
import type { Track } from './track/parse-gpx.js';
import { placeOnTrack } from './track/place-on-track.js';

/** Tracks, and how a camera's clock becomes UTC. */
export interface TrackRules {
  readonly tracks: readonly Track[];
  /** Seconds added to a time without a zone; null: only photos whose time has a zone are placed. */
  readonly clockOffsetS: number | null;
  /** Seconds added to every time. */
  readonly clockCorrectionS: number;
  readonly gapMaxS: number;
}

/** Facts of a photo from outside its own file. */
export interface OutsideFacts extends SidecarFacts {
  readonly manifest: KnownFacts;
  /** Path of the manifest that names it, from the photo's root; null where none does. */
  readonly manifestPath: string | null;
}

/** Raised when the order or the meaning of the layers changes, so that the next run gathers the facts of all photos again. */
const RULES_VERSION = 2;

/** A hash that changes when anything outside a photo's file changes. */
export function hashOutside(outside: OutsideFacts, rules: TrackRules | null): string {
  const track = rules && [
    rules.tracks.map((one) => one.hash),
    rules.clockOffsetS,
    rules.clockCorrectionS,
    rules.gapMaxS,
  ];
  return createHash('sha256')
    .update(
      JSON.stringify([RULES_VERSION, outside.manifestPath, outside.manifest, outside.xmp, outside.takeout, track]),
    )
    .digest('hex');
}

/** In the order of precedence for the position. */
const ORIGINS = ['manifest', 'track', 'xmp', 'takeout', 'photo'] as const;

export interface GatheredFacts {
  readonly facts: PhotoFacts;
  /** What gave the point. */
  readonly from: (typeof ORIGINS)[number];
  /** Absolute path of the track that gave the point; null where it came from elsewhere. */
  readonly trackFile: string | null;
}

/**
 * Each fact from the first layer that has it: manifest, XMP sidecar, Takeout sidecar, the photo's EXIF. A track that the user
 * names for this run comes after the manifest and before the rest, for the position alone.
 */
export function gatherFacts(
  outside: OutsideFacts,
  embedded: ToldFacts,
  rules: TrackRules | null,
): GatheredFacts | Issue {
  const { manifest, xmp, takeout } = outside;
  const said = firstKnown(manifest, xmp, takeout, embedded.facts);
  const onTrack = rules === null ? NOT_ON_TRACK : onTracks(said.capturedAt, rules);
  const layers = { manifest, track: onTrack.facts, xmp, takeout, photo: embedded.facts };
  const from = ORIGINS.find((origin) => layers[origin].point !== null);
  const { point, ...others } = firstKnown(manifest, onTrack.facts, said);
  if (point !== null && from !== undefined) {
    return { facts: { ...others, point }, from, trackFile: from === 'track' ? onTrack.file : null };
  }
  const why = [...[...outside.notes, ...embedded.notes].map(describeNote), onTrack.why].filter((one) => one !== null);
  return {
    code: 'no_position',
    reason: ['Expected a position in a manifest, a sidecar or the EXIF, got none.', ...why].join(' '),
  };
}

interface OnTrack {
  readonly facts: KnownFacts;
  /** Absolute path of the track that gave the point. */
  readonly file: string | null;
  /** Why no track gives a point. */
  readonly why: string | null;
}

const NOT_ON_TRACK: OnTrack = { facts: NO_FACTS, file: null, why: null };

function onTracks(capturedAt: string | null, rules: TrackRules): OnTrack {
  const timeMs = capturedAt === null ? null : instant(capturedAt, rules);
  if (timeMs === null) {
    const why =
      capturedAt === null
        ? 'The track was not used: the photo has no capture time.'
        : `The track was not used: the time ${capturedAt} names no zone; give --clock-offset.`;
    return { ...NOT_ON_TRACK, why };
  }
  for (const track of rules.tracks) {
    const place = placeOnTrack(track, timeMs, rules.gapMaxS);
    if (place === null) continue;
    return { facts: { ...NO_FACTS, point: place.point, altitudeM: place.altitudeM }, file: track.file, why: null };
  }
  const when = new Date(timeMs).toISOString();
  return {
    ...NOT_ON_TRACK,
    why: `The track says nothing of ${when} (within a segment, gaps of at most ${rules.gapMaxS} s).`,
  };
}

function instant(capturedAt: string, { clockOffsetS, clockCorrectionS }: TrackRules): number | null {
  if (!capturedAt.includes('T')) return null;
  const zoned = hasZone(capturedAt);
  if (!zoned && clockOffsetS === null) return null;
  const toUtcS = zoned ? 0 : (clockOffsetS ?? 0);
  return Date.parse(zoned ? capturedAt : `${capturedAt}Z`) + (toUtcS + clockCorrectionS) * 1000;
}
