import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskError } from './atomic-write.js';

/**
 * Makes a folder and those above it, where they are not there.
 * @throws `index_read_only`, `disk_full`, what the file system throws
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
 * Of the folder, or of the nearest above it that is there: making one on a read-only disk fails with a code that does not
 * say so, and so does opening a database there. @throws `index_read_only`
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
