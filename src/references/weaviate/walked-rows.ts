import { capturedMs } from '../captured-time.js';
import type { ConditionRow } from '../matches-conditions.js';

/** A reference as a walk over all of them reads it. */
export interface WalkedRow extends ConditionRow {
  /** Its position in the walk, which is the row of its vector. */
  readonly at: number;
  /** UTC; null where it is unknown. */
  readonly year: number | null;
  readonly roots: readonly string[];
}

export function walkedRow(row: Record<string, unknown>, at: number): WalkedRow {
  const text = (name: string) => (row[name] ?? null) as string | null;
  const takenAt = text('capturedAt');
  const taken = takenAt === null ? null : capturedMs(takenAt);
  return {
    at,
    id: row.refId as string,
    lat: row.lat as number,
    lon: row.lon as number,
    year: taken === null ? null : new Date(taken).getUTCFullYear(),
    iso2: text('iso2'),
    sequence: text('sequence'),
    author: text('author'),
    capturedAt: takenAt,
    roots: (row.roots ?? []) as readonly string[],
    rootIds: (row.rootIds ?? []) as readonly string[],
    paths: (row.paths ?? []) as readonly string[],
  };
}
