import type { Database } from 'better-sqlite3';
import type { Run, RunState } from './run.js';

interface RunRow {
  readonly id: number;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly arguments: string;
  readonly counts: string;
  readonly state: RunState;
}

export function beginRun(db: Database, args: unknown): number {
  const { lastInsertRowid } = db
    .prepare("INSERT INTO runs (started_at, arguments, counts, state) VALUES (?, ?, '{}', 'running')")
    .run(new Date().toISOString(), JSON.stringify(args));
  return Number(lastInsertRowid);
}

export function endRun(db: Database, id: number, state: RunState, counts: Readonly<Record<string, number>>): void {
  db.prepare('UPDATE runs SET ended_at = ?, state = ?, counts = ? WHERE id = ?').run(
    new Date().toISOString(),
    state,
    JSON.stringify(counts),
    id,
  );
}

export function listRuns(db: Database, limit: number): readonly Run[] {
  const rows = db.prepare('SELECT * FROM runs ORDER BY id DESC LIMIT ?').all(limit) as RunRow[];
  return rows.map((row) => ({
    id: row.id,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    arguments: JSON.parse(row.arguments),
    counts: JSON.parse(row.counts) as Record<string, number>,
    state: row.state,
  }));
}
