import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileState, isSameFile } from '../domain/reference.js';
import { fileStateOf } from '../images/plain-file.js';
import { isBelow } from './source-path.js';

/**
 * A path in a failure is what a manifest or a link says, so it is only followed to a file that an ingest has read there:
 * its size, times and inode are those of then, and it lies below the root itself once all links are followed.
 */
export async function failedFile(
  failure: FileState & { readonly root: string; readonly path: string; readonly photoId: string | null },
): Promise<{ readonly path: string; readonly photoId: string } | null> {
  const { photoId } = failure;
  if (photoId === null) return null;
  try {
    const [root, path] = await Promise.all(
      [failure.root, join(failure.root, failure.path)].map((one) => realpath(one)),
    );
    if (root === undefined || path === undefined) return null;
    const entry = await stat(path);
    if (!isBelow(root, path) || !entry.isFile() || !isSameFile(failure, fileStateOf(entry))) return null;
    return { path, photoId };
  } catch {
    return null;
  }
}
