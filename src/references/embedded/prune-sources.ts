import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Database } from 'better-sqlite3';
import { diskError } from '../../store/atomic-write.js';
import { FILES_ROOT } from '../files-root.js';
import type { PruneReport } from '../maintenance.js';
import type { EmbeddedWriter } from './embedded-writer.js';
import { filesFolder, openForReading } from './index-folder.js';
import { openForMaintenance } from './open-index.js';
import { passTheSay, sayersOf } from './pass-the-say.js';
import { sourcePath } from './source-file.js';

const PER_TRANSACTION = 500;

/**
 * Finds sources whose file vanished and removes them; a reference without any source left is deleted, and one whose facts
 * came from such a source takes the position of the next. One with its bytes in `files/` has such a source and stays, and so does one whose file moved and was ingested at its new place.
 * @throws `index_busy` (later), `index_read_only`, `disk_error` and what opening an index throws.
 */
export async function pruneSources(folder: string, options: { readonly dryRun?: boolean } = {}): Promise<PruneReport> {
  if (options.dryRun === true) return { ...plan(folder), dryRun: true };
  const writer = await openForMaintenance(folder);
  try {
    const found = plan(folder);
    carryOut(writer, found);
    await writer.checkpoint();
    for (const path of found.orphanFiles) removeFile(join(filesFolder(folder), path));
    return { ...found, dryRun: false };
  } finally {
    await writer.close();
  }
}

function removeFile(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    throw diskError(error, file);
  }
}

function plan(folder: string): Omit<PruneReport, 'dryRun'> {
  const { db } = openForReading(folder);
  try {
    const roots = db.prepare('SELECT path FROM roots ORDER BY path').pluck().all() as string[];
    const missingRoots = roots.filter((root) => root !== FILES_ROOT && !existsSync(root));
    const missing = new Set(missingRoots);
    const vanished = findVanished(db, folder, missing);
    return {
      ...{ vanished, deleted: findLost(db, vanished), failures: findForgotten(db, missing), missingRoots },
      orphanFiles: findOrphans(db, folder),
    };
  } finally {
    db.close();
  }
}

function findVanished(db: Database, folder: string, missingRoots: ReadonlySet<string>): PruneReport['vanished'] {
  const rows = db
    .prepare(
      `SELECT o.path AS root, s.path, r.id FROM sources s JOIN roots o ON o.id = s.root_id
       JOIN "references" r ON r.label = s.label ORDER BY root, s.path`,
    )
    .iterate() as Iterable<{ root: string; path: string; id: string }>;
  const vanished: { root: string; path: string; id: string }[] = [];
  for (const source of rows) {
    if (!missingRoots.has(source.root) && !existsSync(sourcePath(folder, source))) vanished.push(source);
  }
  return vanished;
}

function findForgotten(db: Database, missingRoots: ReadonlySet<string>): PruneReport['failures'] {
  // A failure of a name that is no UTF-8 has its bytes written out, which are no path.
  const rows = db.prepare(
    `SELECT o.path AS root, f.path FROM failures f JOIN roots o ON o.id = f.root_id
     WHERE f.code <> 'name_not_utf8' ORDER BY root, f.path`,
  );
  const failures = rows.all() as { root: string; path: string }[];
  return failures.filter(({ root, path }) => !missingRoots.has(root) && !existsSync(join(root, path)));
}

/** References whose every source vanished, or that have none. */
function findLost(db: Database, vanished: PruneReport['vanished']): readonly string[] {
  const gone = new Map<string, number>();
  for (const { id } of vanished) gone.set(id, (gone.get(id) ?? 0) + 1);
  const countOf = db
    .prepare('SELECT count(*) FROM sources s JOIN "references" r ON r.label = s.label WHERE r.id = ?')
    .pluck();
  const without = db
    .prepare('SELECT id FROM "references" r WHERE NOT EXISTS (SELECT 1 FROM sources s WHERE s.label = r.label)')
    .pluck()
    .all() as string[];
  return [...without, ...[...gone].filter(([id, count]) => countOf.get(id) === count).map(([id]) => id)].sort();
}

function findOrphans(db: Database, folder: string): readonly string[] {
  const files = filesFolder(folder);
  if (!existsSync(files)) return [];
  const known = db
    .prepare('SELECT 1 FROM sources s JOIN roots o ON o.id = s.root_id WHERE o.path = ? AND s.path = ?')
    .pluck();
  const orphans: string[] = [];
  for (const name of readdirSync(files, { recursive: true, encoding: 'utf8' })) {
    const path = name.split(sep).join('/');
    if (statSync(join(files, name)).isFile() && known.get(FILES_ROOT, path) === undefined) orphans.push(path);
  }
  return orphans.sort();
}

function carryOut(writer: EmbeddedWriter, { vanished, deleted, failures }: Omit<PruneReport, 'dryRun'>): void {
  for (let i = 0; i < failures.length; i += PER_TRANSACTION) {
    writer.transaction((tx) => {
      for (const { root, path } of failures.slice(i, i + PER_TRANSACTION)) tx.clearFailure(root, path);
    });
  }
  const labelOf = writer.db.prepare('SELECT label FROM "references" WHERE id = ?').pluck();
  for (let i = 0; i < vanished.length; i += PER_TRANSACTION) {
    writer.transaction((tx) => {
      const some = vanished.slice(i, i + PER_TRANSACTION);
      const before = sayersOf(writer.db, new Set(some.map(({ id }) => labelOf.get(id) as number)));
      for (const { root, path } of some) tx.removeSource(root, path);
      passTheSay(writer.db, tx, before);
    });
  }
  for (let i = 0; i < deleted.length; i += PER_TRANSACTION) {
    writer.transaction((tx) => {
      for (const id of deleted.slice(i, i + PER_TRANSACTION)) tx.remove(id);
    });
  }
}
