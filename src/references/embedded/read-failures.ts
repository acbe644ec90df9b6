import type { Database } from 'better-sqlite3';
import type { failedFile } from '../failed-file.js';
import type { Failure, FailureFilter } from '../journal.js';
import { type SourceRow, storedFileState } from './reference-rows.js';

/** Reads the failures that an index stores. */
export class FailureReader {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(filter: FailureFilter, limit: number): readonly Failure[] {
    const { sql, values } = conditions(filter);
    return this.#db
      .prepare(
        `SELECT f.id, o.path AS root, f.path, f.code, f.reason, f.at, f.photo_id AS photoId, f.run_id AS run ${sql}
         ORDER BY root, f.path LIMIT ?`,
      )
      .all(...values, limit) as Failure[];
  }

  codes(filter: FailureFilter): { code: string; count: number }[] {
    const { sql, values } = conditions(filter);
    const rows = this.#db.prepare(
      `SELECT f.code, count(*) AS count ${sql} GROUP BY f.code ORDER BY count DESC, f.code`,
    );
    return rows.all(...values) as { code: string; count: number }[];
  }

  /** A failure with its file's size, times and inode as they were when it was read; null where there is none. */
  file(id: number): Parameters<typeof failedFile>[0] | null {
    const row = this.#db
      .prepare(
        `SELECT o.path AS root, f.path, f.photo_id AS photoId, f.bytes, f.mtime_ms, f.ctime_ms, f.inode
         FROM standing_failures f JOIN roots o ON o.id = f.root_id WHERE f.id = ?`,
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

function conditions({ run, code, text }: FailureFilter): { readonly sql: string; readonly values: readonly unknown[] } {
  const all: (readonly [sql: string, value: unknown])[] = [
    ...(run === undefined ? [] : [['f.run_id = ?', run] as const]),
    ...(code === undefined ? [] : [['f.code = ?', code] as const]),
    // The root's own path is not searched, which a caller could otherwise find out.
    ...(text === undefined
      ? []
      : [["instr(lower(f.path || char(10) || replace(f.reason, o.path, '')), lower(?)) > 0", text] as const]),
  ];
  const where = all.length === 0 ? '' : `WHERE ${all.map(([sql]) => sql).join(' AND ')}`;
  return {
    sql: `FROM standing_failures f JOIN roots o ON o.id = f.root_id ${where}`,
    values: all.map(([, value]) => value),
  };
}
