import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedStore } from '../../../src/references/embedded/embedded-store.js';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { openSqlite } from '../../../src/store/sqlite.js';
import { idOf, MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const COUNT = 90;
const base = temporaryFolder();
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(base, 'index-'));
  const writer = await openWriter(folder, MODEL);
  writer.transaction((tx) => {
    for (let i = 0; i < COUNT; i++) {
      tx.put(referenceOf(i), vectorOf(i));
      tx.putSource(idOf(i), sourceOf(i));
    }
  });
  await writer.checkpoint();
  await writer.close();
});

/** Zeros a table's leaf: all of it, or its rows without the list of where they begin, so that each row has the key 0. */
function zeroLeaf(table: string, which: 'first' | 'last', part: 'rows' | 'all' = 'rows'): void {
  const db = openSqlite(join(folder, 'index.sqlite'));
  db.pragma('wal_checkpoint(TRUNCATE)');
  const pages = db
    .prepare(`SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path`)
    .pluck()
    .all(table) as number[];
  const size = db.pragma('page_size', { simple: true }) as number;
  db.close();
  const page = pages.at(which === 'first' ? 0 : -1) as number;
  const kept = part === 'all' ? 0 : 200;
  const file = openSync(join(folder, 'index.sqlite'), 'r+');
  writeSync(file, Buffer.alloc(size - kept), 0, size - kept, (page - 1) * size + kept);
  closeSync(file);
}

/** 'ended', or the code of the error; pages without an end are an error of another kind. */
async function endOf(walk: () => Promise<unknown>): Promise<string> {
  try {
    await walk();
    return 'ended';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function streetdex(...args: string[]) {
  return spawnSync(process.execPath, ['dist/cli/main.js', ...args, '--index', folder], {
    encoding: 'utf8',
    timeout: 30_000,
  });
}

const TOLD = /^(ended|database_corrupt)$/;

describe('a page of the database whose rows were zeroed', () => {
  it.each([
    ['references', 'first'],
    ['references', 'last'],
    ['sources', 'first'],
    ['changes', 'first'],
    ['changes', 'last'],
  ] as const)('gives no walk without an end: %s, %s', async (table, which) => {
    zeroLeaf(table, which);
    const pages = async (next: (cursor: string | undefined) => Promise<string | null>) => {
      let cursor: string | undefined;
      for (let page = 0; page < 3 * COUNT; page++) {
        const after = await next(cursor);
        if (after === null) return;
        cursor = after;
      }
      throw new Error('no end');
    };
    const reader = await openReader(folder, { lazy: true });
    const limit = 7;
    const asked = (cursor: string | undefined) => ({ limit, ...(cursor === undefined ? {} : { cursor }) });
    const ends = [
      await endOf(() => pages(async (cursor) => (await reader.list(asked(cursor))).cursor)),
      await endOf(() => pages(async (cursor) => (await reader.scanIds(asked(cursor))).cursor)),
      await endOf(() => reader.neighbours(vectorOf(1), { k: 3 })),
    ];
    await reader.close();
    const next = await new EmbeddedStore(folder).maintenance.reembed({ ...MODEL, modelId: 'b'.repeat(64) });
    let after = 0;
    ends.push(
      await endOf(() =>
        pages(async () => {
          const missing = next.missing(after, limit);
          after = missing.at(-1)?.cursor ?? after;
          return missing.length === 0 ? null : String(after);
        }),
      ),
    );
    await next.close();
    for (const end of ends) expect(end).toMatch(TOLD);
    if (table === 'references') expect(ends).toContain('database_corrupt');
    const rebuilt = streetdex('index', 'rebuild');
    expect([rebuilt.error, rebuilt.signal]).toEqual([undefined, null]);
    expect(rebuilt.stderr).not.toContain('internal_error');
    if (table === 'references') expect(rebuilt.stderr).toContain('[database_corrupt]');
  });

  it.each(['coverage', 'meta', 'roots', 'references', 'migrations'])(
    'is told in a sentence by who opens it: %s',
    async (table) => {
      zeroLeaf(table, 'first', 'all');
      const ends = [
        await endOf(async () => (await openReader(folder)).close()),
        await endOf(async () => (await openWriter(folder, MODEL)).close()),
        await endOf(() => new EmbeddedStore(folder).maintenance.verify()),
      ];
      for (const end of ends) expect(end).toMatch(TOLD);
      expect(ends).toContain('database_corrupt');
    },
  );
});

it('a reference whose row was damaged can be deleted', () => {
  const db = openSqlite(join(folder, 'index.sqlite'));
  db.prepare('UPDATE "references" SET width = width + 1 WHERE id = ?').run(idOf(3));
  db.close();
  expect(streetdex('reference', 'show', idOf(3)).stderr).toContain(`streetdex reference delete ${idOf(3)}`);
  const deleted = streetdex('reference', 'delete', idOf(3));
  expect([deleted.status, deleted.stdout]).toEqual([0, 'Deleted 1 reference.\n']);
  expect(streetdex('index', 'verify').status).toBe(0);
});
