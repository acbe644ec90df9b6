import { stat } from 'node:fs/promises';
import { isSameFile, type Source } from '../domain/reference.js';
import { sha256Of } from '../domain/sha256.js';
import { fileStateOf, readPlainFile } from '../images/plain-file.js';
import { FILES_ROOT } from './files-root.js';

/**
 * Whether a source's file still holds the bytes of this sha-256. A file that the index keeps is named by its content and
 * trusted; one with the same size, times and inode counts as unchanged; another one of the same size is hashed, off this
 * thread.
 */
async function holdsBytes(path: string, source: Source, sha256: string): Promise<boolean> {
  try {
    const entry = await stat(path);
    if (!entry.isFile() || entry.size !== source.bytes) return false;
    if (source.root === FILES_ROOT) return path.includes(sha256);
    if (
      Math.abs(entry.mtimeMs - source.mtimeMs) < 1 &&
      isSameFile(source, { ...fileStateOf(entry), mtimeMs: source.mtimeMs })
    )
      return true;
    return (await sha256Of(await readPlainFile(path, entry.size))) === sha256;
  } catch {
    return false;
  }
}

/** The first source whose file holds the bytes; null where none does. */
export async function firstThatHolds(
  sources: readonly Source[],
  sha256: string,
  pathOf: (source: Source) => string,
): Promise<string | null> {
  for (const source of sources) if (await holdsBytes(pathOf(source), source, sha256)) return pathOf(source);
  return null;
}
