import { copyFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeFolder } from '../store/make-folder.js';

/** Photos that a visitor of the page can try; none of them is a reference. */
function samplesFolder(folder: string): string {
  return join(folder, 'samples');
}

/** Keeps copies of these photos with the index. */
export async function keepSamples(folder: string, files: readonly string[]): Promise<void> {
  makeFolder(samplesFolder(folder));
  for (const [i, file] of files.entries())
    await copyFile(file, join(samplesFolder(folder), `${i + 1} ${basename(file)}`));
}

/** Their paths, in order; none for an index that has none. */
export async function sampleFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(samplesFolder(folder)).catch(() => []);
  return names.sort().map((name) => join(samplesFolder(folder), name));
}
