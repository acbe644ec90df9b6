import type { Database } from 'better-sqlite3';
import type { failedFile } from '../failed-file.js';
import { failureColumns, failureConditions } from '../failure-columns.js';
import type { Failure, FailureFilter } from '../journal.js';
import { type SourceRow, storedFileState } from './reference-rows.js';

const ROOT = 'o.path';
const FROM = `FROM standing_failures f JOIN roots o ON o.id = f.root_id`;

/** What an index knows of the photos that failed. */
export class FailureReader {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(filter: FailureFilter, limit: number): readonly Failure[] {
    const { where, values } = failureConditions(filter, ROOT);
    return this.#db
      .prepare(`SELECT ${failureColumns(ROOT)} ${FROM} ${where} ORDER BY root, f.path LIMIT ?`)
      .all(...values, limit) as Failure[];
  }

  codes(filter: FailureFilter): { code: string; count: number }[] {
    const { where, values } = failureConditions(filter, ROOT);
    const rows = this.#db.prepare(
      `SELECT f.code, count(*) AS count ${FROM} ${where} GROUP BY f.code ORDER BY count DESC, f.code`,
    );
    return rows.all(...values) as { code: string; count: number }[];
  }

  /** A failure with its file's size, times and inode as they were when it was read; null where there is none. */
  file(id: number): Parameters<typeof failedFile>[0] | null {
    const row = this.#db
      .prepare(
        `SELECT o.path AS root, f.path, f.photo_id AS photoId, f.bytes, f.mtime_ms, f.ctime_ms, f.inode
         ${FROM} WHERE f.id = ?`,
      )
      .get(id) as FailedFile | undefined;
    if (row === undefined) return null;
    const { root, path, photoId } = row;
    return { root, path, photoId, ...storedFileState(row) };
  }
}

type FailedFile = Pick<SourceRow, 'bytes' | 'mtime_ms' | 'ctime_ms' | 'inode'> & {
  readonly root: string;
  readonly path: string;
  readonly photoId: string | null;
};
