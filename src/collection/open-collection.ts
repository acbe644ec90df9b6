import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { collectionFolder } from '../references/beside-index.js';
import { makeFolder } from '../store/make-folder.js';
import { openDatabase } from '../store/open-database.js';
import { storeError } from '../store/store-error.js';
import { acquireWriterLock } from '../store/writer-lock.js';

/** The database beside an index with labels, tags and probes. */
export class Collection {
  readonly folder: string;
  #db: Database | null = null;

  /** @param indexFolder folder of the database, which is made when something is first written */
  constructor(indexFolder: string) {
    this.folder = collectionFolder(indexFolder);
  }

  /** Reads; `empty` where nothing was written yet. @throws as opening a database */
  read<T>(work: (db: Database) => T, empty: T): T {
    if (this.#db === null && !existsSync(this.#file)) return empty;
    return this.#query(work);
  }

  /** Writes, in one transaction. @throws `disk_full`, `database_busy` (later), and as opening a database */
  write<T>(work: (db: Database) => T): T {
    makeFolder(this.folder);
    return this.#query((db) => db.transaction(() => work(db)).immediate());
  }

  /** Runs `work` as the only one that tags; others are refused meanwhile. @throws `index_busy` (later) */
  async tagging<T>(work: () => Promise<T>): Promise<T> {
    makeFolder(this.folder);
    const lock = acquireWriterLock(this.folder);
    try {
      return await work();
    } finally {
      lock.release();
    }
  }

  close(): void {
    this.#db?.close();
    this.#db = null;
  }

  get #file(): string {
    return join(this.folder, 'collection.sqlite');
  }

  #query<T>(work: (db: Database) => T): T {
    try {
      this.#db ??= openDatabase(this.#file, { migrations: 'collection', create: true });
      return work(this.#db);
    } catch (error) {
      throw storeError(error, this.#file);
    }
  }
}
