import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedStore } from '../../../src/references/embedded/embedded-store.js';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { rebuildGraph } from '../../../src/references/embedded/rebuild-graph.js';
import { remapRoot } from '../../../src/references/embedded/remap-root.js';
import { verifyIndex } from '../../../src/references/embedded/verify-index.js';
import { openSqlite } from '../../../src/store/sqlite.js';
import { idOf, MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const base = temporaryFolder();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(base, 'index-'));
});

/** Facts of all kinds, odd ones among them. */
const FACTS = [
  { author: 'ann', capturedAt: '2024-05-01T12:00:00Z', url: 'https://x.test/1', headingDeg: 90.5, iso2: 'AT' },
  { author: '', point: { lat: -0, lon: 180 }, altitudeM: 1e-7 },
  { author: 'half a pair \ud83d, and a \0 within', sequence: '\u0001', capturedAt: '2024-05-01' },
];

async function write(): Promise<void> {
  const writer = await openWriter(folder, MODEL);
  writer.transaction((tx) => {
    for (const [i, facts] of FACTS.entries()) {
      tx.put(referenceOf(i, facts), vectorOf(i));
      tx.putSource(idOf(i), sourceOf(i, { mtimeMs: 1.5 + i, ctimeMs: i === 0 ? null : 1e12 / 3, inode: String(i) }));
    }
  });
  await writer.checkpoint();
  await writer.close();
}

function change(sql: string): void {
  const db = openSqlite(join(folder, 'index.sqlite'));
  db.exec(sql);
  db.close();
}

const changedRows = /^(\d+) references or sources are not what was written/;

function countChanged(): number {
  const said = verifyIndex(folder).problems.flatMap((problem) => changedRows.exec(problem)?.[1] ?? []);
  return Number(said[0] ?? 0);
}

describe('a row of the database that changed on the disk', () => {
  it.each([
    ['an author', `UPDATE "references" SET author = 'anm' WHERE label = 1`],
    ['a link', `UPDATE "references" SET url = 'https://y.test/1' WHERE label = 1`],
    ['a time', `UPDATE "references" SET captured_ms = captured_ms + 4096 WHERE label = 1`],
    ['a position, by its last bit', `UPDATE "references" SET lat = lat + 1e-13 WHERE label = 1`],
    ['a country', 'UPDATE "references" SET iso2 = NULL WHERE label = 1'],
    ['a source’s path', `UPDATE sources SET path = '0.jpf' WHERE label = 1`],
    ['a source’s position', 'UPDATE sources SET lat = lat + 1 WHERE label = 1'],
    [
      'half of the sha-256 that the id does not have',
      `UPDATE "references" SET sha256 = substr(sha256, 1, 40) || '0123456789abcdef01234567' WHERE label = 1`,
    ],
    ['a width', 'UPDATE "references" SET width = width + 16 WHERE label = 1'],
    ['a number of bytes', 'UPDATE "references" SET bytes = bytes + 1 WHERE label = 1'],
    ['the sum of the photo', 'UPDATE "references" SET photo_sum = photo_sum + 1 WHERE label = 1'],
    ['the sum', 'UPDATE "references" SET facts_sum = facts_sum + 1 WHERE label = 1'],
  ])('is counted by `index verify` and answered by nobody: %s', async (_, sql) => {
    await write();
    expect(countChanged()).toBe(0);
    change(sql);
    expect(verifyIndex(folder).ok).toBe(false);
    expect(countChanged()).toBe(1);
    const reader = await openReader(folder);
    const corrupt = expect.objectContaining({
      code: 'database_corrupt',
      message: expect.stringMatching(/index backup/),
    });
    await expect(reader.get(idOf(0))).rejects.toEqual(corrupt);
    await expect(reader.getMany([idOf(1), idOf(0)])).rejects.toEqual(corrupt);
    await expect(reader.list({ limit: 10 })).rejects.toEqual(corrupt);
    expect((await reader.get(idOf(1)))?.author).toBe('');
    await reader.close();
  });

  it.each(['lat = 9e999', 'lon = 1e300', 'captured_ms = 9000000000000000000', 'lat = -91'])(
    'is no obstacle to `index rebuild`, nor to writing it anew, where its value is none: %s',
    async (value) => {
      await write();
      change(`PRAGMA ignore_check_constraints = ON; UPDATE "references" SET ${value} WHERE label = 2`);
      expect(verifyIndex(folder).ok).toBe(false);
      expect(countChanged()).toBe(1);
      await rebuildGraph(folder);
      if (!value.startsWith('captured'))
        await expect(openReader(folder)).rejects.toMatchObject({ code: 'database_corrupt' });
      const writer = await openWriter(folder, MODEL);
      const facts = referenceOf(1, FACTS[1]);
      await writer.apply([
        { kind: 'photo', id: idOf(1), facts, iso2: facts.iso2, source: sourceOf(1), embedded: null, gone: [] },
      ]);
      await writer.close();
      expect(countChanged()).toBe(0);
      const reader = await openReader(folder);
      expect((await reader.get(idOf(1)))?.altitudeM).toBe(1e-7);
      const { cells } = await reader.coverage({
        bbox: { west: -180, south: -90, east: 180, north: 90 },
        resolution: 0,
      });
      expect(cells.reduce((sum, { count }) => sum + count, 0)).toBe(3);
      await reader.close();
    },
  );

  it('is as it was when its facts are written anew', async () => {
    await write();
    change(
      `UPDATE "references" SET author = 'anm', lat = lat + 1 WHERE label = 1; UPDATE sources SET lat = 1 WHERE label = 1`,
    );
    const writer = await openWriter(folder, MODEL);
    const facts = referenceOf(0, FACTS[0]);
    // As an ingest with --recheck does, which reads the photo again.
    await writer.apply([
      { kind: 'photo', id: idOf(0), facts, iso2: facts.iso2, source: sourceOf(0), embedded: null, gone: [] },
    ]);
    await writer.close();
    expect(verifyIndex(folder)).toMatchObject({ ok: true, problems: [] });
    const reader = await openReader(folder);
    expect(await reader.get(idOf(0))).toMatchObject({ author: 'ann', point: facts.point });
    await reader.close();
  });
});

describe('sums of facts', () => {
  it('stay right whatever is written', async () => {
    await write();
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => {
      tx.update(idOf(1), { ...referenceOf(1), author: 'bo' }, 'DE');
      tx.putSource(idOf(1), sourceOf(1, { point: { lat: 1, lon: 2 }, factsHash: 'other' }));
      tx.putSource(idOf(2), sourceOf(1));
    });
    await writer.close();
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    remapRoot(folder, '/photos', elsewhere);
    const copy = new EmbeddedStore(join(folder, 'copy'));
    await new EmbeddedStore(folder).maintenance.backup(join(folder, 'copy'));
    for (const { ok, problems } of [verifyIndex(folder), await copy.maintenance.verify()])
      expect([ok, problems]).toEqual([true, []]);
    const db = openSqlite(join(folder, 'index.sqlite'), { readonly: true });
    const without =
      'SELECT (SELECT count(*) FROM "references" WHERE facts_sum IS NULL OR photo_sum IS NULL) + (SELECT count(*) FROM sources WHERE facts_sum IS NULL)';
    expect(db.prepare(without).pluck().get()).toBe(0);
    db.close();
  });

  it('are missing in rows of before, which are read as they are until `index rebuild` gives them theirs', async () => {
    await write();
    change('UPDATE "references" SET facts_sum = NULL, photo_sum = NULL; UPDATE sources SET facts_sum = NULL');
    const reader = await openReader(folder);
    expect((await reader.list({ limit: 10 })).references.map(({ author }) => author)).toHaveLength(3);
    await reader.close();
    const notice = expect.stringMatching(/^6 references and sources are of before sums were kept; .*index rebuild/);
    expect(verifyIndex(folder)).toMatchObject({ ok: true, notices: expect.arrayContaining([notice]) });
    await rebuildGraph(folder);
    expect(verifyIndex(folder).notices).not.toEqual(expect.arrayContaining([notice]));
    change(`UPDATE "references" SET author = 'anm' WHERE label = 1`);
    expect(countChanged()).toBe(1);
  });
});
