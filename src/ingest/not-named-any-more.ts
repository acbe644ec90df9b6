import { join } from 'node:path';
import type { KnownFiles } from '../references/known-files.js';
import { isThere } from './is-there.js';
import type { Candidate, ContainerState } from './sources/candidate.js';

export type ReadManifest = NonNullable<ContainerState['manifest']>;

/**
 * Photos that manifests of this run placed earlier and no longer name. They are looked at again without a row: their sidecar or
 * EXIF may place them, else their position was withdrawn. Missing files are left to `index prune`.
 */
export async function* notNamedAnyMore(
  manifests: readonly ReadManifest[],
  known: Pick<KnownFiles, 'sourcesNamedBy'>,
): AsyncGenerator<Candidate> {
  for (const { file: manifestFile, names } of manifests) {
    for (const { root, path } of await known.sourcesNamedBy(manifestFile)) {
      const file = join(root, path);
      if (names(file) || !(await isThere(file))) continue;
      const consulted = async (other: string) => other === manifestFile;
      yield { kind: 'photo', root, path, file, manifest: null, manifestFile, consulted, issue: null };
    }
  }
}
