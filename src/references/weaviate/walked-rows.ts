import { capturedMs } from '../captured-time.js';
import type { ConditionRow } from '../matches-conditions.js';
import type { ObjectFields } from './object-fields.js';

/** A reference as a walk over all of them reads it. */
export interface WalkedRow extends ConditionRow {
  /** Its position in the walk, which is the row of its vector. */
  readonly at: number;
  /** UTC; null where it is unknown. */
  readonly year: number | null;
  readonly roots: readonly string[];
}

export function walkedRow(row: ObjectFields, at: number): WalkedRow {
  const takenAt = row.capturedAt ?? null;
  const taken = takenAt === null ? null : capturedMs(takenAt);
  return {
    at,
    id: row.refId,
    lat: row.lat,
    lon: row.lon,
    year: taken === null ? null : new Date(taken).getUTCFullYear(),
    iso2: row.iso2 ?? null,
    sequence: row.sequence ?? null,
    author: row.author ?? null,
    capturedAt: takenAt,
    roots: row.roots ?? [],
    rootIds: row.rootIds ?? [],
    paths: row.paths ?? [],
  };
}
