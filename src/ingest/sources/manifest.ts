import type { SourceNotes } from './candidate.js';
import type { ManifestRow } from './manifest-row.js';

/** A file with the positions of photos, in any format. */
export interface Manifest {
  readonly file: string;
  /**
   * Reads the file to its end, which also decides how its values are written.
   * @returns the number of rows
   * @throws `manifest_columns_swapped`, and where the file as a whole can't be read
   */
  count(): Promise<number>;
  /** All rows in the file's order. Rows that can't be used carry an issue; @throws where the file as a whole can't be read. */
  rows(notes: SourceNotes): AsyncIterable<ManifestRow>;
}
