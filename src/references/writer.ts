import type { FileState, PhotoFacts, Reference, Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { FailureState, KnownFiles, SourceKey } from './known-files.js';
import type { StoredReference } from './reader.js';

/** A file that holds a photo, with what is known of it. */
export interface PhotoChange {
  readonly kind: 'photo';
  readonly id: string;
  readonly facts: PhotoFacts;
  readonly iso2: string | null;
  readonly source: Source;
  /** Other sources of the photo that were looked for below roots that are there, and are missing. */
  readonly gone: readonly SourceKey[];
  /** Where the bytes are new to the index: both, or the reference is not stored. */
  readonly embedded: {
    readonly reference: Reference;
    readonly vector: UnitVector;
    /** For an engine that keeps them; the others make theirs from the photo. */
    readonly thumbnail?: Uint8Array;
  } | null;
}

/** A file that gave no reference. */
export interface FailureChange extends SourceKey, FailureState {
  readonly kind: 'failure';
}

/** A file whose source is unchanged, with the state that the file has now. */
export interface KeptChange extends SourceKey {
  readonly kind: 'kept';
  readonly file: FileState;
  readonly factsHash: string;
}

/** A file that failed earlier and does not now. */
export interface ClearedChange extends SourceKey {
  readonly kind: 'cleared';
}

/**
 * A source whose position was withdrawn. Its reference is deleted with it unless it has another source; then it gets the
 * position of `next`, whose other facts the next ingest reads again.
 */
export interface WithdrawalChange extends SourceKey {
  readonly kind: 'withdrawal';
  /** The source that now has the say, with the country of its point. */
  readonly next: (SourceKey & { readonly iso2: string | null }) | null;
}

/** A reference as another index of the same model has it, with all its sources. */
export interface CopyChange {
  readonly kind: 'copy';
  readonly reference: StoredReference;
  readonly vector: UnitVector;
  readonly thumbnail?: Uint8Array;
}

/** A change for one file, or for one copied reference. */
export type Change = CopyChange | PhotoChange | FailureChange | KeptChange | ClearedChange | WithdrawalChange;

/** What a change did, given what was stored before it. */
export interface ChangeResult {
  /**
   * `added`: a reference. `updated`: its facts. `linked`: a further source of it, or a file that held another photo before.
   * `unchanged`: the index had all of it; for a failure, it has the photo by another path. `missing`: there is no such
   * reference or source, so nothing was stored. `removed`: the reference. `stored`: a failure, or a file's state.
   */
  readonly did: 'added' | 'updated' | 'linked' | 'unchanged' | 'missing' | 'removed' | 'stored';
  /** For a photo: another of its sources whose position is more than 25 m away. */
  readonly elsewhere: Source | null;
  /** For a photo: whether its file held another photo before, whose reference stays. */
  readonly replaced: boolean;
}

export type RunCounts = Readonly<Record<string, number>>;

/** Records runs of an ingest. */
export interface RunRecorder {
  /** Records the start of a run; `args` is stored as JSON. A run that was killed stays `running`. @returns its id */
  beginRun(args: unknown): Promise<number>;
  endRun(id: number, state: 'finished' | 'stopped' | 'failed', counts: RunCounts): Promise<void>;
}

/** Writes an index. */
export interface ReferenceWriter extends KnownFiles, RunRecorder {
  /**
   * Stores changes, and says of each what it did. All of them or none, except in a cluster: there the same changes have to be
   * given again after an error. Idempotent: the same changes again change nothing.
   * @throws `dimension_mismatch`, `vector_not_unit`, `bad_position`, `disk_full` (later)
   */
  apply(changes: readonly Change[]): Promise<readonly ChangeResult[]>;
  /** Records the present run as the last that met these stored failures; nothing else of them changes. */
  noteFailuresMet(failures: readonly SourceKey[]): Promise<void>;
  /** Keeps uploaded bytes with the index. @returns the path of the source whose root is `files` */
  keepFile(bytes: Uint8Array, extension: string): Promise<string>;
  /** Makes searches over all that was stored fast; to be called at the end of a run. */
  checkpoint(): Promise<void>;
}
