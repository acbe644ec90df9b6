import { stat } from 'node:fs/promises';
import { StreetdexError } from '../domain/errors.js';
import { NO_FACTS } from '../images/known-facts.js';
import { fileError, fileTooLarge, notAFile } from '../images/plain-file.js';
import type { ReferenceWriter } from '../references/writer.js';
import { hashOutside, type OutsideFacts, type TrackRules } from './gather-facts.js';
import type { Sidecars } from './sidecars/find-sidecars.js';
import type { Allows } from './sources/allowed.js';
import type { Candidate, Issue } from './sources/candidate.js';

/** What an index knows of files: enough to pass over what did not change. */
export type KnownFiles = Pick<ReferenceWriter, 'sourceState' | 'failureState' | 'has' | 'sources'>;

/** An empty index. */
export const NO_KNOWN_FILES: KnownFiles = {
  sourceState: () => null,
  failureState: () => null,
  has: () => false,
  sources: () => [],
};

export interface FileState {
  readonly bytes: number;
  readonly mtimeMs: number;
}

/** What can be said of a candidate without reading its file. */
export type Inspected =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly issue: Issue; readonly file: FileState; readonly repeated: boolean }
  | {
      readonly kind: 'to_read';
      readonly file: FileState;
      readonly outside: OutsideFacts;
      readonly factsHash: string;
      /** The reference that this path held before. */
      readonly previousId: string | null;
    };

export interface InspectRules {
  readonly track: TrackRules | null;
  readonly fileBytesMax: number;
  /** Try again what failed although its file is the same. */
  readonly retryFailed: boolean;
  /** Read every file, whatever its size and times say. */
  readonly recheck: boolean;
  readonly allows: Allows;
}

const NO_FILE: FileState = { bytes: 0, mtimeMs: 0 };

const OUTSIDE: Issue = {
  code: 'file_outside_allowed',
  reason: 'Expected a photo in a folder that the server may ingest from, but a link leads out of it.',
};

/** Failures that only other bytes can mend; the others cost little to try again, or rest on more than the file. */
const SETTLED = new Set(['image_truncated', 'image_damaged', 'not_an_image']);

/** Looks at a file's size, time and sidecars, and at what the index says of it. */
export async function inspectPhoto(
  candidate: Candidate,
  known: KnownFiles,
  sidecars: Sidecars,
  rules: InspectRules,
): Promise<Inspected> {
  const { root, path } = candidate;
  const failure = known.failureState(root, path);
  const failed = (issue: Issue, file: FileState): Inspected => {
    const repeated = failure?.code === issue.code && failure.bytes === file.bytes && failure.mtimeMs === file.mtimeMs;
    return { kind: 'failed', issue, file, repeated };
  };
  if (candidate.issue !== null) return failed(candidate.issue, NO_FILE);
  const file = await fileState(candidate.file);
  if ('code' in file) return failed(file, NO_FILE);
  if (!rules.allows(candidate.file)) return failed(OUTSIDE, file);
  const unusable = sizeIssue(file.bytes, rules.fileBytesMax);
  if (unusable !== null) return failed(unusable, file);
  const outside = { manifest: candidate.manifest ?? NO_FACTS, ...(await sidecars.read(candidate.file)) };
  const factsHash = hashOutside(outside, rules.track);
  const state = known.sourceState(root, path);
  const sameFile = (other: FileState | null) => other?.bytes === file.bytes && other.mtimeMs === file.mtimeMs;
  if (!rules.recheck && state?.factsHash === factsHash && sameFile(state)) return { kind: 'unchanged' };
  const tryAgain = rules.retryFailed || rules.recheck;
  if (failure !== null && sameFile(failure) && !tryAgain && isSettled(failure.code, outside, rules)) {
    return {
      kind: 'failed',
      issue: { code: failure.code, reason: failure.reason },
      file,
      repeated: true,
    };
  }
  return { kind: 'to_read', file, outside, factsHash, previousId: state?.id ?? null };
}

function isSettled(code: string, outside: OutsideFacts, rules: InspectRules): boolean {
  if (SETTLED.has(code)) return true;
  const told = outside.manifest.point ?? outside.xmp.point ?? outside.takeout.point;
  return code === 'no_position' && told === null && rules.track === null;
}

async function fileState(file: string): Promise<FileState | Issue> {
  try {
    const entry = await stat(file);
    if (!entry.isFile()) return readIssue(notAFile(entry));
    return { bytes: entry.size, mtimeMs: Math.floor(entry.mtimeMs) };
  } catch (error) {
    return readIssue(error);
  }
}

/** A failure of the file system as the photo's failure. @throws every other error as it is. */
export function readIssue(error: unknown): Issue {
  const known = fileError(error);
  if (!(known instanceof StreetdexError)) throw error;
  return { code: known.code, reason: known.message };
}

function sizeIssue(bytes: number, bytesMax: number): Issue | null {
  if (bytes === 0) return { code: 'image_empty', reason: 'Expected a picture, got a file of zero bytes.' };
  return bytes <= bytesMax ? null : readIssue(fileTooLarge(bytes, bytesMax));
}
