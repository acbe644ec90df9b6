import type { DownloadProgress } from './fetched-model.js';
import type { HubOptions } from './hub-client.js';
import type { ModelTerms } from './model-terms.js';

export interface FetchModelOptions {
  /** A hub id (`owner/name`), or the path of a folder, a `.safetensors` or a `.bin` file. */
  readonly what: string;
  /** Branch, tag, commit or `refs/pr/1` of the hub; `main` by default. */
  readonly revision?: string;
  /** Precision of ready-made graphs: `auto` takes float32 first. */
  readonly precision?: string;
  /** Folder for downloads until the model is made: below data_dir, not below the models. */
  readonly downloadsFolder: string;
  readonly hub: HubOptions;
  /** Called before the weights are downloaded; if it throws, nothing is downloaded. */
  readonly onTerms?: (terms: ModelTerms & { readonly name: string; readonly bytes: number }) => void | Promise<void>;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /** Free bytes of a folder's disk; replaced in tests. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}
