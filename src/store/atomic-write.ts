import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fault } from '../domain/errors.js';

/** A small file is written in far less. */
const DRAFT_MS = 60_000;

/** Replaces `file` by `content` so that a reader, also after a power cut, finds the old or the new one, complete. */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const draft = `${file}.tmp-${process.pid}`;
  try {
    removeOldDrafts(file);
    writeFileSync(draft, content);
    renameInto(draft, file);
  } catch (error) {
    removeDraft(draft);
    throw diskError(error, file);
  }
}

/** Removes what killed processes left of `FILE.tmp-PID`. Another's that is being written is younger. */
export function removeOldDrafts(file: string): void {
  for (const name of readdirSync(dirname(file))) {
    if (!name.startsWith(`${basename(file)}.tmp-`)) continue;
    const draft = join(dirname(file), name);
    const written = lstatSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - written > DRAFT_MS) rmSync(draft, { force: true });
  }
}

/**
 * The same for a large file, without blocking this thread. Its draft is made in `drafts`, a folder for drafts alone; what a
 * killed process left there is deleted first, so only one process may use it at a time.
 */
export async function placeFile(file: string, content: Uint8Array, drafts: string): Promise<void> {
  const draft = join(drafts, basename(file));
  try {
    await rm(drafts, { recursive: true, force: true });
    await mkdir(drafts, { recursive: true });
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(draft, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    syncPath(dirname(file), 'r');
  } catch (error) {
    throw diskError(error, file);
  } finally {
    await rm(drafts, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Renames a finished draft to its name, after syncing it, and syncs the folder that holds the name. */
export function renameInto(draft: string, file: string): void {
  syncPath(draft, 'r+');
  renameSync(draft, file);
  syncPath(dirname(file), 'r');
}

/**
 * `disk_full` for a full disk, `index_read_only` for one that may not be written, `disk_error` for one that fails or gives no more
 * files; any other error as it is.
 */
export function diskError(error: unknown, file: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return readOnly(file, error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(file);
  return code === 'EIO' || code === 'EMFILE' || code === 'ENFILE' ? diskFailed(file, code, error) : error;
}

export function readOnly(file: string, cause: unknown) {
  return fault(
    'index_read_only',
    `${file} can't be written: it, its folder or its disk is read-only. Give this user write access, or copy the folder to where it has it.`,
    { cause },
  );
}

export function diskFull(file: string) {
  return fault(
    'disk_full',
    `${file} could not be written: the disk is full. What was committed before is kept; make room and run the same command again.`,
    { retryAfterS: 60 },
  );
}

export function diskFailed(file: string, code: string, cause: unknown) {
  return fault('disk_error', `${file} could not be read or written (${code}). Check the disk and its free space.`, {
    cause,
  });
}

/** Deletes what nobody needs any more, where the disk lets it: whatever went wrong before is what counts. */
export function removeDraft(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Left for whoever writes the file next.
  }
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
