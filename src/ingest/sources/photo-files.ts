import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fault, type StreetdexError } from '../../domain/errors.js';
import { isPhotoName } from './photo-extensions.js';
import { walkFolder } from './walk-folder.js';

/** A photo that was asked for; `error` where it can't be read at all. */
export interface PhotoFile {
  readonly file: string;
  readonly error: StreetdexError | null;
}

/**
 * The photos that `names` stand for, in order: files as they are given, folders as all photos below them. What can't be read (a
 * broken link, a folder without permission, a name that is no UTF-8) is among them with its error.
 * @throws `source_not_found` where a name does not exist, `no_photos` where a folder holds none.
 */
export async function photoFiles(names: readonly string[]): Promise<readonly PhotoFile[]> {
  const files: PhotoFile[] = [];
  for (const name of names) {
    if (await isFolder(name)) files.push(...(await photosBelow(name)));
    else files.push({ file: name, error: null });
  }
  return files;
}

async function isFolder(name: string): Promise<boolean> {
  try {
    return (await stat(name)).isDirectory();
  } catch {
    // A broken link does exist: a shell passes it for `folder/*`.
    if ((await lstat(name).catch(() => null)) !== null) return false;
    throw fault('source_not_found', `Expected a photo or a folder, but there is nothing at ${name}.`);
  }
}

async function photosBelow(folder: string): Promise<readonly PhotoFile[]> {
  const files: PhotoFile[] = [];
  for await (const found of walkFolder(folder)) {
    const file = join(folder, found.path);
    if (found.error !== null) files.push({ file, error: found.error });
    else if (found.kind === 'file' && isPhotoName(found.path)) files.push({ file, error: null });
  }
  if (files.length === 0) throw fault('no_photos', `Expected photos below ${folder}, but it holds none.`);
  return files;
}
