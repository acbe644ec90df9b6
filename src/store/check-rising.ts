import type { Database } from 'better-sqlite3';
import { fault } from '../domain/errors.js';

/**
 * Checks that the keys of rows that were asked for in order, from after `after` on, rise. Those of a page that was damaged on the disk
 * may not, and who reads on from the last of them would have no end.
 * @throws `database_corrupt`
 */
export function checkRising<Row>(db: Database, after: number, rows: readonly Row[], keyOf: (row: Row) => number): void {
  let last = after;
  for (const row of rows) {
    // null, where the row's header is damaged too.
    const key: unknown = keyOf(row);
    if (!(typeof key === 'number' && key > last)) {
      throw fault(
        'database_corrupt',
        `${db.name} is damaged: a row with a key above ${last} was expected, got ${key}. Put back a copy made by \`streetdex index backup\`, or delete it and build it anew.`,
      );
    }
    last = key;
  }
}
