import { realpathSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';

/** Whether a file or folder may be read. */
export type Allows = (path: string) => boolean;

export const ANYTHING: Allows = () => true;

/** Allows what lies below these folders once every link is followed; nothing that is not there. */
export function allowedBelow(roots: readonly string[]): Allows {
  const real = roots.flatMap((root) => realOrNone(root));
  return (path) => realOrNone(path).some((target) => real.some((root) => isBelow(root, target)));
}

/** True for the folder itself too. */
export function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function realOrNone(path: string): readonly string[] {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
}
