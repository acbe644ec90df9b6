import type { Database } from 'better-sqlite3';
import { countryAt } from '../../geo/country-at.js';
import type { EmbeddedTransaction } from './embedded-transaction.js';
import {
  factsOf,
  type ReferenceRow,
  SOURCE_COLUMNS,
  SOURCE_ORDER,
  type SourceRow,
  sourceOf,
} from './reference-rows.js';

/** The source that has the say over a reference, by the reference's label: the number of its row. */
export type Sayers = ReadonlyMap<number, number>;

/** Who has the say over each of these references. */
export function sayersOf(db: Database, labels: Iterable<number>): Sayers {
  const first = db
    .prepare(
      `SELECT s.id FROM sources s JOIN roots o ON o.id = s.root_id WHERE s.label = ? ORDER BY ${SOURCE_ORDER} LIMIT 1`,
    )
    .pluck();
  const sayers = new Map<number, number>();
  for (const label of labels) {
    const row = first.get(label) as number | undefined;
    if (row !== undefined) sayers.set(label, row);
  }
  return sayers;
}

/**
 * After sources were removed or have other names: a reference over which another source has the say now takes its position,
 * which is stored. The next ingest reads that photo for all other facts.
 * @param before who had the say
 */
export function passTheSay(db: Database, tx: EmbeddedTransaction, before: Sayers): void {
  const now = sayersOf(db, before.keys());
  const sourceAt = db.prepare(`SELECT ${SOURCE_COLUMNS} WHERE s.id = ?`);
  const referenceAt = db.prepare('SELECT * FROM "references" WHERE label = ?');
  for (const [label, row] of before) {
    tx.noteConflict(label);
    const sayer = now.get(label);
    if (sayer === undefined || sayer === row) continue;
    const source = sourceOf(sourceAt.get(sayer) as SourceRow);
    const reference = referenceAt.get(label) as ReferenceRow;
    tx.putSource(reference.id, { ...source, factsHash: '' });
    tx.update(reference.id, { ...factsOf(reference), point: source.point }, countryAt(source.point));
  }
}
