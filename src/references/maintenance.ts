import type { GeoPoint } from '../domain/geo-point.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { NextVectors } from './next-vectors.js';
import type { IndexModel, StoredReference } from './reader.js';

export interface VerifyReport {
  /** False when something stored is damaged; what can be made again from it is no part of that. */
  readonly ok: boolean;
  /** What is damaged, a sentence each. */
  readonly problems: readonly string[];
  /** What is in order but worth knowing, a sentence each. */
  readonly notices: readonly string[];
  readonly references: number;
  readonly sources: number;
  readonly failures: number;
  readonly dimension: number;
  readonly model: string;
  /** Sources whose file is not there now. */
  readonly sourcesMissing: number;
  /** How what the engine makes or keeps of the references stands, in a few words. */
  readonly engine: string;
  /** References and sources that a repair wrote anew. */
  readonly repaired: number;
}

export interface RebuildReport {
  /** References that were brought in. */
  readonly points: number;
  readonly tookMs: number;
}

/** What a repair can't find in any replica. */
export interface Repair {
  /** The vector of a reference's photo, from its file; null where no file that is there holds its bytes. */
  vectorOf(reference: StoredReference): Promise<UnitVector | null>;
}

export interface ReconcileReport {
  readonly references: number;
  readonly sources: number;
  /** References whose copies of their sources' keys, or whose mark of a conflict, were put right. */
  readonly copies: number;
  /** References that stand now where the source that has the say puts them. */
  readonly moved: number;
  /** Sources that the next ingest looks at anew, since nobody knows whether their other facts are the reference's. */
  readonly renewed: number;
  /** Sources that named a reference that is not there: the next ingest takes their photos as new. */
  readonly forgotten: number;
}

export interface PruneReport {
  readonly vanished: readonly { readonly root: string; readonly path: string; readonly id: string }[];
  /** References that no source names any more. */
  readonly deleted: readonly string[];
  /** Failures of files that are gone. */
  readonly failures: readonly { readonly root: string; readonly path: string }[];
  /** Roots that are not there at all: their sources are left alone, since a disk may only be unmounted. */
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

/** What an index's operator does to it. An engine refuses by code what it can't do. Those that write take the index for it. */
export interface Maintenance {
  /** Checks all that is stored; changes nothing, unless it is to repair. @throws `not_offered` for a repair that no engine of its kind needs */
  verify(options?: { readonly repair?: Repair }): Promise<VerifyReport>;
  /**
   * Settles what several who wrote at once may leave: whose facts count, copies of what sources say, sources without a
   * reference. @throws `not_offered` where one writes at a time
   */
  reconcile(countryAt: (point: GeoPoint) => string | null): Promise<ReconcileReport>;
  /** Makes anew whatever is made from what is stored. @throws `index_busy` (later), `disk_full` (later) */
  rebuild(): Promise<RebuildReport>;
  /**
   * Forgets sources whose file vanished, and references that no source names any more; never below a root that is not there
   * at all. @throws `index_busy` (later)
   */
  prune(options?: { readonly dryRun?: boolean }): Promise<PruneReport>;
  /** Says that the sources below `from` now lie below `to`. @throws `root_not_found`, `bad_root`, `index_busy` (later) */
  remap(from: string, to: string): Promise<{ readonly sources: number }>;
  /** Copies the index into a missing or empty folder, also while it is written. @throws `target_not_empty`, `disk_full` (later) */
  backup(target: string): Promise<BackupReport>;
  /**
   * Deletes references with their vectors and sources, and the bytes that the index itself keeps of them; the user's own
   * files are never touched. @throws `index_busy` (later)
   */
  remove(ids: readonly string[]): Promise<{ readonly deleted: readonly string[]; readonly missing: readonly string[] }>;
  /** Works out what is answered of the index as a whole, where that is not kept up with every write. */
  summarise(onProgress?: (done: number, total: number) => void): Promise<SummaryReport>;
  /**
   * Goes on with the vectors of another model, or begins them. `restart` throws away a set of another model that was begun.
   * The caller closes it. @throws `reembed_of_other_model`, `index_busy` (later)
   */
  reembed(model: IndexModel, options?: { readonly restart?: boolean }): Promise<NextVectors>;
}
