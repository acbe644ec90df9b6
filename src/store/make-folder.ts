import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskError } from './atomic-write.js';

/**
 * Makes a folder and its parents, where they are missing.
 * @throws `index_read_only`, `disk_full`, and errors of the file system
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    checkWritable(folder);
    throw diskError(error, folder);
  }
}

/**
 * Checks the folder, or its nearest existing parent: on a read-only disk, making a folder or opening a database fails with a
 * code that does not say so. @throws `index_read_only`
 */
export function checkWritable(folder: string): void {
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK);
  } catch (error) {
    throw diskError(error, folder);
  }
}
