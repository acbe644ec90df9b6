import type { Database } from 'better-sqlite3';

/** What undoes each migration of an index that adds columns or tables, the newest first. */
const UNDO: readonly (readonly [number: number, sql: string])[] = [
  [9, dropped('references', 'photo_sum')],
  [8, `${dropped('references', 'facts_sum')} ${dropped('sources', 'facts_sum')}`],
  [
    7,
    `DROP VIEW standing_failures; DROP INDEX failures_run;
     CREATE TABLE failures_before (
       root_id INTEGER NOT NULL REFERENCES roots (id), path TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
       bytes INTEGER NOT NULL, mtime_ms REAL NOT NULL, at TEXT NOT NULL, run_id INTEGER REFERENCES runs (id),
       ctime_ms REAL, inode TEXT, PRIMARY KEY (root_id, path)
     ) STRICT, WITHOUT ROWID;
     INSERT INTO failures_before SELECT root_id, path, code, reason, bytes, mtime_ms, at, run_id, ctime_ms, inode FROM failures;
     DROP TABLE failures; ALTER TABLE failures_before RENAME TO failures;
     CREATE INDEX failures_run ON failures (run_id);`,
  ],
  [6, dropped('coverage', 'x', 'y', 'z', 'labels')],
  [
    5,
    `DROP INDEX sources_manifest; ${dropped('failures', 'ctime_ms', 'inode')}
     ${dropped('sources', 'ctime_ms', 'inode', 'position_from', 'manifest', 'track')}`,
  ],
  [4, `DROP INDEX failures_run; ${dropped('failures', 'run_id')}`],
  [3, 'DROP TABLE coverage;'],
  [2, 'DROP TABLE next_vectors; DROP TABLE next_model;'],
];

function dropped(table: string, ...columns: string[]): string {
  return columns.map((column) => `ALTER TABLE "${table}" DROP COLUMN ${column};`).join(' ');
}

/** Takes the tables of an index back to an older format, but for the counts per cell, which are kept while it is 3. */
export function backToFormat(db: Database, version: number): void {
  for (const [number, sql] of UNDO) if (number > version) db.exec(sql);
  db.prepare('DELETE FROM migrations WHERE number > ?').run(version);
  db.pragma(`user_version = ${version}`);
}
