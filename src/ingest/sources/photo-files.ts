import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { callerError } from '../../domain/errors.js';
import { isPhotoName } from './photo-extensions.js';
import { walkFolder } from './walk-folder.js';

/**
 * The photos that `names` stand for: files as they are given, folders with all photos below them, in order.
 * @throws `source_not_found` for a name where nothing is, `no_photos` where a folder holds none.
 */
export async function photoFiles(names: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of names) {
    const entry = await stat(name).catch(() => null);
    if (entry === null)
      throw callerError('source_not_found', `Expected a photo or a folder, but there is nothing at ${name}.`);
    if (!entry.isDirectory()) files.push(name);
    else files.push(...(await photosBelow(name)));
  }
  return files;
}

async function photosBelow(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const found of walkFolder(folder)) {
    if (found.kind === 'file' && isPhotoName(found.path)) files.push(join(folder, found.path));
  }
  if (files.length === 0) throw callerError('no_photos', `Expected photos below ${folder}, but it holds none.`);
  return files;
}
