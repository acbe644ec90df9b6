import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileState, isSameFile } from '../domain/reference.js';
import { fileStateOf } from '../images/plain-file.js';
import { isBelow } from './source-path.js';

/**
 * The file of a failure, or null. Its path is what a manifest or a link says, so it is followed only to a file that an ingest
 * read there: size, times and inode are unchanged, and the file lies below the root once all links are followed.
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
