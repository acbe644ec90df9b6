import { closeSync, fsyncSync, openSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fault } from '../domain/errors.js';

/** Replaces `file` with `content` so that a reader, or a power cut, meets the old or the new one, whole. */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const draft = `${file}.tmp-${process.pid}`;
  try {
    writeFileSync(draft, content);
    renameInto(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw diskError(error, file);
  }
}

/** Renames a finished draft to its name, after syncing it, and syncs the folder that holds the name. */
export function renameInto(draft: string, file: string): void {
  syncPath(draft, 'r+');
  renameSync(draft, file);
  syncPath(dirname(file), 'r');
}

/** `disk_full` for a full disk, any other error as it is. */
export function diskError(error: unknown, file: string): unknown {
  return (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(file) : error;
}

export function diskFull(file: string) {
  return fault(
    'disk_full',
    `${file} could not be written: the disk is full. What was committed before is kept; make room and run the same command again.`,
    { retryAfterS: 60 },
  );
}

/** Free bytes of the disk that holds `folder`. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function syncPath(path: string, flags: string): void {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } catch (error) {
    // Some file systems can't sync a folder.
    if (flags !== 'r') throw error;
  } finally {
    closeSync(handle);
  }
}
