import type { FactsOrigin, FileState, Source } from '../domain/reference.js';
import type { ReferenceReader } from './reader.js';

/** A file's root and its path below it. */
export interface SourceKey {
  readonly root: string;
  readonly path: string;
}

/** What is stored of a file that failed. */
export interface FailureState extends FileState {
  readonly code: string;
  readonly reason: string;
  /** The photo's id, by its bytes, whether or not there is such a reference; null where they were not read. */
  readonly photoId: string | null;
}

/** What is stored of a source. */
export interface SourceState extends FileState {
  /** Id of the source's reference. */
  readonly id: string;
  readonly factsHash: string;
  readonly origin: FactsOrigin | null;
}

export interface KnownFile {
  readonly source: SourceState | null;
  readonly failure: FailureState | null;
}

/** What an index stores of files: enough to skip those that did not change. */
export interface KnownFiles extends Pick<ReferenceReader, 'getMany'> {
  /** In the order of `keys`. */
  files(keys: readonly SourceKey[]): Promise<readonly KnownFile[]>;
  /** The ids that are references, of these. */
  present(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Sources that were stored from this manifest; an absolute path. */
  sourcesNamedBy(manifest: string): Promise<readonly SourceKey[]>;
}

/** @param id the reference's */
export function sourceState({ root: _, path: __, point: ___, ...state }: Source, id: string): SourceState {
  return { id, ...state };
}

/** The known files of an empty index. */
export const NO_KNOWN_FILES: KnownFiles = {
  files: async (keys) => keys.map(() => ({ source: null, failure: null })),
  getMany: async () => new Map(),
  present: async () => new Set(),
  sourcesNamedBy: async () => [],
};
