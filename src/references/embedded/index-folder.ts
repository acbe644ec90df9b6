import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { fault, hasCode } from '../../domain/errors.js';
import { openDatabase } from '../../store/open-database.js';
import { storeError } from '../../store/store-error.js';
import { FILES_ROOT } from '../files-root.js';
import type { IndexModel } from '../reader.js';
import { fillCoverage, isCoverageFilled } from './coverage-counts.js';

export function databaseFile(folder: string): string {
  return join(folder, 'index.sqlite');
}

export function filesFolder(folder: string): string {
  return join(folder, FILES_ROOT);
}

export function graphFileName(generation: number): string {
  return `images-${generation}.hnsw`;
}

/** Generation in the name of a graph file; null for any other file. */
export function generationOf(name: string): number | null {
  const match = /^images-(\d+)\.hnsw$/.exec(name);
  return match === null ? null : Number(match[1]);
}

/** Model, dimension and history of an index. */
export interface IndexIdentity extends IndexModel {
  /**
   * Changes when the index is brought to another model, and again when it is brought back, so that no graph and no reader of
   * former vectors is taken for one of the present ones.
   */
  readonly storeId: string;
}

/** null for an index whose making was cut short. */
export function readIdentity(db: Database): IndexIdentity | null {
  const rows = db.prepare('SELECT key, value FROM meta').all() as { key: string; value: string }[];
  const meta = new Map(rows.map(({ key, value }) => [key, value]));
  const [storeId, modelId, modelName] = [meta.get('store_id'), meta.get('model_id'), meta.get('model_name')];
  const dimension = Number(meta.get('dimension'));
  if (storeId === undefined || modelId === undefined || modelName === undefined || !(dimension > 0)) return null;
  return { storeId, modelId, modelName, dimension };
}

/** A cheap function that reads the present store id. */
export function storeIdIn(db: Database): () => string | undefined {
  const statement = db.prepare("SELECT value FROM meta WHERE key = 'store_id'").pluck();
  return () => statement.get() as string | undefined;
}

export function hasIndex(folder: string): boolean {
  return existsSync(databaseFile(folder));
}

/**
 * Opens an index's database for reading, after checking that the folder is one.
 * @throws `index_not_found`, `not_an_index`, and what opening a database throws.
 */
export function openForReading(folder: string): { db: Database; identity: IndexIdentity } {
  if (!hasIndex(folder)) throw notThere(folder);
  const db = openReadonly(databaseFile(folder));
  const identity = ofOpened(db, readIdentity);
  if (identity !== null) return { db, identity };
  db.close();
  throw fault(
    'not_an_index',
    `Expected an index in ${folder}, but its making was interrupted. Run \`streetdex ingest\` into it again.`,
  );
}

/** An older format is migrated first, which a writer beside it allows. */
function openReadonly(file: string): Database {
  try {
    const db = openDatabase(file, { migrations: 'index', readonly: true });
    if (ofOpened(db, isCoverageFilled)) return db;
    db.close();
  } catch (error) {
    if (!hasCode(error, 'format_older')) throw error;
  }
  openForWriting(file).close();
  return openDatabase(file, { migrations: 'index', readonly: true });
}

/** Opens the database for writing, in the newest format, with its counts per cell. @throws as opening a database */
export function openForWriting(file: string, options: { readonly create?: boolean } = {}): Database {
  const db = openDatabase(file, { migrations: 'index', ...options });
  ofOpened(db, () => {
    if (!isCoverageFilled(db)) fillCoverage(db);
  });
  return db;
}

/** Reads a database that was just opened; where that fails, it is closed again. @throws what `storeError` makes of SQLite's errors */
function ofOpened<T>(db: Database, read: (db: Database) => T): T {
  try {
    return read(db);
  } catch (error) {
    db.close();
    throw storeError(error, db.name);
  }
}

/** @throws `not_an_index` for a folder that holds something else: writing an index among it would be a mistake. */
export function checkCanBecomeIndex(folder: string): void {
  if (!existsSync(folder) || hasIndex(folder)) return;
  const foreign = readEntries(folder).find(
    (name) =>
      !/^(index\.sqlite.*|writer\.lock.*|manifest\.json.*|images-\d+\.hnsw.*|blend-profile\.json.*|collection|files|\..*)$/.test(
        name,
      ),
  );
  if (foreign === undefined) return;
  throw fault(
    'not_an_index',
    `Expected an index or an empty folder at ${folder}, but it holds ${foreign}. Give another folder with --index.`,
  );
}

function notThere(folder: string) {
  if (existsSync(folder) && readEntries(folder).length > 0) {
    return fault(
      'not_an_index',
      `Expected an index in ${folder}, but it has no index.sqlite. Check --index, or make one with \`streetdex ingest SOURCE --index DIR\`.`,
    );
  }
  return fault(
    'index_not_found',
    `Expected an index in ${folder}, but there is none. Make one with \`streetdex ingest SOURCE --index DIR\`.`,
  );
}

function readEntries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw fault('not_an_index', `Expected the folder of an index at ${folder}, which can't be listed (${code}).`);
  }
}
