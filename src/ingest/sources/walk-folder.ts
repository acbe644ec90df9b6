import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fault, type StreetdexError } from '../../domain/errors.js';
import { type Allows, ANYTHING } from './allowed.js';

/** Folders that systems and cameras keep beside photos: thumbnails, recycle bins, leftovers of archives. */
const SKIPPED = new Set(['@eadir', '$recycle.bin', 'system volume information', '__macosx', 'lost+found', '#recycle']);

/** `error`: why a folder can't be listed, or an entry can't be named. */
export interface WalkEntry {
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly error: StreetdexError | null;
}

/**
 * All files below `root` in the order of their names' code units; in memory is one folder's listing for each level. Hidden
 * files and folders are passed over. Links are followed; a folder that was already visited (a loop, or a second link) is not
 * visited again. A folder that can't be read is yielded with its error, and the walk goes on; so is an entry whose name is not
 * UTF-8: its bytes are written as `\xDF` in the path. A link to what is not allowed is yielded as a file, wherever it leads.
 */
export async function* walkFolder(root: string, allows: Allows = ANYTHING): AsyncGenerator<WalkEntry> {
  yield* walk(root, '', new Set(), allows);
}

async function* walk(root: string, below: string, visited: Set<string>, allows: Allows): AsyncGenerator<WalkEntry> {
  const folder = join(root, below);
  let entries: readonly FolderEntry[];
  try {
    const identity = await stat(folder, { bigint: true });
    const key = `${identity.dev}:${identity.ino}`;
    if (visited.has(key)) return;
    visited.add(key);
    entries = await listFolder(folder);
  } catch (error) {
    yield { kind: 'folder', path: below, error: folderError(error) };
    return;
  }
  yield { kind: 'folder', path: below, error: null };
  for (const { name, entry, error } of entries) {
    if (name.startsWith('.') || SKIPPED.has(name.toLowerCase())) continue;
    const path = below === '' ? name : `${below}/${name}`;
    if (error !== null) yield { kind: entry.isDirectory() ? 'folder' : 'file', path, error };
    else if (await isFolder(entry, join(root, path), allows)) yield* walk(root, path, visited, allows);
    else yield { kind: 'file', path, error: null };
  }
}

interface FolderEntry {
  readonly name: string;
  readonly entry: Dirent;
  readonly error: StreetdexError | null;
}

const NOT_UTF8 = fault(
  'name_not_utf8',
  'Expected a name in UTF-8, got other bytes (shown as \\xNN), by which nothing can be opened; rename it, for example with convmv.',
);

/** In the order of the names' code units. */
async function listFolder(folder: string): Promise<readonly FolderEntry[]> {
  const entries: FolderEntry[] = (await readdir(folder, { withFileTypes: true })).map((entry) => ({
    name: entry.name,
    entry,
    error: null,
  }));
  // Node replaces bytes that are not UTF-8 by U+FFFD; a name may also hold that character itself.
  if (entries.some(({ name }) => name.includes('\uFFFD'))) {
    for (const { replaced, shown } of await namesNotUtf8(folder)) {
      const at = entries.findIndex(({ name, error }) => error === null && name === replaced);
      const found = entries[at];
      if (found !== undefined) entries[at] = { name: shown, entry: found.entry, error: NOT_UTF8 };
    }
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function namesNotUtf8(folder: string): Promise<readonly { readonly replaced: string; readonly shown: string }[]> {
  const names = await readdir(folder, { encoding: 'buffer' });
  return names.flatMap((bytes) => {
    const replaced = bytes.toString('utf8');
    return Buffer.from(replaced, 'utf8').equals(bytes) ? [] : [{ replaced, shown: showBytes(bytes) }];
  });
}

/** Text with each byte that belongs to no UTF-8 character as `\xNN`. */
function showBytes(bytes: Buffer): string {
  return bytes.toString('latin1').replace(NOT_ASCII_RUN, (run) => {
    const raw = Buffer.from(run, 'latin1');
    const text = raw.toString('utf8');
    if (!text.includes('\uFFFD')) return text;
    return [...raw].map((byte) => `\\x${byte.toString(16).toUpperCase()}`).join('');
  });
}

const NOT_ASCII_RUN = /[\x80-\xff]+/g;

function folderError(error: unknown): StreetdexError {
  const { code, message } = error as NodeJS.ErrnoException;
  return fault(
    'unreadable',
    `Expected a folder that can be read, but listing it failed with ${code ?? message}; change its permissions.`,
  );
}

async function isFolder(entry: Dirent, path: string, allows: Allows): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  if (!allows(path)) return false;
  return stat(path).then(
    (target) => target.isDirectory(),
    () => false,
  );
}
