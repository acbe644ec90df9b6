import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Allows, ANYTHING } from './allowed.js';

/** Folders that systems and cameras keep beside photos: thumbnails, bins, archives' leftovers. */
const SKIPPED = new Set(['@eadir', '$recycle.bin', 'system volume information', '__macosx', 'lost+found', '#recycle']);

export type WalkEntry =
  | { readonly kind: 'file'; readonly path: string }
  /** A folder and whether it could be listed. */
  | { readonly kind: 'folder'; readonly path: string; readonly error: NodeJS.ErrnoException | null };

/**
 * All files below `root` in the order of their names' code units, one folder's listing in memory at a time for each
 * level. Hidden files and folders are passed over. Links are followed; a folder that was already visited (a loop, or a
 * second link) is not visited again. A folder that can't be read is yielded with its error, and the walk goes on. A link
 * that leads to what is not allowed is yielded as a file, wherever it leads.
 */
export async function* walkFolder(root: string, allows: Allows = ANYTHING): AsyncGenerator<WalkEntry> {
  yield* walk(root, '', new Set(), allows);
}

async function* walk(root: string, below: string, visited: Set<string>, allows: Allows): AsyncGenerator<WalkEntry> {
  const folder = join(root, below);
  let entries: Dirent[];
  try {
    const identity = await stat(folder, { bigint: true });
    const key = `${identity.dev}:${identity.ino}`;
    if (visited.has(key)) return;
    visited.add(key);
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    yield { kind: 'folder', path: below, error: error as NodeJS.ErrnoException };
    return;
  }
  yield { kind: 'folder', path: below, error: null };
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name.toLowerCase())) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (await isFolder(entry, join(root, path), allows)) yield* walk(root, path, visited, allows);
    else yield { kind: 'file', path };
  }
}

async function isFolder(entry: Dirent, path: string, allows: Allows): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  if (!allows(path)) return false;
  return stat(path).then(
    (target) => target.isDirectory(),
    () => false,
  );
}
