import { isAbsolute, relative, resolve, sep } from 'node:path';

/** A file's path from the source's root, with forward slashes, so that it stays true when the root moves. */
export function pathFrom(root: string, file: string): string {
  const path = relative(root, file);
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** The absolute path of what `pathFrom` gave. */
export function fileFrom(root: string, path: string): string {
  return resolve(root, path);
}

/** Whether a path lies in a folder, by their names alone; true for the folder itself too. */
export function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
