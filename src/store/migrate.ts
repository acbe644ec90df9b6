import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { packageRoot } from '../config/package-root.js';
import { fault } from '../domain/errors.js';

/** The kinds of database: each has its folder of numbered SQL below `migrations/`. */
export type DatabaseKind = 'index' | 'gazetteer' | 'captions' | 'vectors' | 'journal' | 'collection' | 'findings';

/** SQLite's `application_id` of each kind ("SDX" and a letter), so that one kind is never opened as another. */
export const APPLICATION_IDS: Readonly<Record<DatabaseKind, number>> = {
  index: 0x53445849,
  gazetteer: 0x53445847,
  captions: 0x53445843,
  vectors: 0x53445856,
  journal: 0x5344584a,
  collection: 0x5344584c,
  findings: 0x53445846,
};

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/**
 * Reads the files `NNNN-name.sql` of a folder in the order of their numbers.
 * @throws `migrations_broken` when a number is missing, doubled, or a file is named otherwise.
 */
export function readMigrations(folder: string): readonly Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.map((name, i) => {
    const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1] ?? Number.NaN);
    if (number !== i + 1) {
      throw fault(
        'migrations_broken',
        `Expected migration ${i + 1} next in ${folder}, found ${name}. Reinstall streetdex.`,
      );
    }
    return { number, name, sql: readFileSync(join(folder, name), 'utf8') };
  });
}

/** Folder of a kind's migrations. */
export function migrationsFolder(kind: DatabaseKind): string {
  return join(packageRoot(), 'migrations', kind);
}

/**
 * Brings an open database to the newest format: every missing migration in a transaction of its own, which also sets
 * `user_version` to its number. Safe when several processes do it at once.
 * @throws `format_newer` when the file was written by a newer streetdex.
 * @throws `migrations_broken` when a migration fails or one already applied was edited since.
 */
export function migrate(db: Database, kind: DatabaseKind, folder: string = migrationsFolder(kind)): void {
  const migrations = readMigrations(folder);
  checkNotNewer(db, migrations.length);
  for (const migration of migrations) {
    db.transaction(() => {
      if (version(db) < migration.number) apply(db, kind, migration);
      else checkUnchanged(db, migration);
    }).immediate();
  }
}

/** Whether every migration of the folder has been applied. @throws `format_newer` */
export function isCurrent(db: Database, kind: DatabaseKind, folder: string = migrationsFolder(kind)): boolean {
  const known = readMigrations(folder).length;
  checkNotNewer(db, known);
  return version(db) === known;
}

/** The format number of a database: its last migration. */
export function version(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

function apply(db: Database, kind: DatabaseKind, migration: Migration): void {
  try {
    db.exec(`CREATE TABLE IF NOT EXISTS migrations (
      number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT`);
    db.exec(migration.sql);
    db.prepare('INSERT INTO migrations VALUES (?, ?, ?)').run(migration.number, migration.name, digest(migration));
    db.pragma(`application_id = ${APPLICATION_IDS[kind]}`);
    db.pragma(`user_version = ${migration.number}`);
  } catch (error) {
    if ((error as { code?: string }).code !== 'SQLITE_ERROR') throw error;
    throw fault('migrations_broken', `Migration ${migration.name} failed: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function checkUnchanged(db: Database, migration: Migration): void {
  const row = db.prepare('SELECT sha256 FROM migrations WHERE number = ?').get(migration.number);
  const applied = (row as { sha256: string } | undefined)?.sha256;
  if (applied === digest(migration)) return;
  throw fault(
    'migrations_broken',
    `Migration ${migration.name} was edited after ${db.name} was made with it. Add a new migration instead.`,
  );
}

function checkNotNewer(db: Database, known: number): void {
  if (version(db) <= known) return;
  throw fault(
    'format_newer',
    `${db.name} has format ${version(db)}; this streetdex knows formats up to ${known}. Install a newer streetdex.`,
  );
}

function digest(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}
