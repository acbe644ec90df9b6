import type { Run } from './run.js';

export interface Failure {
  readonly id: number;
  readonly root: string;
  readonly path: string;
  readonly code: string;
  readonly reason: string;
  readonly at: string;
  /** The id that its bytes would have as a reference; null where they were not read. */
  readonly photoId: string | null;
  /** The run that was the last to meet it; null for those of before that was noted. */
  readonly run: number | null;
}

/** Which failures count: every given condition holds. A photo whose bytes are a reference by another path is none. */
export interface FailureFilter {
  /** Only those that this run of an ingest was the last to meet. */
  readonly run?: number;
  readonly code?: string;
  /** Part of the path, or of the reason but for the root's own path; ASCII letters in either case. */
  readonly text?: string;
}

/** What ingests did and could not do: those that wrote here. */
export interface IngestJournal {
  /** The last runs, newest first; 20 by default. */
  runs(query?: { limit?: number }): Promise<readonly Run[]>;
  /** By root and path. */
  failures(query?: FailureFilter & { limit?: number }): Promise<readonly Failure[]>;
  /** How many there are of each code, the most first. */
  failureCodes(query?: FailureFilter): Promise<readonly { readonly code: string; readonly count: number }[]>;
  /**
   * The failed photo's file: only where its bytes were read, it is still the same file, and it lies below its root wherever links
   * lead; else null.
   */
  failureFile(id: number): Promise<{ readonly path: string; readonly photoId: string } | null>;
}
