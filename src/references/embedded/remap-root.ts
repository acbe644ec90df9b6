import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import { fault } from '../../domain/errors.js';
import { storeError } from '../../store/store-error.js';
import { acquireWriterLock } from '../../store/writer-lock.js';
import { FILES_ROOT } from '../files-root.js';
import { fillCoverage } from './coverage-counts.js';
import { EmbeddedTransaction } from './embedded-transaction.js';
import { databaseFile, openForReading, openForWriting } from './index-folder.js';
import { passTheSay, type Sayers, sayersOf } from './pass-the-say.js';

/**
 * Says that the sources below `from` now lie below `to`, e.g. after a disk was mounted elsewhere. Where `to` is a root
 * already, the two become one; a path that both have keeps what `to` says. Where another source has the say then, as roots come
 * in the order of their names, the reference takes its position.
 * @returns how many sources moved.
 * @throws `root_not_found`, `bad_root`, `index_busy` (later), and what opening an index throws.
 */
export function remapRoot(folder: string, from: string, to: string): { readonly sources: number } {
  const { db: reading, identity } = openForReading(folder);
  reading.close();
  if (from === FILES_ROOT || to === FILES_ROOT || !isAbsolute(to)) {
    throw fault('bad_root', `Expected the absolute path of a folder to remap to, got ${to}.`);
  }
  if (!existsSync(to)) throw fault('bad_root', `Expected a folder at ${to}, but there is none.`);
  const lock = acquireWriterLock(folder);
  const file = databaseFile(folder);
  try {
    const db = openForWriting(file);
    try {
      const work = () => {
        const shared = sharedIn(db, from);
        const moved = move(db, folder, from, resolve(to));
        new EmbeddedTransaction(db, identity.dimension).during((tx) => passTheSay(db, tx, shared));
        return moved;
      };
      return db.transaction(work).immediate();
    } finally {
      db.close();
    }
  } catch (error) {
    throw storeError(error, file);
  } finally {
    lock.release();
  }
}

/** Who has the say over the references that this root has a source of, beside another source. */
function sharedIn(db: Database, root: string): Sayers {
  const labels = db
    .prepare(
      `SELECT DISTINCT s.label FROM sources s JOIN roots o ON o.id = s.root_id
       WHERE o.path = ? AND (SELECT count(*) FROM sources one WHERE one.label = s.label) > 1`,
    )
    .pluck();
  return sayersOf(db, labels.all(root) as number[]);
}

function move(db: Database, folder: string, from: string, to: string): { readonly sources: number } {
  const rootOf = db.prepare('SELECT id FROM roots WHERE path = ?').pluck();
  const source = rootOf.get(from) as number | undefined;
  if (source === undefined) {
    const known = db.prepare('SELECT path FROM roots WHERE path <> ?').pluck().all(FILES_ROOT) as string[];
    throw fault(
      'root_not_found',
      `Expected one of the roots of ${folder} (${known.join(', ') || 'it has none'}), got ${from}.`,
    );
  }
  if (from === to) return { sources: 0 };
  const sources = db.prepare('SELECT count(*) FROM sources WHERE root_id = ?').pluck().get(source) as number;
  const target = rootOf.get(to) as number | undefined;
  if (target === undefined) {
    db.prepare('UPDATE roots SET path = ? WHERE id = ?').run(to, source);
    return { sources };
  }
  // Failures are merged like sources.
  db.prepare('DELETE FROM failures WHERE root_id = ? AND path IN (SELECT path FROM sources WHERE root_id = ?)').run(
    source,
    target,
  );
  for (const table of ['sources', 'failures']) {
    db.prepare(`UPDATE OR IGNORE ${table} SET root_id = ? WHERE root_id = ?`).run(target, source);
    db.prepare(`DELETE FROM ${table} WHERE root_id = ?`).run(source);
  }
  db.prepare('DELETE FROM roots WHERE id = ?').run(source);
  fillCoverage(db);
  return { sources };
}
