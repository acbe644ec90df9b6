import type { KnownFacts } from '../../images/known-facts.js';

/** Why a photo did not become a reference: a stable code and a sentence. */
export interface Issue {
  readonly code: string;
  readonly reason: string;
}

/** A photo that a source names; nothing of it was read yet. */
export interface Candidate {
  readonly kind: 'photo';
  /** Absolute folder; with `path` it identifies a source in the index. */
  readonly root: string;
  /** Below the root, with forward slashes. */
  readonly path: string;
  /** Absolute path of the file. */
  readonly file: string;
  /** The manifest's facts; null where no manifest names it. */
  readonly manifest: KnownFacts | null;
  /** Absolute path of the manifest that names it; null where none does. */
  readonly manifestFile: string | null;
  /** Whether this run read the manifest, or found it missing: what it no longer says is then withdrawn. */
  readonly consulted: (manifest: string) => Promise<boolean>;
  /** Set where the source already knows that the photo can't be used (a row with latitude 91, a missing file). */
  readonly issue: Issue | null;
}

/** A folder or manifest as a whole: its own failure, or null where it has none any more. */
export interface ContainerState {
  readonly kind: 'container';
  readonly root: string;
  readonly path: string;
  readonly issue: Issue | null;
  /** Of a manifest that was read: which photos it names. What it placed earlier and no longer names is found by it. */
  readonly manifest?: { readonly file: string; readonly names: (file: string) => boolean };
}

export type SourceItem = Candidate | ContainerState;

/** What a source passed over, and other notices. */
export interface SourceNotes {
  /** Files that are no photos, by extension (with the dot, lower case; '' without one). */
  readonly ignoredByExtension: Map<string, number>;
  /** Manifest entries that are marked as failed, as Mapillary's can be. */
  skippedEntries: number;
  /** Rows that name a photo again, where an earlier row counts; the first 10,000. */
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
   * Reads the whole source once, so that an unusable manifest is refused before any photo is read.
   * @returns the number of photos that `items` will yield, failures included
   * @throws `manifest_column_missing`, `manifest_columns_swapped`, `manifest_invalid`, `source_not_found`
   */
  count(): Promise<number>;
  /** All items in a fixed order; never throws for a single photo. */
  items(notes: SourceNotes): AsyncIterable<SourceItem>;
}
