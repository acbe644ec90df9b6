import { statfs } from 'node:fs/promises';
import { fault, StreetdexError } from '../../domain/errors.js';
import { diskError } from '../../store/atomic-write.js';

/** Kept free in addition. */
const MARGIN_BYTES = 256 << 20;

/** Free bytes of the disk that holds `folder`, for this user. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * @param bytes what is going to be written below `folder`
 * @throws `disk_full` (later) when the disk does not have that, and 256 MiB more
 */
export async function checkDiskSpace(folder: string, bytes: number, free = freeBytes): Promise<void> {
  const there = await free(folder);
  if (there >= bytes + MARGIN_BYTES) return;
  throw fault(
    'disk_full',
    `Expected ${megabytes(bytes + MARGIN_BYTES)} free on the disk of ${folder}, there are ${megabytes(there)}. Make room, or choose another disk with --data-dir and --models-dir, and run the same command again.`,
    { retryAfterS: 60 },
  );
}

/** The error of writing `path` as one of ours: `disk_full` (later), `folder_read_only`, `disk_error`; any other comes back as it is. */
export function writeError(error: unknown, path: string): unknown {
  if (error instanceof StreetdexError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return fault(
      'disk_full',
      `${path} could not be written: the disk is full. Make room and run the same command again.`,
      { cause: error, retryAfterS: 60 },
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return fault(
      'folder_read_only',
      `${path} can't be written: this user may not, or the disk is read-only. Choose other folders with --data-dir and --models-dir.`,
      { cause: error },
    );
  }
  return diskError(error, path);
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;
