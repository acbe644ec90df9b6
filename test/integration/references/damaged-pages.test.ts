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

/** Zeros the rows of a table's leaf, not the list of where they begin: each row then has the key 0. */
function zeroLeaf(table: string, which: 'first' | 'last'): void {
  const db = openSqlite(join(folder, 'index.sqlite'));
  db.pragma('wal_checkpoint(TRUNCATE)');
  const pages = db
    .prepare(`SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path`)
    .pluck()
    .all(table) as number[];
  const size = db.pragma('page_size', { simple: true }) as number;
  db.close();
  const page = pages.at(which === 'first' ? 0 : -1) as number;
  const begin = (page - 1) * size + 200;
  const file = openSync(join(folder, 'index.sqlite'), 'r+');
  writeSync(file, Buffer.alloc(size - 200), 0, size - 200, begin);
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
    const rebuilt = spawnSync(process.execPath, ['dist/cli/main.js', 'index', 'rebuild', '--index', folder], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect([rebuilt.error, rebuilt.signal]).toEqual([undefined, null]);
    expect(rebuilt.stderr).not.toContain('internal_error');
    if (table === 'references') expect(rebuilt.stderr).toContain('[database_corrupt]');
  });
});
