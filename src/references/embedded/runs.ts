import type { Database } from 'better-sqlite3';

export type RunState = 'running' | 'finished' | 'stopped' | 'failed';

/** One run of an ingest: what it was asked and what it did. A run that still says `running` without a writer was killed. */
export interface Run {
  readonly id: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly arguments: unknown;
  readonly counts: Readonly<Record<string, number>>;
  readonly state: RunState;
}

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
