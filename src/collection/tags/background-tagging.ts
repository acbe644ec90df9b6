import { fault } from '../../domain/errors.js';
import type { ReferenceReader } from '../../references/reader.js';
import type { Collection } from '../open-collection.js';
import type { Tagger } from './scorer.js';
import { tagIndex } from './tag-index.js';

/** How far a tagging is. */
export interface TagRun {
  readonly set: string;
  readonly done: number;
  readonly total: number;
  readonly error: string | null;
  readonly ended: boolean;
}

/** Tags photos while the process does other work, with one set at a time. */
export class BackgroundTagging {
  /** The tagging that runs, or ran last. */
  run: TagRun | null = null;
  readonly #ending = new AbortController();

  /** @throws `tagging_running` (later) */
  begin(tagger: Tagger, parts: { readonly collection: Collection; readonly reader: ReferenceReader }): void {
    if (this.run !== null && !this.run.ended) {
      throw fault('tagging_running', `Photos are being tagged with ${this.run.set}. Try again when that is over.`);
    }
    const begun = { set: tagger.name, done: 0, total: 0, error: null, ended: false };
    this.run = begun;
    const onProgress = (done: number, total: number) => {
      this.run = { ...begun, done, total };
    };
    void tagIndex([tagger], parts, { signal: this.#ending.signal, onProgress }).then(
      () => {
        this.run = { ...(this.run ?? begun), ended: true };
      },
      (error: Error) => {
        this.run = { ...(this.run ?? begun), error: error.message, ended: true };
      },
    );
  }

  /** Stops the tagging, which goes on when it is begun again. */
  close(): void {
    this.#ending.abort();
  }
}
