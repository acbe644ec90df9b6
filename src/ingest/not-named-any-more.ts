import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { KnownFiles } from '../references/known-files.js';
import type { Candidate, ContainerState } from './sources/candidate.js';

export type ReadManifest = NonNullable<ContainerState['manifest']>;

/**
 * The photos that manifests of this run placed once and name no more, to be looked at without them: what their sidecar
 * or EXIF says counts then, and where nothing does, their position was withdrawn. A file that is gone is `index prune`'s.
 */
export async function* notNamedAnyMore(
  manifests: readonly ReadManifest[],
  known: Pick<KnownFiles, 'sourcesNamedBy'>,
): AsyncGenerator<Candidate> {
  for (const { file: manifestFile, names } of manifests) {
    for (const { root, path } of await known.sourcesNamedBy(manifestFile)) {
      const file = join(root, path);
      if (names(file) || !existsSync(file)) continue;
      const consulted = (other: string) => other === manifestFile;
      yield { kind: 'photo', root, path, file, manifest: null, manifestFile, consulted, issue: null };
    }
  }
}
