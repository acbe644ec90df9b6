import { basename, dirname } from 'node:path';
import type { PhotoSource, SourceItem } from './candidate.js';

/** A single photo given as SOURCE. */
export class PhotoFileSource implements PhotoSource {
  readonly #file: string;

  constructor(
    readonly name: string,
    file: string,
  ) {
    this.#file = file;
  }

  async count(): Promise<number> {
    return 1;
  }

  async *items(): AsyncGenerator<SourceItem> {
    const file = this.#file;
    yield {
      kind: 'photo',
      root: dirname(file),
      path: basename(file),
      file,
      manifest: null,
      manifestFile: null,
      consulted: async () => false,
      issue: null,
    };
  }
}
