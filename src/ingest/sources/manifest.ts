import type { SourceNotes } from './candidate.js';
import type { ManifestRow } from './manifest-row.js';

/** A file that says where photos were taken, in any format. */
export interface Manifest {
  readonly file: string;
  /** What the two coordinates are called in it, for messages. */
  readonly coordinateNames: readonly [lat: string, lon: string];
  /** In the file's order. Rows that can't be used carry an issue; @throws where the file as a whole can't be read. */
  rows(notes: SourceNotes): AsyncIterable<ManifestRow>;
}
