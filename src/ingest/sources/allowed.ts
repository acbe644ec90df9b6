import { realpathSync } from 'node:fs';
import { isBelow } from '../../references/source-path.js';

/** Whether a file or folder may be read. */
export type Allows = (path: string) => boolean;

export const ANYTHING: Allows = () => true;

/** Allows files below these folders, once every link is followed; a missing file is not allowed. */
export function allowedBelow(roots: readonly string[]): Allows {
  const real = roots.flatMap((root) => realOrNone(root));
  return (path) => realOrNone(path).some((target) => real.some((root) => isBelow(root, target)));
}

function realOrNone(path: string): readonly string[] {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
}
