import type { ModelTerms } from './model-terms.js';

export interface FetchedFile {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Null for local files, which are not hashed. */
  readonly sha256: string | null;
}

/** A model's files, complete and checked, with their origin. */
export interface FetchedModel extends ModelTerms {
  /** Its name: the hub's id, or the local folder's name. */
  readonly name: string;
  /** The hub's id or the local path. */
  readonly source: string;
  readonly revision: string | null;
  readonly commit: string | null;
  readonly folder: string;
  readonly kind: 'onnx' | 'checkpoint';
  /** Precision of the graphs, where there are graphs. */
  readonly precision: string | null;
  /** What `openCheckpoint` takes; null where there are graphs. */
  readonly checkpoint: string | null;
  /** Config, tokenizer and card, which go into the model folder unchanged. */
  readonly small: readonly string[];
  /** The graphs with their data, or the weights. */
  readonly weights: readonly string[];
  readonly files: readonly FetchedFile[];
  /** Deletes what was downloaded; local files stay. */
  discard(): Promise<void>;
  /** Keeps what was downloaded, for the next try. */
  keep(): Promise<void>;
}

/** Bytes of all files so far, and of the one that moved last. */
export interface DownloadProgress {
  readonly file: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
}
