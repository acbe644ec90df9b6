import { resolve } from 'node:path';
import { fault } from '../domain/errors.js';
import { PHOTO_BYTES_MAX } from '../images/plain-file.js';
import type { TrackRules } from './gather-facts.js';
import type { InspectRules } from './inspect-photo.js';
import { ANYTHING, allowedBelow } from './sources/allowed.js';
import { ERROR_OF_CLOCK, parseSeconds, ZONE_OF_CLOCK } from './track/clock-seconds.js';
import { readGpx } from './track/read-gpx.js';

/** Options of an ingest, as on the command line. */
export interface IngestOptions {
  /** Folder of the photos that manifests name. */
  readonly images?: string;
  readonly gpx?: readonly string[];
  /** Added to times without a zone to get UTC, for photos on tracks: seconds or ±HH:MM[:SS]. */
  readonly clockOffset?: string;
  /** Added to every time because the camera's clock was wrong, for photos on tracks: seconds or ±HH:MM[:SS]. */
  readonly clockCorrection?: string;
  /** Longest gap between two points of a track that is bridged, in seconds; 60 by default. */
  readonly gapMaxS?: number;
  /** `i/n`: only the i-th of n parts of the photos, for several machines that share the work. */
  readonly part?: string;
  /** Keep a small picture of each new photo with it. */
  readonly thumbnails?: boolean;
  readonly retryFailed?: boolean;
  /** Reads and hashes every photo, even where its file looks unchanged. */
  readonly recheck?: boolean;
  /** Nothing outside these folders is read, wherever links lead; no limit by default. */
  readonly within?: readonly string[];
  /** Largest file that is read; 256 MiB by default. */
  readonly fileBytesMax?: number;
}

const GAP_MAX_S = 60;

/** @throws `track_not_found`, `track_invalid`, `clock_offset_invalid`, `usage` */
export async function inspectRules(options: IngestOptions): Promise<InspectRules> {
  return {
    track: await trackRules(options),
    fileBytesMax: options.fileBytesMax ?? PHOTO_BYTES_MAX,
    retryFailed: options.retryFailed ?? false,
    recheck: options.recheck ?? false,
    allows: options.within === undefined ? ANYTHING : allowedBelow(options.within),
  };
}

async function trackRules(options: IngestOptions): Promise<TrackRules | null> {
  const { gpx = [], clockOffset, clockCorrection, gapMaxS = GAP_MAX_S } = options;
  if (gpx.length === 0) {
    if (clockOffset === undefined && clockCorrection === undefined) return null;
    throw fault('usage', 'Expected a track with --gpx beside --clock-offset or --clock-correction, got none.');
  }
  if (!(gapMaxS > 0)) throw fault('usage', `Expected --gap-max to be a number of seconds above 0, got ${gapMaxS}.`);
  return {
    tracks: await Promise.all(gpx.map((file) => readGpx(resolve(file)))),
    clockOffsetS: clockOffset === undefined ? null : parseSeconds(clockOffset, ZONE_OF_CLOCK),
    clockCorrectionS: clockCorrection === undefined ? 0 : parseSeconds(clockCorrection, ERROR_OF_CLOCK),
    gapMaxS,
  };
}

/** Sentences on what is odd in a run's tracks. */
export function trackNotices({ track }: Pick<InspectRules, 'track'>): readonly string[] {
  return track === null ? [] : track.tracks.flatMap(({ notices }) => notices);
}
