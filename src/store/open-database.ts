import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { fault, hasCode } from '../domain/errors.js';
import { checkWritable } from './make-folder.js';
import { APPLICATION_IDS, type DatabaseKind, isCurrent, migrate, migrationsFolder, version } from './migrate.js';
import { openSqlite } from './sqlite.js';
import { storeError } from './store-error.js';

export interface OpenDatabaseOptions {
  /** Kind of database, which decides migrations and `application_id`. */
  readonly migrations: DatabaseKind;
  /** Never writes; the format must already be the newest. */
  readonly readonly?: boolean;
  /** Makes the file when it is missing. */
  readonly create?: boolean;
  /** Time a statement waits for another process's transaction (5000). */
  readonly busyTimeoutMs?: number;
  /** Folder of migrations other than the kind's own, for tests. */
  readonly folder?: string;
}

/**
 * Opens one of streetdex's SQLite files and, for a writer, brings it to the newest format. A writer's commits are in
 * the write-ahead log and synced before they return (`synchronous = FULL`): they survive a kill and a power cut.
 * @throws `database_missing`, `not_a_database`, `format_newer`, `format_older` (read-only), or what `storeError` maps.
 */
export function openDatabase(file: string, options: OpenDatabaseOptions): Database {
  const { migrations: kind, readonly = false, create = false, folder = migrationsFolder(kind) } = options;
  const exists = existsSync(file);
  if (!exists && (readonly || !create)) {
    throw fault('database_missing', `Expected a streetdex ${kind} database at ${file}, found no file there.`);
  }
  if (exists && !statSync(file).isFile()) {
    throw fault('not_a_database', `Expected a streetdex ${kind} database at ${file}, found a folder or device.`);
  }
  const busyTimeoutMs = options.busyTimeoutMs ?? 5000;
  let db: Database | undefined;
  try {
    db = openSqlite(file, { readonly, fileMustExist: !create, timeout: busyTimeoutMs });
    db.pragma('foreign_keys = ON');
    checkKind(db, kind, create && !readonly);
    if (readonly) checkCurrent(db, kind, folder);
    else {
      useWriteAheadLog(db, busyTimeoutMs);
      db.pragma('synchronous = FULL');
      migrate(db, kind, folder);
    }
    return db;
  } catch (error) {
    db?.close();
    const problem = storeError(error, file);
    if (hasCode(problem, 'database_not_opened')) checkWritable(dirname(file));
    throw problem;
  }
}

/**
 * Turns the write-ahead log on. Where another process is just making the file, SQLite fails with SQLITE_BUSY at once, whatever its
 * timeout: it waits for no lock on the way from reading to writing.
 */
function useWriteAheadLog(db: Database, timeoutMs: number): void {
  for (const until = performance.now() + timeoutMs; ; ) {
    try {
      db.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY' || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + 15 * Math.random());
    }
  }
}

function checkKind(db: Database, kind: DatabaseKind, mayBeEmpty: boolean): void {
  // In one read transaction, since another process may be making the file.
  const read = db.transaction(() => ({
    id: db.pragma('application_id', { simple: true }) as number,
    tables: db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number,
  }));
  const { id, tables } = read();
  if (id === APPLICATION_IDS[kind]) return;
  if (id === 0 && tables === 0 && mayBeEmpty) return;
  const other = Object.entries(APPLICATION_IDS).find(([, value]) => value === id)?.[0];
  const found =
    other !== undefined
      ? `streetdex's ${other} database`
      : tables === 0
        ? 'an empty one'
        : `one of another program (application_id ${id})`;
  throw fault('not_a_database', `Expected a streetdex ${kind} database at ${db.name}, found ${found}.`);
}

function checkCurrent(db: Database, kind: DatabaseKind, folder: string): void {
  if (isCurrent(db, kind, folder)) return;
  throw fault(
    'format_older',
    `${db.name} has the older format ${version(db)}. Open it once with a command that writes, which brings it up to date.`,
  );
}
