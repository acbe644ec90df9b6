import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../../store/make-folder.js';
import { writeError } from '../disk-space.js';
import type { FetchedModel } from './fetched-model.js';

/**
 * Puts config, tokenizer and card into `folder`, and the graphs where the model came with graphs; weights that have to
 * be converted stay where they are. Local files are copied, downloaded graphs moved where they lie on the same disk.
 */
export async function placeFiles(fetched: FetchedModel, folder: string): Promise<void> {
  for (const path of fetched.small) await copy(join(fetched.folder, path), join(folder, path));
  if (fetched.kind !== 'onnx') return;
  for (const path of fetched.weights) {
    const [from, to] = [join(fetched.folder, path), join(folder, path)];
    if (fetched.commit === null || !(await move(from, to))) await copy(from, to);
  }
}

async function move(from: string, to: string): Promise<boolean> {
  makeFolder(dirname(to));
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EXDEV') return false;
    throw writeError(error, to);
  }
}

async function copy(from: string, to: string): Promise<void> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    // A copy has the mode of its source, and a read-only file can be neither synced nor replaced.
    await chmod(to, 0o644);
  } catch (error) {
    throw writeError(error, to);
  }
}
