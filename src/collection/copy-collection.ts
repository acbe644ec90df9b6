import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { collectionFolder } from '../references/beside-index.js';
import { diskError, removeOldDrafts, renameInto } from '../store/atomic-write.js';
import { makeFolder } from '../store/make-folder.js';
import { openDatabase } from '../store/open-database.js';
import { storeError } from '../store/store-error.js';

/**
 * Copies labels, tags and probes to beside another index, also while they are written; what is there already stays.
 * @param from folder that they lie in beside an index, as `to` is of the other one
 * @returns whether there was anything to copy
 * @throws `disk_full` (later), and what opening a database throws
 */
export async function copyCollection(from: string, to: string): Promise<boolean> {
  const [source, target] = [from, to].map(collectionFolder) as [string, string];
  const database = join(source, 'collection.sqlite');
  if (!existsSync(database) || existsSync(join(target, 'collection.sqlite'))) return false;
  try {
    makeFolder(target);
    const db = openDatabase(database, { migrations: 'collection' });
    try {
      if (existsSync(join(source, 'probes'))) {
        cpSync(join(source, 'probes'), join(target, 'probes'), { recursive: true });
      }
      removeOldDrafts(join(target, 'collection.sqlite'));
      const draft = join(target, `collection.sqlite.tmp-${process.pid}`);
      await db.backup(draft);
      renameInto(draft, join(target, 'collection.sqlite'));
    } finally {
      db.close();
    }
    return true;
  } catch (error) {
    throw diskError(storeError(error, target), target);
  }
}
