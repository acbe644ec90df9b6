import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

let found: string | undefined;

/**
 * The folder of streetdex's own package.json: migrations, models and built workers lie below it, both when the
 * program runs from dist/ and when tests run on src/ (where import.meta is not available).
 */
export function packageRoot(): string {
  found ??=
    search(process.argv[1] && existsSync(process.argv[1]) ? dirname(realpathSync(process.argv[1])) : process.cwd()) ??
    search(process.cwd());
  if (found === undefined)
    throw new Error('streetdex: its package.json was not found above the program or the working folder.');
  return found;
}

function search(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'streetdex')
      return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Path of what the build made, `room/file`. */
export function builtFile(name: string): string {
  return join(packageRoot(), 'dist', name);
}

/** Path of a built worker, `room/file` without its ending. */
export function workerFile(name: string): string {
  return builtFile(`${name}.js`);
}
