import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { workerFile } from '../../../src/config/package-root.js';
import { StreetdexError } from '../../../src/domain/errors.js';
import { APPLICATION_IDS, readMigrations } from '../../../src/store/migrate.js';
import { openDatabase } from '../../../src/store/open-database.js';
import { openSqlite } from '../../../src/store/sqlite.js';
import { storeError } from '../../../src/store/store-error.js';

let home: string;
let folder: string;
let file: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'streetdex-store-'));
  folder = join(home, 'migrations');
  file = join(home, 'index.sqlite');
  mkdirSync(folder);
  writeFileSync(join(folder, '0001-photos.sql'), 'CREATE TABLE photos (id TEXT PRIMARY KEY) STRICT;');
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const open = (options: { readonly?: boolean; create?: boolean } = {}, kind: 'index' | 'captions' = 'index') =>
  openDatabase(file, { migrations: kind, folder, ...options });

/** openDatabase in a process of its own, from what is built. */
const OPEN = `import(process.env.MODULE).then(({ openDatabase }) =>
  openDatabase(process.env.FILE, { migrations: 'index', create: true, folder: process.env.FOLDER }))`;
const env = () => ({
  ...process.env,
  MODULE: pathToFileURL(workerFile('store/open-database')).href,
  FILE: file,
  FOLDER: folder,
});

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof StreetdexError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe('openDatabase', () => {
  it('makes a file with its kind, its format and what a writer needs to lose nothing', () => {
    const db = open({ create: true });
    expect(db.pragma('application_id', { simple: true })).toBe(APPLICATION_IDS.index);
    expect(db.pragma('user_version', { simple: true })).toBe(1);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    db.close();
  });

  it('keeps what was stored through a migration that came later, and applies each once', () => {
    const first = open({ create: true });
    first.prepare('INSERT INTO photos VALUES (?)').run('a');
    first.close();
    writeFileSync(join(folder, '0002-year.sql'), 'ALTER TABLE photos ADD COLUMN year INTEGER;');
    for (let round = 0; round < 2; round++) {
      const db = open();
      expect(db.prepare('SELECT * FROM photos').all()).toEqual([{ id: 'a', year: null }]);
      expect(db.pragma('user_version', { simple: true })).toBe(2);
      db.close();
    }
  });

  it('leaves the file as it was when a migration fails half-way', () => {
    open({ create: true }).close();
    writeFileSync(
      join(folder, '0002-broken.sql'),
      'CREATE TABLE more (id TEXT) STRICT; INSERT INTO nowhere VALUES (1);',
    );
    expect(codeOf(open)).toBe('migrations_broken');
    const db = openSqlite(file);
    expect(db.pragma('user_version', { simple: true })).toBe(1);
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'more'").pluck().get()).toBe(0);
    db.close();
  });

  it('refuses a file of a newer format, for reading and for writing, and leaves it alone', () => {
    writeFileSync(join(folder, '0002-more.sql'), 'CREATE TABLE more (id TEXT) STRICT;');
    open({ create: true }).close();
    rmSync(join(folder, '0002-more.sql'));
    expect(codeOf(open)).toBe('format_newer');
    expect(codeOf(() => open({ readonly: true }))).toBe('format_newer');
    const db = openSqlite(file, { readonly: true });
    expect(db.pragma('user_version', { simple: true })).toBe(2);
    db.close();
  });

  it('refuses to read an older format, which only a writer may bring up to date', () => {
    open({ create: true }).close();
    writeFileSync(join(folder, '0002-more.sql'), 'CREATE TABLE more (id TEXT) STRICT;');
    expect(codeOf(() => open({ readonly: true }))).toBe('format_older');
  });

  it('refuses an applied migration that was edited since', () => {
    open({ create: true }).close();
    writeFileSync(join(folder, '0001-photos.sql'), 'CREATE TABLE photos (id TEXT PRIMARY KEY, x) STRICT;');
    expect(codeOf(open)).toBe('migrations_broken');
  });

  it('refuses a file that is missing, unless told to make it', () => {
    expect(codeOf(open)).toBe('database_missing');
    expect(codeOf(() => open({ readonly: true, create: true }))).toBe('database_missing');
  });

  it('refuses what is no database of this kind, and says what it found', () => {
    writeFileSync(file, 'a page of prose, longer than the hundred bytes of the header of an SQLite file. '.repeat(20));
    expect(codeOf(open)).toBe('not_a_database');
    writeFileSync(file, '');
    expect(codeOf(open)).toBe('not_a_database');
    rmSync(file);
    const other = openSqlite(file);
    other.exec('CREATE TABLE theirs (id INTEGER)');
    other.close();
    expect(codeOf(() => open({ create: true }))).toBe('not_a_database');
    rmSync(file);
    open({ create: true }).close();
    expect(() => open({}, 'captions')).toThrow(/Expected a streetdex captions database .* found streetdex's index/);
    expect(codeOf(() => openDatabase(home, { migrations: 'index', folder }))).toBe('not_a_database');
  });

  it('refuses a damaged file', () => {
    const db = open({ create: true });
    const insert = db.prepare('INSERT INTO photos VALUES (?)');
    db.transaction(() => {
      for (let i = 0; i < 2000; i++) insert.run(`photo-${i}`.padEnd(60, '.'));
    })();
    db.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096);
    writeFileSync(file, bytes);
    const reading = () => {
      const damaged = open({ readonly: true });
      try {
        damaged.prepare('SELECT * FROM photos').all();
      } catch (error) {
        throw storeError(error, file);
      } finally {
        damaged.close();
      }
    };
    expect(codeOf(reading)).toBe('database_corrupt');
  });

  it('lets several processes make the same file at once', async () => {
    for (let number = 2; number < 8; number++) {
      writeFileSync(join(folder, `000${number}-more.sql`), `CREATE TABLE more${number} (id TEXT) STRICT;`);
    }
    const others = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['-e', `${OPEN}.then((db) => db.close())`], {
        stdio: ['ignore', 'inherit', 'pipe'],
        env: env(),
      });
      let said = '';
      child.stderr.on('data', (text) => {
        said += text;
      });
      return new Promise((resolve) => child.on('close', (code, signal) => resolve([code ?? signal, said])));
    });
    expect(await Promise.all(others)).toEqual(Array.from({ length: 4 }, () => [0, '']));
    const db = open({ readonly: true });
    expect(db.pragma('user_version', { simple: true })).toBe(7);
    db.close();
  });

  it('waits for a process that is about to make the same file', async () => {
    const child = spawn(
      process.execPath,
      [
        '-e',
        `import(process.env.MODULE).then(({ openSqlite }) => {
          const db = openSqlite(process.env.FILE);
          db.exec('BEGIN IMMEDIATE');
          console.log('begun');
          setTimeout(() => db.exec('COMMIT'), 400);
        })`,
      ],
      { env: { ...env(), MODULE: pathToFileURL(workerFile('store/sqlite')).href } },
    );
    await once(child.stdout, 'data');
    const db = open({ create: true });
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    db.close();
    await once(child, 'close');
  });

  it('keeps every commit of a process that is killed', async () => {
    open({ create: true }).close();
    const program = `${OPEN}.then((db) => {
      const insert = db.prepare('INSERT INTO photos VALUES (?)');
      for (let i = 0; ; i++) { insert.run('photo-' + i); fs.writeSync(1, i + '\\n'); }
    })`;
    const child = spawn(process.execPath, ['-e', program], { env: env() });
    let said = '';
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.length > 400) child.kill('SIGKILL');
      });
      child.on('close', () => resolve());
    });
    const last = Number(said.trimEnd().split('\n').at(-1));
    const db = open();
    const stored = db.prepare('SELECT count(*) FROM photos').pluck().get() as number;
    expect(stored).toBeGreaterThanOrEqual(last);
    expect(stored).toBeGreaterThan(0);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  });
});

describe('readMigrations', () => {
  it('refuses gaps, doubles and other names', () => {
    writeFileSync(join(folder, '0003-later.sql'), '');
    expect(codeOf(() => readMigrations(folder))).toBe('migrations_broken');
    rmSync(join(folder, '0003-later.sql'));
    writeFileSync(join(folder, '0001-again.sql'), '');
    expect(codeOf(() => readMigrations(folder))).toBe('migrations_broken');
    rmSync(join(folder, '0001-again.sql'));
    writeFileSync(join(folder, 'second.sql'), '');
    expect(codeOf(() => readMigrations(folder))).toBe('migrations_broken');
  });
});

describe('storeError', () => {
  const attempt = (action: () => unknown) => () => {
    try {
      action();
    } catch (error) {
      throw storeError(error, file);
    }
  };

  it('says try later when the disk is full, and what was committed stays', () => {
    const db = open({ create: true });
    db.prepare('INSERT INTO photos VALUES (?)').run('kept');
    db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 1}`);
    const fill = () => db.prepare('INSERT INTO photos VALUES (?)').run('x'.repeat(100_000));
    expect(codeOf(attempt(fill))).toBe('disk_full');
    expect(db.prepare('SELECT id FROM photos').pluck().all()).toEqual(['kept']);
    db.close();
  });

  it('says that a file is read-only', () => {
    open({ create: true }).close();
    const db = open({ readonly: true });
    expect(codeOf(attempt(() => db.prepare('INSERT INTO photos VALUES (?)').run('x')))).toBe('index_read_only');
    db.close();
  });

  it('says try later while another process writes', () => {
    const one = open({ create: true });
    const two = openDatabase(file, { migrations: 'index', folder, busyTimeoutMs: 1 });
    one.exec('BEGIN IMMEDIATE');
    expect(codeOf(attempt(() => two.exec('BEGIN IMMEDIATE')))).toBe('database_busy');
    one.exec('ROLLBACK');
    two.close();
    one.close();
  });

  it('says that the disk failed', () => {
    // No disk fails on demand: the error is as better-sqlite3 throws it.
    const failed = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_READ' });
    expect(storeError(failed, file)).toMatchObject({ code: 'disk_error', cause: failed });
  });

  it('says that a file is damaged whose row is said to be larger than memory, or than a row can be', () => {
    const db = open({ create: true });
    expect(codeOf(attempt(() => db.prepare('SELECT zeroblob(3000000000)').get()))).toBe('database_corrupt');
    db.close();
    // As better-sqlite3 throws it: to take all of this process's memory would end the tests.
    const failed = Object.assign(new Error('out of memory'), { code: 'SQLITE_NOMEM' });
    expect(storeError(failed, file)).toMatchObject({ code: 'database_corrupt', cause: failed });
  });

  it('gives any other error back as it came', () => {
    const error = new Error('something else');
    expect(storeError(error)).toBe(error);
    expect(storeError('text')).toBe('text');
  });
});

describe('a folder that may not be written', () => {
  const asRoot = process.getuid?.() === 0;
  (asRoot ? it.skip : it)('is named in the error (not as root, who may write anywhere)', () => {
    chmodSync(home, 0o500);
    expect(statSync(home).mode & 0o200).toBe(0);
    expect(codeOf(() => open({ create: true }))).toBe('database_not_opened');
    chmodSync(home, 0o700);
  });
});
