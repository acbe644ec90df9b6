import type { Database } from 'better-sqlite3';
import { openDatabase } from '../store/open-database.js';
import { runQuery } from '../store/run-query.js';
import { failedFile } from './failed-file.js';
import { failureColumns, failureConditions } from './failure-columns.js';
import type { Failure, FailureFilter } from './journal.js';
import type { FailureState, SourceKey } from './known-files.js';
import type { Run, RunState } from './run.js';
import { beginRun, endRun, listRuns } from './runs.js';

const ROOT = 'f.root';
/** As it was when its file was read. */
const STATE = `SELECT f.code, f.reason, f.photo_id AS photoId, f.bytes, f.mtime_ms AS mtimeMs, f.ctime_ms AS ctimeMs, f.inode`;

/**
 * Runs and failures of this machine's ingests, in a SQLite file, for an engine that has no place for them. Losing it costs no
 * more than a second look at the files.
 */
export class LocalJournal {
  readonly #db: Database;
  #run: number | null = null;

  constructor(file: string) {
    this.#db = openDatabase(file, { migrations: 'journal', create: true });
  }

  failure({ root, path }: SourceKey): FailureState | null {
    const row = runQuery(this.#db, () =>
      this.#db.prepare(`${STATE} FROM failures f WHERE f.root = ? AND f.path = ?`).get(root, path),
    );
    return (row as FailureState | undefined) ?? null;
  }

  /** Stores and forgets failures in one transaction. */
  store(failed: readonly (SourceKey & FailureState)[], cleared: readonly SourceKey[]): void {
    const put = this.#db.prepare(
      `INSERT INTO failures (root, path, code, reason, bytes, mtime_ms, ctime_ms, inode, photo_id, at, run_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (root, path) DO UPDATE SET code = excluded.code, reason = excluded.reason, bytes = excluded.bytes,
         mtime_ms = excluded.mtime_ms, ctime_ms = excluded.ctime_ms, inode = excluded.inode,
         photo_id = excluded.photo_id, at = excluded.at, run_id = excluded.run_id`,
    );
    const clear = this.#db.prepare('DELETE FROM failures WHERE root = ? AND path = ?');
    const at = new Date().toISOString();
    runQuery(this.#db, () =>
      this.#db
        .transaction(() => {
          for (const { root, path } of cleared) clear.run(root, path);
          for (const one of failed) {
            const { root, path, code, reason, bytes, mtimeMs, ctimeMs, inode, photoId } = one;
            put.run(root, path, code, reason, bytes, mtimeMs, ctimeMs, inode, photoId, at, this.#run);
          }
        })
        .immediate(),
    );
  }

  noteMet(failures: readonly SourceKey[]): void {
    const note = this.#db.prepare('UPDATE failures SET run_id = ? WHERE root = ? AND path = ?');
    runQuery(this.#db, () =>
      this.#db
        .transaction(() => {
          for (const { root, path } of failures) note.run(this.#run, root, path);
        })
        .immediate(),
    );
  }

  /** By root and path; also those whose photo came by another path. */
  failures(filter: FailureFilter): readonly Failure[] {
    const { where, values } = failureConditions(filter, ROOT);
    const rows = runQuery(this.#db, () =>
      this.#db.prepare(`SELECT ${failureColumns(ROOT)} FROM failures f ${where} ORDER BY root, path`).all(...values),
    );
    return rows as Failure[];
  }

  /** A failure's file; see `failedFile`. */
  async failureFile(id: number): ReturnType<typeof failedFile> {
    const row = runQuery(this.#db, () =>
      this.#db.prepare(`${STATE}, f.root, f.path FROM failures f WHERE f.id = ?`).get(id),
    );
    const failure = row as (SourceKey & FailureState) | undefined;
    return failure === undefined ? null : failedFile(failure);
  }

  beginRun(args: unknown): number {
    this.#run = runQuery(this.#db, () => beginRun(this.#db, args));
    return this.#run;
  }

  endRun(id: number, state: RunState, counts: Readonly<Record<string, number>>): void {
    runQuery(this.#db, () => endRun(this.#db, id, state, counts));
    this.#run = null;
  }

  runs(limit: number): readonly Run[] {
    return runQuery(this.#db, () => listRuns(this.#db, limit));
  }

  close(): void {
    this.#db.close();
  }
}
