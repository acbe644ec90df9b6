import type { GeoPoint } from '../domain/geo-point.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { NextVectors } from './next-vectors.js';
import type { IndexModel, StoredReference } from './reader.js';

export interface VerifyReport {
  /** False when something stored is damaged. What can be computed anew from it does not count. */
  readonly ok: boolean;
  /** A sentence for each damage. */
  readonly problems: readonly string[];
  /** Sentences on what is in order but worth knowing. */
  readonly notices: readonly string[];
  readonly references: number;
  readonly sources: number;
  readonly failures: number;
  readonly dimension: number;
  readonly model: string;
  /** Sources whose file is missing now. */
  readonly sourcesMissing: number;
  /** State of what the engine itself derives or replicates, in a few words. */
  readonly engine: string;
  /** Number of references and sources that a repair wrote. */
  readonly repaired: number;
}

export interface RebuildReport {
  /** Number of references in the new graph. */
  readonly points: number;
  readonly tookMs: number;
}

/** What a repair needs where no replica has it. */
export interface Repair {
  /** The vector of a reference's photo, from its file; null where no file that is there holds its bytes. */
  vectorOf(reference: StoredReference): Promise<UnitVector | null>;
}

export interface ReconcileReport {
  readonly references: number;
  readonly sources: number;
  /** Number of references whose copied source keys or conflict mark were corrected. */
  readonly copies: number;
  /** Number of references whose position was set to that of the source that has the say. */
  readonly moved: number;
  /** Number of sources that the next ingest reads again, since it is unknown whether their other facts are the reference's. */
  readonly renewed: number;
  /** Number of sources of missing references that were deleted: the next ingest takes their photos as new. */
  readonly forgotten: number;
}

export interface PruneReport {
  readonly vanished: readonly { readonly root: string; readonly path: string; readonly id: string }[];
  /** Ids of deleted references, which no source named any more. */
  readonly deleted: readonly string[];
  /** Failures of files that are gone. */
  readonly failures: readonly { readonly root: string; readonly path: string }[];
  /** Roots that are missing as a whole: their sources are kept, since a disk may only be unmounted. */
  readonly missingRoots: readonly string[];
  /** Kept bytes in `files/` that no source names. */
  readonly orphanFiles: readonly string[];
  readonly dryRun: boolean;
}

export interface BackupReport {
  readonly references: number;
  /** False where the copy's graph will be built when it is first opened. */
  readonly withGraph: boolean;
}

export interface SummaryReport {
  readonly references: number;
  readonly tookMs: number;
}

/**
 * An operator's work on an index. An engine refuses what it does not offer (`not_offered`). Calls that write have the index
 * open for writing meanwhile.
 */
export interface Maintenance {
  /**
   * Checks all that is stored; changes nothing without `repair`. @throws `not_offered` for a repair by an engine that needs
   * none
   */
  verify(options?: { readonly repair?: Repair }): Promise<VerifyReport>;
  /**
   * Settles what concurrent writers may leave: whose facts count, copies of source keys, sources without a reference. @throws
   * `not_offered` where only one writes at a time
   */
  reconcile(countryAt: (point: GeoPoint) => string | null): Promise<ReconcileReport>;
  /** Computes anew all that is derived from what is stored. @throws `index_busy` (later), `disk_full` (later) */
  rebuild(): Promise<RebuildReport>;
  /**
   * Deletes sources whose file vanished, and references that have no source left; never below a root that is missing as a
   * whole. @throws `index_busy` (later)
   */
  prune(options?: { readonly dryRun?: boolean }): Promise<PruneReport>;
  /**
   * Moves the sources below `from` to `to`, after their files were moved. @throws `root_not_found`, `bad_root`, `index_busy`
   * (later)
   */
  remap(from: string, to: string): Promise<{ readonly sources: number }>;
  /**
   * Copies the index into a missing or empty folder, also while a writer has it. @throws `target_not_empty`, `disk_full`
   * (later)
   */
  backup(target: string): Promise<BackupReport>;
  /**
   * Deletes references with their vectors and sources, and the bytes that the index itself keeps of them; the user's own
   * files are never touched. @throws `index_busy` (later)
   */
  remove(ids: readonly string[]): Promise<{ readonly deleted: readonly string[]; readonly missing: readonly string[] }>;
  /** Computes the summaries of the whole index, for an engine that does not keep them up to date with each write. */
  summarise(onProgress?: (done: number, total: number) => void): Promise<SummaryReport>;
  /**
   * Continues the vectors of another model, or begins them. `restart` deletes an unfinished set of another model. The caller
   * closes the result. @throws `reembed_of_other_model`, `index_busy` (later)
   */
  reembed(model: IndexModel, options?: { readonly restart?: boolean }): Promise<NextVectors>;
}
