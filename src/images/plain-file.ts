import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fault, type StreetdexError } from '../domain/errors.js';
import type { FileState } from '../domain/reference.js';

/** Largest file that is read as a photo, unless the caller says otherwise. */
export const PHOTO_BYTES_MAX = 256 * 1024 * 1024;

/** A file that takes longer is on a disk that does not answer. */
const READ_MS_MAX = 60_000;

/**
 * The bytes of a plain file. Anything else at the path (a folder, a pipe, a socket, a device, a link that leads nowhere) is
 * refused, and none of them can block the caller: the file is opened without blocking, its type is checked before a byte is
 * read, and reading is given up after `timeoutMs`.
 * @throws `file_missing`, `unreadable`, `not_a_file`, `file_too_large`
 */
export async function readPlainFile(
  path: string,
  bytesMax = PHOTO_BYTES_MAX,
  { timeoutMs = READ_MS_MAX }: { readonly timeoutMs?: number } = {},
): Promise<Buffer> {
  let late: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(noAnswer(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([readNow(path, bytesMax), deadline]);
  } catch (error) {
    throw fileError(error);
  } finally {
    clearTimeout(late);
  }
}

async function readNow(path: string, bytesMax: number): Promise<Buffer> {
  const { handle, size } = await openPlainFile(path);
  try {
    if (size > bytesMax) throw fileTooLarge(size, bytesMax);
    return await readWhole(handle, size);
  } finally {
    await handle.close();
  }
}

/**
 * Opens a file without blocking, and only where it is a plain one. The caller closes it.
 * @throws `not_a_file`, and errors of the file system
 */
export async function openPlainFile(path: string): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const entry = await handle.stat();
    if (!entry.isFile()) throw notAFile(entry);
    return { handle, size: entry.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function noAnswer(timeoutMs: number): StreetdexError {
  return fault(
    'unreadable',
    `Expected a file that can be read, but reading it was not done within ${timeoutMs / 1000} s; check the disk that it lies on.`,
  );
}

/** Reads at most `size` bytes: of a file that grew since, its former length, and of one that shrank, what is left. */
async function readWhole(handle: FileHandle, size: number): Promise<Buffer> {
  // Not from Node's pool, since its memory goes on to worker threads; the bytes beyond what was read are cut off.
  const buffer = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(buffer, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === size ? buffer : buffer.subarray(0, filled);
}

/** The part of a file's `stat` that changes when the file does. */
export function fileStateOf(entry: Stats): FileState {
  const { size, mtimeMs, ctimeMs, ino } = entry;
  // Some network file systems give 0 where they have no inode number.
  return { bytes: size, mtimeMs: Math.floor(mtimeMs), ctimeMs, inode: ino === 0 ? null : String(ino) };
}

interface Entry {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

export function notAFile(entry: Entry): StreetdexError {
  const kind = entry.isDirectory()
    ? 'a folder'
    : entry.isFIFO()
      ? 'a pipe'
      : entry.isSocket()
        ? 'a socket'
        : 'a device';
  return fault('not_a_file', `Expected a plain file at this path, got ${kind}.`);
}

export function fileTooLarge(bytes: number, bytesMax: number): StreetdexError {
  return fault('file_too_large', `Expected a file of at most ${bytesMax} bytes, got ${bytes}.`);
}

/** An error of the file system as one of ours; any other error as it is. */
export function fileError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return error;
  // Opening a socket fails with this code.
  if (code === 'ENXIO') return fault('not_a_file', 'Expected a plain file at this path, got a socket.');
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return fault('file_missing', 'Expected a photo at this path, but there is none.');
  }
  const hint = code === 'EACCES' || code === 'EPERM' ? '; change its permissions' : '';
  return fault('unreadable', `Expected a file that can be read, but reading it failed with ${code}${hint}.`);
}
