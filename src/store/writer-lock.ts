import { readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { fault } from '../domain/errors.js';
import { diskError } from './atomic-write.js';
import { checkWritable } from './make-folder.js';
import { openSqlite } from './sqlite.js';
import { storeError } from './store-error.js';

/** Who holds a lock, for messages alone. The lock itself is the operating system's. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly started_at: string;
}

export interface WriterLock {
  /** Releases the lock. */
  release(): void;
}

/** A process that asks whether the lock is held takes it for a moment, and it may be passing from one holder to the next. */
const TRIES = 5;
const PAUSE_MS = 10;

/** Keeps connections from being garbage-collected, which would release their locks. */
const held = new Set<Database>();

/**
 * Takes the lock of the one writer of `folder`: SQLite's own on an empty `<name>.sqlite`, which the system releases when the
 * process ends, however it ends. So no one has to guess whether a holder is alive, which fails with containers (each has its
 * own pids), reused pids and renamed hosts. `<name>` beside it says who has it. Nothing else may open `<name>.sqlite`: a
 * process that closes a file loses all the locks it has on it.
 * @throws `index_busy` (later) when someone holds it: who, since when, and what to do; `index_read_only`, `disk_full`
 */
export function acquireWriterLock(folder: string, name = 'writer.lock'): WriterLock {
  const file = join(folder, name);
  for (let attempt = 1; ; attempt++) {
    const db = lock(`${file}.sqlite`);
    if (db !== null) {
      held.add(db);
      sayWho(file, db);
      return { release: () => release(file, db) };
    }
    if (attempt === TRIES) throw busy(folder, file);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** Who writes to `folder` now, in words; null when nobody does. */
export function writerOf(folder: string, name = 'writer.lock'): string | null {
  const file = join(folder, name);
  if (identityOf(`${file}.sqlite`) === null) return null;
  let db: Database | undefined;
  try {
    db = openSqlite(`${file}.sqlite`, { readonly: true, fileMustExist: true, timeout: 0 });
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return null;
  } catch (error) {
    if (isBusy(error)) return describe(file);
    // Its holder deleted it just now.
    if (identityOf(`${file}.sqlite`) === null) return null;
    throw storeError(error, `${file}.sqlite`);
  } finally {
    db?.close();
  }
}

/** Begins an exclusive transaction that never writes; null where another process has one. */
function lock(file: string): Database | null {
  let db: Database | undefined;
  let before: string | null = null;
  try {
    if (identityOf(file) === null) openSqlite(file).close();
    before = identityOf(file);
    db = openSqlite(file, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    // If its last holder deletes it meanwhile, SQLite fails.
    if (isBusy(error) || identityOf(file) !== before) return null;
    checkWritable(dirname(file));
    throw storeError(error, file);
  }
  // Its last holder may have deleted it between our opening and our locking: then we have locked a file that nobody else sees.
  if (before !== null && identityOf(file) === before) return db;
  db.close();
  return null;
}

function release(file: string, db: Database): void {
  if (!db.open) return;
  removeIfPresent(file);
  removeIfPresent(`${file}.sqlite`);
  db.close();
  held.delete(db);
}

function sayWho(file: string, db: Database): void {
  const holder: Holder = { pid: process.pid, host: hostname(), started_at: new Date().toISOString() };
  try {
    writeFileSync(`${file}.new`, JSON.stringify(holder));
    renameSync(`${file}.new`, file);
  } catch (error) {
    release(file, db);
    throw diskError(error, file);
  }
}

function busy(folder: string, file: string) {
  return fault('index_busy', `${folder} is being written by ${describe(file)}. Wait for it to end, or stop it.`, {
    retryAfterS: 5,
  });
}

function describe(file: string): string {
  try {
    const { pid, host, started_at } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>;
    if (pid !== undefined && host !== undefined) return `process ${pid} on ${host} since ${started_at}`;
  } catch {
    // Just taken and not written yet, or cut short by a power failure: the lock is held anyway.
  }
  return 'another process';
}

/** Identity of a file, which changes when it is made anew; null where there is none. */
function identityOf(file: string): string | null {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
}

function isBusy(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'SQLITE_BUSY';
}

function removeIfPresent(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Missing, or it can't be deleted: Windows deletes no open file, a read-only or failing disk none at all. The lock is the
    // system's; the next holder takes over the file.
  }
}
