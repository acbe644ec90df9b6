import type { UnitVector } from '../domain/unit-vector.js';
import type { IndexModel } from './reader.js';
import type { RunRecorder } from './writer.js';

/** A reference that has no vector of the next model yet. */
export interface UnembeddedReference {
  /** Where the next page begins. */
  readonly cursor: number;
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  /** In the order in which they were added; `file` is the absolute path. */
  readonly sources: readonly { readonly root: string; readonly path: string; readonly file: string }[];
}

/**
 * A second set of vectors beside those that an index answers with, of another model, made by who holds the index's
 * lock. It is kept when its making is cut short, and takes the place of the first in one step.
 */
export interface NextVectors extends RunRecorder {
  /** The model whose vectors are in use. */
  readonly current: IndexModel;
  /** The model of the set; the same as `current` where the index was brought over to it already. */
  readonly next: IndexModel;
  counts(): { readonly references: number; readonly embedded: number };
  /** At most `limit` references that lack a vector, in the order in which they were added, after a cursor (0: all). */
  missing(after: number, limit: number): readonly UnembeddedReference[];
  /** Stores vectors in one transaction; all of them or none. */
  put(vectors: readonly { readonly id: string; readonly vector: UnitVector }[]): void;
  /**
   * Puts the set, its model and its dimension in the place of the first, and deletes `without`, all in one transaction.
   * @throws `reembed_incomplete` where any other reference has no vector.
   */
  switchOver(without: readonly string[]): void;
  /** Builds the graph of the vectors in use and writes the manifest. */
  buildGraph(): Promise<{ readonly generation: number }>;
  close(): Promise<void>;
}
