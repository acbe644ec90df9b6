import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { isSameFile } from '../../domain/reference.js';
import { fileStateOf } from '../../images/plain-file.js';
import type { Failure, FailureFilter } from '../journal.js';
import { isBelow } from '../source-path.js';
import { type SourceRow, storedFileState } from './reference-rows.js';

/** What an index knows of the photos that failed. */
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

  /**
   * A path in a failure is what a manifest or a link says, so it is only followed to a file that an ingest has read there:
   * its size, times and inode are those of then, and it lies below the root itself once all links are followed.
   */
  file(id: number): { readonly path: string; readonly photoId: string } | null {
    const row = this.#db
      .prepare(
        `SELECT o.path AS root, f.path, f.photo_id AS photoId, f.bytes, f.mtime_ms, f.ctime_ms, f.inode
         FROM standing_failures f JOIN roots o ON o.id = f.root_id WHERE f.id = ?`,
      )
      .get(id) as FailedFile | undefined;
    if (row?.photoId == null) return null;
    try {
      const [root, path] = [realpathSync(row.root), realpathSync(join(row.root, row.path))];
      const entry = statSync(path);
      if (!isBelow(root, path) || !entry.isFile() || !isSameFile(storedFileState(row), fileStateOf(entry))) return null;
      return { path, photoId: row.photoId };
    } catch {
      return null;
    }
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
    // Not in the root's own path, which is not everyone's to find out.
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
