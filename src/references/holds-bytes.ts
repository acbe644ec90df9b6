import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isSameFile, type Source } from '../domain/reference.js';
import { fileStateOf } from '../images/plain-file.js';

/**
 * True when a source's file still holds the bytes of this sha-256. A file of the same size, times and inode is taken to
 * be unchanged, another one of the same size is hashed.
 */
export function holdsBytes(path: string, source: Source, sha256: string): boolean {
  try {
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
