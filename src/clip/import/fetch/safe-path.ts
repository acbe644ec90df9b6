import { fault } from '../../../domain/errors.js';

/**
 * The path of a file below the model's folder, as a server or an index of shards names it.
 * @throws `hub_bad_path` when it is absolute, leads out of the folder, or holds characters with a meaning to some system
 */
export function safePath(path: string): string {
  const bad =
    path === '' ||
    path.length > 512 ||
    // Backslashes and colons are separators, drives or streams on Windows.
    /[\\:\p{Cc}]/u.test(path) ||
    path.split('/').some((part) => part === '' || part === '.' || part === '..');
  if (!bad) return path;
  throw fault(
    'hub_bad_path',
    `Expected paths of files below the model's folder, got ${JSON.stringify(path.slice(0, 200))}, so nothing of this model was taken. Report it to whoever publishes the model.`,
  );
}
