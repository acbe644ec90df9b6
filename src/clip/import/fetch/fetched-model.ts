import type { ModelTerms } from './model-terms.js';

export interface FetchedFile {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Null for local files, which are not hashed. */
  readonly sha256: string | null;
}

/** A model's files, all there and checked, and what is known of their origin. */
export interface FetchedModel extends ModelTerms {
  /** What to call it: the hub's id, or the local folder's name. */
  readonly name: string;
  /** The hub's id or the local path. */
  readonly source: string;
  readonly revision: string | null;
  readonly commit: string | null;
  readonly folder: string;
  readonly kind: 'onnx' | 'checkpoint';
  /** Of the graphs where there are graphs. */
  readonly precision: string | null;
  /** What `openCheckpoint` takes; null where there are graphs. */
  readonly checkpoint: string | null;
  /** Config, tokenizer and card: they belong into the model folder as they are. */
  readonly small: readonly string[];
  /** The graphs with their data, or the weights. */
  readonly weights: readonly string[];
  readonly files: readonly FetchedFile[];
  /** Gives the files up: what was downloaded is deleted, what is local is left alone. */
  discard(): Promise<void>;
  /** Leaves what was downloaded for the next try, which takes it as it is. */
  keep(): Promise<void>;
}

/** Bytes of all files so far, and of the one that moved last. */
export interface DownloadProgress {
  readonly file: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
}
