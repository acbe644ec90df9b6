import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fault, hasCode } from '../../domain/errors.js';
import { writeError } from './disk-space.js';
import { syncFolder } from './fetch/download-file.js';
import { addLock } from './models-lock.js';

/** Where models are made before they get their names; `model list` passes over names that begin with a dot. */
const STAGING = '.adding';
const NAME = /^[a-z0-9][\w.-]*(\/[a-z0-9][\w.-]*)?$/i;

/** A model folder in the making. It holds the lock on its name until it is published or discarded. */
export interface StagedModel {
  /** An empty folder below the models folder, on the same disk. */
  readonly folder: string;
  /** Where it will be. */
  readonly target: string;
  /** Gives the folder its name, in the place of the model that had it, and resolves to its path. */
  publish(): Promise<string>;
  /** Leaves no trace of it. */
  discard(): Promise<void>;
}

/**
 * Begins a model folder. What a killed process left of the same model is cleared away; where it was killed between
 * taking the old folder away and putting the new one in its place, the old one is put back.
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
  const end = async () => {
    await rm(folder, { recursive: true, force: true });
    await rmdir(staging).catch(() => undefined);
    lock.release();
  };
  try {
    await recover(replaced, target);
    await sweep(modelsFolder, staging, key);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  } catch (error) {
    await end().catch(() => lock.release());
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
 * No system call that Node offers exchanges two folders, so the old one stands aside for the moment of a rename, under
 * a name from which `recover` puts it back if the process ends there.
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

/** Clears what killed processes left of other models; those that are being made hold their locks. */
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
 * Takes a model away: its folder leaves its name at once, then its bytes go.
 * @throws `model_not_found`, `model_add_busy` (later), `folder_read_only`
 */
export async function removeModel(modelsFolder: string, name: string): Promise<void> {
  const staged = await stageModel(modelsFolder, name);
  const gone = join(staged.folder, randomUUID());
  try {
    await rename(staged.target, gone);
    if (name.includes('/')) await rmdir(dirname(staged.target)).catch(() => undefined);
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

/** Everything on the disk before the name is: after a power cut the folder is whole or not there. */
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
