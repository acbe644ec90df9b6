import type { UnitVector } from '../domain/unit-vector.js';
import type { IndexModel } from './reader.js';
import type { RunRecorder } from './writer.js';

/** A reference without a vector of the next model. */
export interface UnembeddedReference {
  /** Cursor of the page that begins after this reference. */
  readonly cursor: number;
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  /** In the order in which they were added; `file` is the absolute path. */
  readonly sources: readonly { readonly root: string; readonly path: string; readonly file: string }[];
}

/**
 * The vectors of another model, made beside those in use by the holder of the index's lock. The set is kept when the work is
 * cut short, and replaces the first one in a single step.
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
   * Replaces the vectors in use, the model and the dimension by those of the set, and deletes the references `without`, in one
   * transaction.
   * @throws `reembed_incomplete` where any other reference has no vector.
   */
  switchOver(without: readonly string[]): void;
  /** Builds the graph of the vectors in use and writes the manifest. */
  buildGraph(): Promise<{ readonly generation: number }>;
  close(): Promise<void>;
}
