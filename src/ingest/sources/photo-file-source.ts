import { basename, dirname } from 'node:path';
import type { PhotoSource, SourceItem } from './candidate.js';

/** A single photo given as SOURCE. */
export class PhotoFileSource implements PhotoSource {
  constructor(
    readonly name: string,
    private readonly file: string,
  ) {}

  async count(): Promise<number> {
    return 1;
  }

  async *items(): AsyncGenerator<SourceItem> {
    const { file } = this;
    yield {
      kind: 'photo',
      root: dirname(file),
      path: basename(file),
      file,
      manifest: null,
      manifestFile: null,
      consulted: () => false,
      issue: null,
    };
  }
}
