import type { Database } from 'better-sqlite3';
import { openDatabase } from '../store/open-database.js';
import { storeError } from '../store/store-error.js';
import { failedFile } from './failed-file.js';
import type { Failure, FailureFilter } from './journal.js';
import type { FailureState, SourceKey } from './known-files.js';
import type { Run, RunState } from './run.js';
import { beginRun, endRun, listRuns } from './runs.js';

interface FailureRow extends Failure {
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number | null;
  readonly inode: string | null;
}

const COLUMNS = `id, root, path, code, reason, at, photo_id AS photoId, run_id AS run, bytes, mtime_ms AS mtimeMs,
  ctime_ms AS ctimeMs, inode`;

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
    const row = this.#query(() =>
      this.#db.prepare(`SELECT ${COLUMNS} FROM failures WHERE root = ? AND path = ?`).get(root, path),
    ) as FailureRow | undefined;
    if (row === undefined) return null;
    const { code, reason, photoId, bytes, mtimeMs, ctimeMs, inode } = row;
    return { code, reason, photoId, bytes, mtimeMs, ctimeMs, inode };
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
    this.#query(() =>
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
    this.#query(() =>
      this.#db
        .transaction(() => {
          for (const { root, path } of failures) note.run(this.#run, root, path);
        })
        .immediate(),
    );
  }

  /** Ordered by root and path; includes failures whose photo came by another path. */
  failures({ run, code, text }: FailureFilter): readonly Failure[] {
    const rows = this.#query(() =>
      this.#db
        .prepare(
          `SELECT ${COLUMNS} FROM failures WHERE (:run IS NULL OR run_id = :run) AND (:code IS NULL OR code = :code) AND (:text IS NULL
             OR instr(lower(path || char(10) || replace(reason, root, '')), lower(:text)) > 0) ORDER BY root, path`,
        )
        .all({ run: run ?? null, code: code ?? null, text: text ?? null }),
    ) as FailureRow[];
    return rows.map(({ bytes: _, mtimeMs: __, ctimeMs: ___, inode: ____, ...failure }) => failure);
  }

  /** A failure's file; see `failedFile`. */
  async failureFile(id: number): ReturnType<typeof failedFile> {
    const row = this.#query(() => this.#db.prepare(`SELECT ${COLUMNS} FROM failures WHERE id = ?`).get(id));
    const failure = row as FailureRow | undefined;
    return failure === undefined ? null : failedFile(failure);
  }

  beginRun(args: unknown): number {
    this.#run = this.#query(() => beginRun(this.#db, args));
    return this.#run;
  }

  endRun(id: number, state: RunState, counts: Readonly<Record<string, number>>): void {
    this.#query(() => endRun(this.#db, id, state, counts));
    this.#run = null;
  }

  runs(limit: number): readonly Run[] {
    return this.#query(() => listRuns(this.#db, limit));
  }

  close(): void {
    this.#db.close();
  }

  #query<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.#db.name);
    }
  }
}
