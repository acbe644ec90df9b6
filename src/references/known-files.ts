import type { FactsOrigin, FileState, Source } from '../domain/reference.js';
import type { ReferenceReader } from './reader.js';

/** A file below a root. */
export interface SourceKey {
  readonly root: string;
  readonly path: string;
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
  /** Of the reference. */
  readonly id: string;
  readonly factsHash: string;
  readonly origin: FactsOrigin | null;
}

export interface KnownFile {
  readonly source: SourceState | null;
  readonly failure: FailureState | null;
}

/** What an index knows of files: enough to pass over what did not change. */
export interface KnownFiles extends Pick<ReferenceReader, 'getMany'> {
  /** In the order of `keys`. */
  files(keys: readonly SourceKey[]): Promise<readonly KnownFile[]>;
  /** Those of the ids that are references. */
  present(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** The sources that a manifest named when they were stored, by its absolute path. */
  sourcesNamedBy(manifest: string): Promise<readonly SourceKey[]>;
}

/** @param id of the source's reference */
export function sourceState({ root: _, path: __, point: ___, ...state }: Source, id: string): SourceState {
  return { id, ...state };
}

/** Of an empty index. */
export const NO_KNOWN_FILES: KnownFiles = {
  files: async (keys) => keys.map(() => ({ source: null, failure: null })),
  getMany: async () => new Map(),
  present: async () => new Set(),
  sourcesNamedBy: async () => [],
};
