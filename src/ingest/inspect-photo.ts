import { stat } from 'node:fs/promises';
import { StreetdexError } from '../domain/errors.js';
import { type FileState, isSameFile } from '../domain/reference.js';
import { NO_FACTS } from '../images/known-facts.js';
import { fileError, fileStateOf, fileTooLarge, notAFile } from '../images/plain-file.js';
import type { FailureState, KnownFiles, SourceState } from '../references/known-files.js';
import { pathFrom } from '../references/source-path.js';
import { hashOutside, type OutsideFacts, type TrackRules } from './gather-facts.js';
import type { Sidecars } from './sidecars/find-sidecars.js';
import type { Allows } from './sources/allowed.js';
import type { Candidate, Issue } from './sources/candidate.js';
import { wasAsked } from './was-asked.js';

/** What is known of a candidate before its file is read. */
export type Inspected =
  /** `mended`: it failed in between, and is now as it was stored before. */
  | { readonly kind: 'unchanged'; readonly mended: boolean }
  | {
      readonly kind: 'failed';
      readonly issue: Issue;
      readonly file: FileState;
      /** Whether the index has this very failure already. */
      readonly repeated: boolean;
      /** Whether the origin of the photo's stored position gives none any more. */
      readonly withdrawn: boolean;
    }
  | {
      readonly kind: 'to_read';
      readonly file: FileState;
      readonly outside: OutsideFacts;
      readonly factsHash: string;
      /** The index's source of this path. */
      readonly previous: SourceState | null;
    };

export interface InspectRules {
  readonly track: TrackRules | null;
  readonly fileBytesMax: number;
  /** Tries photos again that failed, though their files are unchanged. */
  readonly retryFailed: boolean;
  /** Reads every file, whatever its size and times. */
  readonly recheck: boolean;
  readonly allows: Allows;
}

export const NO_FILE: FileState = { bytes: 0, mtimeMs: 0, ctimeMs: null, inode: null };

const OUTSIDE: Issue = {
  code: 'file_outside_allowed',
  reason: 'Expected a photo in a folder that the server may ingest from, but a link leads out of it.',
};

/** Failures that only other bytes can mend; the others are cheap to try again, or depend on more than the file. */
const SETTLED = new Set(['image_truncated', 'image_damaged', 'not_an_image']);

/** Compares a file's size, times and sidecars with what the index has. */
export async function inspectPhoto(
  candidate: Candidate,
  known: KnownFiles,
  sidecars: Sidecars,
  rules: InspectRules,
): Promise<Inspected> {
  const { root, path } = candidate;
  const [stored] = await known.files([{ root, path }]);
  const { failure = null, source: previous = null } = stored ?? {};
  const failed = (issue: Issue, file: FileState, withdrawn = false): Inspected => {
    const repeated = failure?.code === issue.code && isSameFile(failure, file);
    return { kind: 'failed', issue, file, repeated, withdrawn };
  };
  if (candidate.issue !== null) {
    const byManifest = WITHDRAWING.has(candidate.issue.code) && previous?.origin?.from === 'manifest';
    return failed(candidate.issue, NO_FILE, byManifest && (await wasAsked(previous, candidate, rules)));
  }
  const file = await fileState(candidate.file);
  if ('code' in file) return failed(file, NO_FILE);
  if (!rules.allows(candidate.file)) return failed(OUTSIDE, file);
  const unusable = sizeIssue(file.bytes, rules.fileBytesMax);
  if (unusable !== null) return failed(unusable, file);
  const { manifest, manifestFile } = candidate;
  const outside = {
    manifest: manifest ?? NO_FACTS,
    manifestPath: manifest === null || manifestFile === null ? null : pathFrom(root, manifestFile),
    ...(await sidecars.read(candidate.file)),
  };
  const factsHash = hashOutside(outside, rules.track);
  if (!rules.recheck && previous?.factsHash === factsHash && isSameFile(previous, file)) {
    return { kind: 'unchanged', mended: failure !== null };
  }
  const tryAgain = rules.retryFailed || rules.recheck;
  if (failure !== null && isSameFile(failure, file) && !tryAgain && isSettled(failure, outside, rules)) {
    if (failure.photoId !== null && (await known.present([failure.photoId])).size > 0)
      return { kind: 'unchanged', mended: false };
    return failed({ code: failure.code, reason: failure.reason }, file);
  }
  return { kind: 'to_read', file, outside, factsHash, previous };
}

/** Issues of rows that give no position any more: what such a row gave before is withdrawn. */
const WITHDRAWING = new Set(['manifest_row_invalid', 'latitude_out_of_range', 'longitude_out_of_range']);

function isSettled({ code, ctimeMs, photoId }: FailureState, outside: OutsideFacts, rules: InspectRules): boolean {
  // Stored by an old version, which read fewer kinds of metadata.
  if (ctimeMs === null) return false;
  if (SETTLED.has(code)) return true;
  const told = outside.manifest.point ?? outside.xmp.point ?? outside.takeout.point;
  // Without the id of its bytes (old versions stored none) one can't see that the photo came in by another path.
  return code === 'no_position' && photoId !== null && told === null && rules.track === null;
}

async function fileState(file: string): Promise<FileState | Issue> {
  try {
    const entry = await stat(file);
    if (!entry.isFile()) return readIssue(notAFile(entry));
    return fileStateOf(entry);
  } catch (error) {
    return readIssue(error);
  }
}

/** Turns an error of the file system into the photo's failure. @throws every other error */
export function readIssue(error: unknown): Issue {
  const known = fileError(error);
  if (!(known instanceof StreetdexError)) throw error;
  return { code: known.code, reason: known.message };
}

function sizeIssue(bytes: number, bytesMax: number): Issue | null {
  if (bytes === 0) return { code: 'image_empty', reason: 'Expected a picture, got a file of zero bytes.' };
  return bytes <= bytesMax ? null : readIssue(fileTooLarge(bytes, bytesMax));
}
