import type { ReferenceCatalogue } from './catalogue.js';
import type { IngestJournal } from './journal.js';
import type { KnownFiles } from './known-files.js';
import type { Maintenance } from './maintenance.js';
import type { ReferencePhotos } from './photos.js';
import type { IndexModel, ReferenceReader } from './reader.js';
import type { IndexSummaries } from './summaries.js';
import type { ReferenceWriter } from './writer.js';

/** State of an engine: its kind, and whatever else it reports. */
export interface EngineState {
  readonly kind: string;
  readonly [fact: string]: string | number;
}

/** An index that is open for reading. */
export interface OpenIndex {
  readonly reader: ReferenceReader;
  readonly catalogue: ReferenceCatalogue;
  readonly journal: IngestJournal;
  readonly photos: ReferencePhotos;
  readonly summaries: IndexSummaries;
  readonly known: KnownFiles;
  /** The model whose vectors it holds now. */
  model(): Promise<IndexModel>;
  engine(): Promise<EngineState>;
  /** For an engine elsewhere: the watcher is told of each call from now on. */
  watch?(watcher: EngineWatcher): void;
  /** Why searches fail now (what can't be kept alive), in a sentence; null where they can be answered. */
  problem(): string | null;
  close(): Promise<void>;
}

/** A call to an engine that runs elsewhere. */
export interface EngineCall {
  /** Kind of call, of a small fixed set. */
  readonly kind: string;
  readonly seconds: number;
  /** `retried`: it failed, and another place was asked. */
  readonly outcome: 'ok' | 'failed' | 'retried';
}

export interface EngineWatcher {
  call(call: EngineCall): void;
  /** An answer may lack references. */
  degraded(): void;
}

export interface ReadOptions {
  /** For a process that asks once: nothing is started that pays only from the second question on. */
  readonly once?: boolean;
  /** For callers that only read what is stored: what searches need is loaded with the first search. */
  readonly lazy?: boolean;
}

export interface WriteOptions {
  /** Does the work of a checkpoint while the index is written, for long runs. */
  readonly buildAhead?: boolean;
}

/** Where references are kept. Nothing above this knows which engine does. */
export interface Store {
  /** Whether it keeps the small pictures that changes bring. */
  readonly keepsThumbnails?: true;
  /** What the index says of itself without being opened; null where there is none yet. @throws `not_an_index` and the like */
  identity(): Promise<IndexModel | null>;
  /** @throws `index_not_found`, `not_an_index`, `format_newer` */
  open(options?: ReadOptions): Promise<OpenIndex>;
  /**
   * Opens the index for writing, or makes it, for the time of `work`.
   * @throws `index_busy` (later) where another has it, `not_an_index`, `index_model_mismatch`
   */
  write<T>(model: IndexModel, work: (writer: ReferenceWriter) => Promise<T>, options?: WriteOptions): Promise<T>;
  /** Whether a process has it open for writing. */
  isBeingWritten(): Promise<boolean>;
  readonly maintenance: Maintenance;
  close(): Promise<void>;
}
