import type { Database } from 'better-sqlite3';
import { storeError } from './store-error.js';

/** Runs statements of `db`. @throws what `storeError` makes of SQLite's errors, with the file's name */
export function runQuery<T>(db: Database, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(error, db.name);
  }
}
