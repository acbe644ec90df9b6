import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isSameFile, type Source } from '../../domain/reference.js';
import { fileStateOf } from '../../images/plain-file.js';
import { FILES_ROOT, filesFolder } from './index-folder.js';

/** Where a source's file lies: below its root, or in the index's own `files/`. */
export function sourcePath(folder: string, source: { readonly root: string; readonly path: string }): string {
  return source.root === FILES_ROOT ? join(filesFolder(folder), source.path) : join(source.root, source.path);
}

/**
 * True when the source's file still holds the bytes of this sha-256. A file of the same size, times and inode is taken to
 * be unchanged, another one of the same size is hashed.
 */
export function holdsBytes(folder: string, source: Source, sha256: string): boolean {
  try {
    const path = sourcePath(folder, source);
    const stat = statSync(path);
    if (!stat.isFile() || stat.size !== source.bytes) return false;
    if (
      Math.abs(stat.mtimeMs - source.mtimeMs) < 1 &&
      isSameFile(source, { ...fileStateOf(stat), mtimeMs: source.mtimeMs })
    )
      return true;
    return createHash('sha256').update(readFileSync(path)).digest('hex') === sha256;
  } catch {
    return false;
  }
}
