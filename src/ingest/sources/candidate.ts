import type { KnownFacts } from '../../images/known-facts.js';

/** Why a photo could not become a reference: a stable code and a sentence. */
export interface Issue {
  readonly code: string;
  readonly reason: string;
}

/** A photo that a source names, before anything of it was read. */
export interface Candidate {
  readonly kind: 'photo';
  /** Absolute folder; with `path` it is what an index stores of a source. */
  readonly root: string;
  /** Below the root, with forward slashes. */
  readonly path: string;
  /** Absolute path of the file. */
  readonly file: string;
  /** What the manifest says of it, null where no manifest names it. */
  readonly manifest: KnownFacts | null;
  /** The manifest that says it; null where none does. Absolute path. */
  readonly manifestFile: string | null;
  /** Whether a manifest that once placed it was read, or looked for in vain, so that what it does not say any more is withdrawn. */
  readonly consulted: (manifest: string) => boolean;
  /** Set where the source already knows that it can't be used (a row with latitude 91, a missing file). */
  readonly issue: Issue | null;
}

/** A folder or a manifest as a whole: its own failure, or that it has none any more. */
export interface ContainerState {
  readonly kind: 'container';
  readonly root: string;
  readonly path: string;
  readonly issue: Issue | null;
  /** At the end of a manifest: which photos it names, so that what it placed and names no more is found. */
  readonly manifest?: { readonly file: string; readonly names: (file: string) => boolean };
}

export type SourceItem = Candidate | ContainerState;

/** What a source passed over, and other things worth a line. */
export interface SourceNotes {
  /** Files that are no photos, by extension (with the dot, lower case; '' without one). */
  readonly ignoredByExtension: Map<string, number>;
  /** Manifest entries that say themselves that they failed, as Mapillary's do. */
  skippedEntries: number;
  /** Rows that name a photo that an earlier row named, which counts; the first 10,000. */
  readonly repeated: { readonly path: string; readonly reason: string }[];
  readonly notices: string[];
}

export function newSourceNotes(): SourceNotes {
  return { ignoredByExtension: new Map(), skippedEntries: 0, repeated: [], notices: [] };
}

/** One SOURCE of an ingest: a folder, a manifest or a photo. */
export interface PhotoSource {
  /** As the user wrote it. */
  readonly name: string;
  /**
   * Looks at the whole source once, so that a manifest that can't be used is refused before a photo is read.
   * @returns the number of photos that `items` will yield, failures included.
   * @throws `manifest_column_missing`, `manifest_columns_swapped`, `manifest_invalid`, `source_not_found`.
   */
  count(): Promise<number>;
  /** In a fixed order; never throws for a single photo. */
  items(notes: SourceNotes): AsyncIterable<SourceItem>;
}
