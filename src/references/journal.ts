import type { Run } from './run.js';

export interface Failure {
  readonly id: number;
  readonly root: string;
  readonly path: string;
  readonly code: string;
  readonly reason: string;
  readonly at: string;
  /** The photo's id, by its bytes; null where they were not read. */
  readonly photoId: string | null;
  /** The last run that met it; null where it was stored before runs were recorded. */
  readonly run: number | null;
}

/** Selects failures: every given condition holds. A photo whose bytes are a reference by another path is no failure. */
export interface FailureFilter {
  /** Only failures whose last run is this one. */
  readonly run?: number;
  readonly code?: string;
  /** Text in the path or in the reason, apart from the root's own path; ASCII letters match in either case. */
  readonly text?: string;
}

/** Runs and failures of the ingests that wrote here. */
export interface IngestJournal {
  /** The last runs, newest first; 20 by default. */
  runs(query?: { limit?: number }): Promise<readonly Run[]>;
  /** Ordered by root and path. */
  failures(query?: FailureFilter & { limit?: number }): Promise<readonly Failure[]>;
  /** Number of failures of each code, the most frequent first. */
  failureCodes(query?: FailureFilter): Promise<readonly { readonly code: string; readonly count: number }[]>;
  /**
   * A failed photo's file, where its bytes were read, it is still the same file, and it lies below its root once all links are
   * followed; else null.
   */
  failureFile(id: number): Promise<{ readonly path: string; readonly photoId: string } | null>;
}
