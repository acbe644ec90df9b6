import { constants, copyFileSync, cpSync, existsSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import { fault } from '../../domain/errors.js';
import { diskError, removeDraft } from '../../store/atomic-write.js';
import { makeFolder } from '../../store/make-folder.js';
import { storeError } from '../../store/store-error.js';
import { profileFile } from '../beside-index.js';
import type { BackupReport } from '../maintenance.js';
import { databaseFile, filesFolder, type IndexIdentity, openForReading } from './index-folder.js';
import { manifestFile, readManifest } from './manifest.js';

/**
 * Copies an index, also one that is being written: SQLite's own backup gives one moment of the store; the graph is
 * copied before it, so that it is never newer. `target` must be missing or empty, and has the name only once it is whole: what is
 * being made beside it (`.part`), and was left there by one that was killed, is deleted.
 * @throws `target_not_empty`, `disk_full` (later), and what opening an index throws.
 */
export async function backupIndex(folder: string, target: string): Promise<BackupReport> {
  const { db, identity } = openForReading(folder);
  try {
    if (existsSync(target) && readdirSync(target).length > 0) {
      throw fault('target_not_empty', `Expected a missing or empty folder at ${target}, but it holds something.`);
    }
    return await copyInto(`${resolve(target)}.part`, target, { folder, db, identity });
  } catch (error) {
    throw diskError(storeError(error, databaseFile(target)), target);
  } finally {
    db.close();
  }
}

interface Copied {
  readonly folder: string;
  readonly db: Database;
  readonly identity: IndexIdentity;
}

async function copyInto(draft: string, target: string, { folder, db, identity }: Copied): Promise<BackupReport> {
  removeDraft(draft);
  try {
    makeFolder(draft);
    const withGraph = copyGraph(folder, draft, identity);
    await db.backup(databaseFile(draft));
    if (existsSync(profileFile(folder))) copyFileSync(profileFile(folder), profileFile(draft));
    if (existsSync(filesFolder(folder))) {
      cpSync(filesFolder(folder), filesFolder(draft), { recursive: true, mode: constants.COPYFILE_FICLONE });
    }
    const copy = openForReading(draft).db;
    const references = copy.prepare('SELECT count(*) FROM "references"').pluck().get() as number;
    copy.close();
    if (existsSync(target)) rmdirSync(target);
    renameSync(draft, target);
    return { references, withGraph };
  } finally {
    removeDraft(draft);
  }
}

/** A writer may replace the graph meanwhile: the new one is tried then. @returns false where no graph could be copied */
function copyGraph(folder: string, target: string, identity: IndexIdentity): boolean {
  for (let turn = 0; turn < 3; turn++) {
    const file = readManifest(folder, identity)?.graph?.file;
    if (file === undefined) return false;
    try {
      copyFileSync(manifestFile(folder), manifestFile(target));
      copyFileSync(join(folder, file), join(target, file), constants.COPYFILE_FICLONE);
      if (readManifest(target, identity)?.graph?.file === file) return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    rmSync(join(target, file), { force: true });
  }
  rmSync(manifestFile(target), { force: true });
  return false;
}
