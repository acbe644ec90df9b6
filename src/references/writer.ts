import type { FactsOrigin, FileState, PhotoFacts, Reference, Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';

/** One transaction's worth of changes; every method is idempotent. */
export interface ReferenceTransaction {
  /** Inserts a reference with its vector, or leaves an equal one as it is. Never re-embeds: the id is the bytes. */
  put(reference: Reference, vector: UnitVector): 'added' | 'unchanged';
  /** Corrects the facts of a stored reference. */
  update(id: string, facts: PhotoFacts, iso2: string | null): 'updated' | 'unchanged';
  putSource(id: string, source: Source): void;
  removeSource(root: string, path: string): void;
  /** Deletes the reference, its sources and its vector; its label is never used again. */
  remove(id: string): boolean;
  /** Within a run, that one is noted as the last that met the failure. */
  putFailure(failure: { readonly root: string; readonly path: string } & FailureState): void;
  clearFailure(root: string, path: string): void;
}

/** What is stored of a file that failed. */
export interface FailureState extends FileState {
  readonly code: string;
  readonly reason: string;
  /** The id that its bytes have as a reference, or would have; null where they were not read. */
  readonly photoId: string | null;
}

/** What is stored of a source. */
export interface SourceState extends FileState {
  readonly id: string;
  readonly factsHash: string;
  readonly origin: FactsOrigin | null;
}

/** The write side of an index: one at a time per index, held by a lock file. */
export interface ReferenceWriter {
  /** Runs `work` in one SQLite transaction; all of it is stored or none. */
  transaction<T>(work: (tx: ReferenceTransaction) => T): T;
  /** What is stored about a source path: skips unchanged files without hashing them again. */
  sourceState(root: string, path: string): SourceState | null;
  failureState(root: string, path: string): FailureState | null;
  has(id: string): boolean;
  facts(id: string): PhotoFacts | null;
  /** Sources of a reference in the order in which they were added: the first one's facts are the reference's. */
  sources(id: string): readonly Source[];
  /** The sources that a manifest named when they were stored, by its absolute path. */
  sourcesNamedBy(manifest: string): readonly { readonly root: string; readonly path: string }[];
  /** Records a run of an ingest; `args` is kept as JSON. One that was killed still says `running`. */
  beginRun(args: unknown): number;
  endRun(id: number, state: 'finished' | 'stopped' | 'failed', counts: Readonly<Record<string, number>>): void;
  /** Notes the run in work as the last that met failures which are stored already; what else is known of them stays. */
  noteFailuresMet(failures: readonly { readonly root: string; readonly path: string }[]): void;
  /** Keeps uploaded bytes in the index; the path of the source whose root is `files`. */
  keepFile(bytes: Uint8Array, extension: string): string;
  /** Brings the graph file up to date with SQLite and writes the manifest; called at the end of a run. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}
