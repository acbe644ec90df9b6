import { callerError } from '../domain/errors.js';
import type { TrackRules } from './gather-facts.js';
import type { InspectRules } from './inspect-photo.js';
import { ANYTHING, allowedBelow } from './sources/allowed.js';
import { parseClockOffset } from './track/clock-offset.js';
import { readGpx } from './track/read-gpx.js';

/** What an ingest may be told, as the command line gives it. */
export interface IngestOptions {
  /** Folder of the photos that manifests name. */
  readonly images?: string;
  readonly gpx?: readonly string[];
  /** What to add to the cameras' clocks to get UTC: seconds or ±HH:MM[:SS]. */
  readonly clockOffset?: string;
  /** Longest gap between two points of a track that is bridged, in seconds; 60 by default. */
  readonly gapMaxS?: number;
  readonly retryFailed?: boolean;
  /** Nothing outside these folders is read, wherever links lead; anything by default. */
  readonly within?: readonly string[];
  /** Largest file that is read; 256 MiB by default. */
  readonly fileBytesMax?: number;
}

const GAP_MAX_S = 60;
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** @throws `track_not_found`, `track_invalid`, `clock_offset_invalid`, `usage` */
export async function inspectRules(options: IngestOptions): Promise<InspectRules> {
  return {
    track: await trackRules(options),
    fileBytesMax: options.fileBytesMax ?? FILE_BYTES_MAX,
    retryFailed: options.retryFailed ?? false,
    allows: options.within === undefined ? ANYTHING : allowedBelow(options.within),
  };
}

async function trackRules({ gpx = [], clockOffset, gapMaxS = GAP_MAX_S }: IngestOptions): Promise<TrackRules | null> {
  if (gpx.length === 0) {
    if (clockOffset === undefined) return null;
    throw callerError('usage', 'Expected a track with --gpx beside --clock-offset, got none.');
  }
  if (!(gapMaxS > 0))
    throw callerError('usage', `Expected --gap-max to be a number of seconds above 0, got ${gapMaxS}.`);
  return {
    tracks: await Promise.all(gpx.map(readGpx)),
    clockOffsetS: clockOffset === undefined ? null : parseClockOffset(clockOffset),
    gapMaxS,
  };
}
