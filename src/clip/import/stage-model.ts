import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fault, hasCode } from '../../domain/errors.js';
import { writeError } from './disk-space.js';
import { syncFolder } from './fetch/download-file.js';
import { addLock } from './models-lock.js';

/** Folder for models in the making; `model list` skips names that begin with a dot. */
const STAGING = '.adding';
const NAME = /^[a-z0-9][\w.-]*(\/[a-z0-9][\w.-]*)?$/i;

/** A model folder in the making. It holds the lock on its name until it is published or discarded. */
export interface StagedModel {
  /** An empty folder below the models folder, on the same disk. */
  readonly folder: string;
  /** Its path once published. */
  readonly target: string;
  /** Gives the folder its name, replacing a model that has it. Resolves to its path. */
  publish(): Promise<string>;
  /** Deletes the folder. */
  discard(): Promise<void>;
}

/**
 * Begins a model folder. What a killed process left of the same model is deleted; if it was killed between moving the old
 * folder away and the new one into place, the old one is restored.
 * @param name `owner/name` or `name`
 * @throws `model_name_invalid`, `model_add_busy` (later), `folder_read_only`
 */
export async function stageModel(modelsFolder: string, name: string): Promise<StagedModel> {
  if (!NAME.test(name) || name.includes('..')) {
    throw fault(
      'model_name_invalid',
      `Expected a model's name like owner/name or name, of letters, digits, dots, dashes and underscores; got ${JSON.stringify(name)}.`,
    );
  }
  const key = name.replace('/', '@');
  const staging = join(modelsFolder, STAGING);
  const target = join(modelsFolder, ...name.split('/'));
  const replaced = join(staging, `${key}.replaced`);
  const folder = join(staging, `${key}.new`);
  const lock = await addLock(modelsFolder, `.${key}.lock`, `adding ${name}`);
  // What can't be deleted is left for who comes next; what was done, or went wrong before, is what counts.
  const end = async () => {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    await rmdir(staging).catch(() => undefined);
    lock.release();
  };
  try {
    await recover(replaced, target);
    await sweep(modelsFolder, staging, key);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  } catch (error) {
    await end();
    throw writeError(error, folder);
  }
  return {
    folder,
    target,
    discard: end,
    async publish() {
      try {
        await syncTree(folder);
        await swap(folder, target, replaced);
        return target;
      } catch (error) {
        throw writeError(error, target);
      } finally {
        await end();
      }
    },
  };
}

/**
 * Node can't exchange two folders in one call, so the old one has another name for the moment of a rename; `recover` restores
 * it if the process ends there.
 */
async function swap(folder: string, target: string, replaced: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const had = await rename(target, replaced).then(
    () => true,
    (error) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(folder, target);
  } catch (error) {
    if (had) await rename(replaced, target);
    else await rmdir(dirname(target)).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(target));
  await rm(replaced, { recursive: true, force: true });
}

async function recover(replaced: string, target: string): Promise<void> {
  if (!(await exists(replaced))) return;
  if (await exists(target)) return await rm(replaced, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true });
  await rename(replaced, target);
}

/** Deletes what killed processes left of other models; those in the making hold their locks. */
async function sweep(modelsFolder: string, staging: string, key: string): Promise<void> {
  const left = (await readdir(staging).catch(() => [])).map((entry) => entry.replace(/\.(new|replaced)$/, ''));
  for (const other of new Set(left.filter((entry) => entry !== key))) {
    try {
      const lock = await addLock(modelsFolder, `.${other}.lock`, other);
      await recover(join(staging, `${other}.replaced`), join(modelsFolder, ...other.split('@')));
      await rm(join(staging, `${other}.new`), { recursive: true, force: true });
      lock.release();
    } catch (error) {
      if (!hasCode(error, 'model_add_busy')) throw error;
    }
  }
}

/**
 * Deletes a model: its folder loses its name at once, then its bytes are deleted.
 * @throws `model_not_found`, `model_add_busy` (later), `folder_read_only`
 */
export async function removeModel(modelsFolder: string, name: string): Promise<void> {
  const staged = await stageModel(modelsFolder, name);
  const gone = join(staged.folder, randomUUID());
  try {
    await rename(staged.target, gone);
    if (name.includes('/')) await rmdir(dirname(staged.target)).catch(() => undefined);
    await rm(gone, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw writeError(error, staged.target);
    throw fault(
      'model_not_found',
      `Expected the model ${name} in ${modelsFolder}, but it is not there. \`streetdex model list\` shows what is there.`,
    );
  } finally {
    await staged.discard();
  }
}

/** Syncs everything before the name: after a power cut the folder is complete or missing. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) {
      const handle = await open(path, 'r+');
      await handle.sync().finally(() => handle.close());
    }
  }
  await syncFolder(folder);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
