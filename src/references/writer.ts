import type { FileState, PhotoFacts, Reference, Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { FailureState, KnownFiles, SourceKey } from './known-files.js';
import type { StoredReference } from './reader.js';

/** A file that holds a photo, with what it says of it. */
export interface PhotoChange {
  readonly kind: 'photo';
  readonly id: string;
  readonly facts: PhotoFacts;
  readonly iso2: string | null;
  readonly source: Source;
  /** Other sources of the photo that were looked for, below roots that are there, and not found. */
  readonly gone: readonly SourceKey[];
  /** Where the bytes are new to the index: both, or the reference is not stored. */
  readonly embedded: { readonly reference: Reference; readonly vector: UnitVector } | null;
}

/** A file that gave no reference. */
export interface FailureChange extends SourceKey, FailureState {
  readonly kind: 'failure';
}

/** A file whose source stays as it is, and whose state was looked at anew. */
export interface KeptChange extends SourceKey {
  readonly kind: 'kept';
  readonly file: FileState;
  readonly factsHash: string;
}

/** A file that failed once and is no failure any more. */
export interface ClearedChange extends SourceKey {
  readonly kind: 'cleared';
}

/**
 * A source whose position was withdrawn. A reference without another source goes with it; else it stands where `next`
 * says, whose other facts are taken anew at its next visit.
 */
export interface WithdrawalChange extends SourceKey {
  readonly kind: 'withdrawal';
  /** The source that has the say from now on, with the country of its point. */
  readonly next: (SourceKey & { readonly iso2: string | null }) | null;
}

/** A reference as another index of the same model has it, with all its sources. */
export interface CopyChange {
  readonly kind: 'copy';
  readonly reference: StoredReference;
  readonly vector: UnitVector;
}

/** One file's share of what is stored together, or a reference's. */
export type Change = CopyChange | PhotoChange | FailureChange | KeptChange | ClearedChange | WithdrawalChange;

/** What a change did; it describes what was read before it. */
export interface ChangeResult {
  /**
   * `added`: a reference. `updated`: its facts. `linked`: another source of it, or a file that held another photo before.
   * `unchanged`: the index had all of it; of a failure, it has the photo by another path. `missing`: there is no such reference or
   * source, so nothing was stored. `removed`: a reference. `stored`: a failure, or a file's state.
   */
  readonly did: 'added' | 'updated' | 'linked' | 'unchanged' | 'missing' | 'removed' | 'stored';
  /** Of a photo: another of its sources that says a place more than 25 m away. */
  readonly elsewhere: Source | null;
  /** Of a photo: whether its file held another one before, whose reference stays. */
  readonly replaced: boolean;
}

export type RunCounts = Readonly<Record<string, number>>;

/** Records runs of an ingest. */
export interface RunRecorder {
  /** `args` is kept as JSON. A run that was killed still says `running`. */
  beginRun(args: unknown): Promise<number>;
  endRun(id: number, state: 'finished' | 'stopped' | 'failed', counts: RunCounts): Promise<void>;
}

/** The write side of an index. */
export interface ReferenceWriter extends KnownFiles, RunRecorder {
  /**
   * Stores changes, all of them or none unless the engine says otherwise, and answers each with what it did. Idempotent: the same
   * changes again change nothing. An image is never embedded again: its id is its bytes.
   * @throws `dimension_mismatch`, `vector_not_unit`, `bad_position`, `disk_full` (later)
   */
  apply(changes: readonly Change[]): Promise<readonly ChangeResult[]>;
  /** Notes the run in work as the last that met failures which are stored already; what else is known of them stays. */
  noteFailuresMet(failures: readonly SourceKey[]): Promise<void>;
  /** Keeps uploaded bytes with the index; the path of the source whose root is `files`. */
  keepFile(bytes: Uint8Array, extension: string): Promise<string>;
  /** Makes searches fast over all that was stored; called at the end of a run. */
  checkpoint(): Promise<void>;
}
