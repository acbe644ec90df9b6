import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fault } from '../domain/errors.js';

/**
 * The file that a flag names for what a command writes: asked before the work, not after it.
 * @param indexFolder in which nothing may be written over
 * @throws `usage`
 */
export async function outFile(flag: string, text: string, indexFolder: string | null): Promise<string> {
  const folder = dirname(resolve(text));
  const there = await stat(folder).catch(() => null);
  if (!there?.isDirectory())
    throw fault('usage', `Expected --${flag} to name a file in a folder that exists, but there is none at ${folder}.`);
  const file = join(await realpath(folder), basename(text));
  if ((await stat(file).catch(() => null))?.isDirectory())
    throw fault('usage', `Expected --${flag} to name a file, but ${text} is a folder.`);
  const index = indexFolder === null ? null : await realpath(indexFolder).catch(() => null);
  if (index !== null && `${file}${sep}`.startsWith(`${index}${sep}`))
    throw fault('usage', `Expected --${flag} to name a file outside the index's own folder, but got ${text}.`);
  return file;
}
