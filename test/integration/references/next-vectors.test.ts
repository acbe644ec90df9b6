import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type Sqlite from 'better-sqlite3';
import { openNextVectors } from '../../../src/references/embedded/embedded-next-vectors.js';
import { databaseFile } from '../../../src/references/embedded/index-folder.js';
import { IndexFollower } from '../../../src/references/embedded/index-follower.js';
import { indexInfo, openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { rebuildGraph } from '../../../src/references/embedded/rebuild-graph.js';
import { verifyIndex } from '../../../src/references/embedded/verify-index.js';
import type { NextVectors } from '../../../src/references/next-vectors.js';
import { openDatabase } from '../../../src/store/open-database.js';
import { backToFormat } from '../../support/older-format.js';
import { idOf, MODEL, referenceOf, seeded, sourceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const base = temporaryFolder();
const NEXT = { modelId: 'b'.repeat(64), modelName: 'test/next', dimension: 20 };
const COUNT = 200;

/** All in one town. */
const pointOf = (i: number) => ({ lat: 40 + i * 0.0005, lon: 10 });
const nextVectorOf = (i: number) => vectorOf(100_000 + i, NEXT.dimension);
const NEXT_BY_ID = new Map(Array.from({ length: 400 }, (_, i) => [idOf(i), nextVectorOf(i)]));

/** An index of references 0 to `count` with a saved graph, written with `model`. */
async function makeIndex(count = COUNT, model = MODEL, vector = (i: number) => vectorOf(i)): Promise<string> {
  const folder = mkdtempSync(join(base, 'index-'));
  await add(folder, 0, count, model, vector);
  return folder;
}

async function add(folder: string, from: number, to: number, model = MODEL, vector = (i: number) => vectorOf(i)) {
  const writer = await openWriter(folder, model);
  writer.transaction((tx) => {
    for (let i = from; i < to; i++) {
      tx.put(referenceOf(i, { sequence: `s${i}`, author: `a${i}`, point: pointOf(i) }), vector(i));
      tx.putSource(idOf(i), sourceOf(i, { point: pointOf(i) }));
    }
  });
  await writer.checkpoint();
  await writer.close();
}

/** Makes at most `most` vectors of those that are missing. */
function embed(vectors: NextVectors, most = Number.POSITIVE_INFINITY): number {
  const page = vectors.missing(0, Math.min(most, 10_000));
  vectors.put(page.map(({ id }) => ({ id, vector: NEXT_BY_ID.get(id) ?? nextVectorOf(-1) })));
  return page.length;
}

async function embedAndSwitch(folder: string, without: readonly string[] = []): Promise<number> {
  const vectors = openNextVectors(folder, NEXT);
  embed(vectors);
  vectors.switchOver(without);
  const { generation } = await vectors.buildGraph();
  await vectors.close();
  return generation;
}

function databaseOf(vectors: NextVectors): Sqlite.Database {
  return (vectors as unknown as { db: Sqlite.Database }).db;
}

async function expectWhole(folder: string, model: typeof MODEL, vector: (i: number) => Float32Array, count = COUNT) {
  expect(verifyIndex(folder)).toMatchObject({ ok: true, references: count, model: model.modelId });
  const reader = await openReader(folder);
  expect(reader).toMatchObject({ modelId: model.modelId, dimension: model.dimension });
  for (let i = 0; i < count; i++) expect((await reader.vectors([idOf(i)])).get(idOf(i))).toEqual(vector(i));
  const [nearest] = await reader.neighbours(vector(7) as never, { k: 1 });
  expect(nearest).toMatchObject({ id: idOf(7), score: expect.closeTo(1, 5) });
  await reader.close();
}

describe('a second set of vectors', () => {
  it('is kept beside the first, which goes on answering, and begun where it ended', async () => {
    const folder = await makeIndex();
    const first = openNextVectors(folder, NEXT);
    expect(embed(first, 64)).toBe(64);
    await first.close();
    await expectWhole(folder, MODEL, vectorOf);
    expect(verifyIndex(folder).notices.join(' ')).toContain('64 references have vectors');
    const second = openNextVectors(folder, NEXT);
    expect(second.counts()).toEqual({ references: COUNT, embedded: 64 });
    expect(second.missing(0, 1000).map(({ id }) => id)).toEqual(
      Array.from({ length: COUNT - 64 }, (_, i) => idOf(64 + i)),
    );
    const [page] = second.missing(70, 1);
    expect(page).toMatchObject({ id: idOf(70), bytes: 1070, sources: [{ root: '/photos', path: '70.jpg' }] });
    await second.close();
  });

  it('takes the place of the first whole: the index is the one that the next model would have made', async () => {
    const folder = await makeIndex();
    const fresh = await makeIndex(COUNT, NEXT, nextVectorOf);
    const before = indexInfo(folder)?.generation ?? 0;
    expect(await embedAndSwitch(folder)).toBe(before + 1);
    await expectWhole(folder, NEXT, nextVectorOf);
    expect(verifyIndex(folder).graph).toMatchObject({ state: 'current', points: COUNT });
    const [a, b] = [await openReader(folder), await openReader(fresh)];
    const [own, other] = [(await a.summary()).selfSimilarity, (await b.summary()).selfSimilarity];
    expect(own).toEqual(other);
    expect(own?.count).toBe(COUNT);
    await Promise.all([a.close(), b.close()]);
    expect((await rebuildGraph(folder)).fingerprint).toBe((await rebuildGraph(fresh)).fingerprint);
    await add(folder, COUNT, COUNT + 5, NEXT, nextVectorOf);
    await expectWhole(folder, NEXT, nextVectorOf, COUNT + 5);
    await expect(openWriter(folder, MODEL)).rejects.toMatchObject({
      code: 'index_model_mismatch',
      message: expect.stringContaining(`streetdex index reembed --index ${folder} --model test/model`),
    });
  });

  it('follows what is added and deleted between two runs', async () => {
    const folder = await makeIndex();
    const first = openNextVectors(folder, NEXT);
    embed(first, 100);
    await first.close();
    await add(folder, COUNT, COUNT + 10);
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => {
      for (const i of [3, 4, 150]) tx.remove(idOf(i));
    });
    await writer.close();
    const second = openNextVectors(folder, NEXT);
    expect(second.counts()).toEqual({ references: COUNT + 7, embedded: 98 });
    expect(embed(second)).toBe(109);
    second.switchOver([]);
    await second.close();
    const reader = await openReader(folder);
    expect((await reader.vectors([idOf(COUNT + 9)])).get(idOf(COUNT + 9))).toEqual(nextVectorOf(COUNT + 9));
    expect(await reader.get(idOf(150))).toBeNull();
    await reader.close();
    expect(verifyIndex(folder)).toMatchObject({ ok: true, references: COUNT + 7 });
  });

  it('is not switched to while a reference lacks a vector, unless that is deleted with it', async () => {
    const folder = await makeIndex();
    const vectors = openNextVectors(folder, NEXT);
    embed(vectors, COUNT - 2);
    expect(() => vectors.switchOver([idOf(COUNT - 1)])).toThrow(
      expect.objectContaining({ code: 'reembed_incomplete' }),
    );
    await expectWhole(folder, MODEL, vectorOf);
    vectors.switchOver([idOf(COUNT - 1), idOf(COUNT - 2)]);
    await vectors.buildGraph();
    await vectors.close();
    await expectWhole(folder, NEXT, nextVectorOf, COUNT - 2);
  });

  it('of a third model is refused, or thrown away when told to', async () => {
    const folder = await makeIndex();
    const third = { ...NEXT, modelId: 'c'.repeat(64), modelName: 'test/third' };
    const first = openNextVectors(folder, NEXT);
    embed(first, 64);
    await first.close();
    for (const other of [third, MODEL]) {
      expect(() => openNextVectors(folder, other)).toThrow(
        expect.objectContaining({
          code: 'reembed_of_other_model',
          message: expect.stringContaining('--model test/next'),
        }),
      );
    }
    const begun = openNextVectors(folder, third, { restart: true });
    expect(begun.counts().embedded).toBe(0);
    await begun.close();
    const dropped = openNextVectors(folder, MODEL, { restart: true });
    expect(dropped.missing(0, 10)).toEqual([]);
    await dropped.close();
    await expectWhole(folder, MODEL, vectorOf);
    expect(verifyIndex(folder).notices.join(' ')).not.toContain('on its way');
  });

  it('takes no vector of another length or size', async () => {
    const folder = await makeIndex(3);
    const vectors = openNextVectors(folder, NEXT);
    const put = (vector: Float32Array) => () => vectors.put([{ id: idOf(0), vector: vector as never }]);
    expect(put(vectorOf(0))).toThrow(expect.objectContaining({ code: 'dimension_mismatch' }));
    expect(put(nextVectorOf(0).map((value) => 2 * value))).toThrow(
      expect.objectContaining({ code: 'vector_not_unit' }),
    );
    expect(vectors.counts().embedded).toBe(0);
    await vectors.close();
  });

  it('holds the lock of the one writer', async () => {
    const folder = await makeIndex(3);
    const vectors = openNextVectors(folder, NEXT);
    await expect(openWriter(folder, MODEL)).rejects.toMatchObject({ code: 'index_busy' });
    await vectors.close();
    await (await openWriter(folder, MODEL)).close();
  });
});

describe('a switch that does not end well', () => {
  it('leaves the former vectors whole where it fails at its last step, and can be done again', async () => {
    const folder = await makeIndex();
    const vectors = openNextVectors(folder, NEXT);
    embed(vectors);
    const db = databaseOf(vectors);
    db.exec(`CREATE TEMP TRIGGER cut BEFORE UPDATE ON meta WHEN NEW.key = 'dimension'
      BEGIN SELECT RAISE(ABORT, 'power cut'); END`);
    expect(() => vectors.switchOver([idOf(0)])).toThrow('power cut');
    await expectWhole(folder, MODEL, vectorOf);
    expect(vectors.counts()).toEqual({ references: COUNT, embedded: COUNT });
    db.exec('DROP TRIGGER cut');
    vectors.switchOver([]);
    await vectors.close();
    await expectWhole(folder, NEXT, nextVectorOf);
  });

  it('before its graph is built answers with the new vectors alone, and the next writer builds it', async () => {
    const folder = await makeIndex();
    const vectors = openNextVectors(folder, NEXT);
    embed(vectors);
    vectors.switchOver([]);
    await vectors.close();
    await expectWhole(folder, NEXT, nextVectorOf);
    expect(verifyIndex(folder).graph).toMatchObject({ state: 'none', missing: COUNT });
    const reader = await openReader(folder, { bruteForceMax: 0 });
    expect((await reader.summary()).selfSimilarity).toBeNull();
    expect((await reader.neighbours(nextVectorOf(9), { k: 1 }))[0]?.id).toBe(idOf(9));
    await reader.close();
    const again = openNextVectors(folder, NEXT);
    expect(again.missing(0, 10)).toEqual([]);
    await again.buildGraph();
    await again.close();
    expect(verifyIndex(folder).graph).toMatchObject({ state: 'current', points: COUNT });
  });

  it('there and back again never takes the former graph for the one of the new vectors', async () => {
    const folder = await makeIndex();
    const there = openNextVectors(folder, NEXT);
    embed(there);
    there.switchOver([]);
    await there.close();
    const back = openNextVectors(folder, MODEL);
    back.put(back.missing(0, 1000).map(({ id }, i) => ({ id, vector: vectorOf(i) })));
    back.switchOver([]);
    await back.close();
    expect(verifyIndex(folder).graph.state).toBe('none');
    await expectWhole(folder, MODEL, vectorOf);
  });

  it('for want of disk keeps what was stored, and goes on when there is room', async () => {
    const folder = await makeIndex();
    const vectors = openNextVectors(folder, NEXT);
    const db = databaseOf(vectors);
    // SQLite gives the same error for a full disk and for a file at its page limit.
    db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 2}`);
    const fill = () => {
      for (;;) if (embed(vectors, 16) === 0) return;
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'disk_full', family: 'later' }));
    const { embedded } = vectors.counts();
    expect(embedded).toBeGreaterThan(0);
    expect(embedded).toBeLessThan(COUNT);
    await vectors.close();
    await expectWhole(folder, MODEL, vectorOf);
    const next = openNextVectors(folder, NEXT);
    expect(next.counts().embedded).toBe(embedded);
    embed(next);
    next.switchOver([]);
    await next.close();
    await expectWhole(folder, NEXT, nextVectorOf);
  });
});

describe('a reader that is open while its index is switched', () => {
  it('answers with the former model until it notices, then says that it is outdated, and never mixes', async () => {
    const folder = await makeIndex();
    const reader = await openReader(folder, { pollMs: 10 });
    const expected = await reader.neighbours(vectorOf(500), { k: 20, exact: true });
    let mixed = 0;
    const random = seeded(3);
    const asking = (async () => {
      for (;;) {
        const answer = await reader.neighbours(vectorOf(500), { k: 20, exact: true }).catch((error: unknown) => error);
        if (answer instanceof Error) return answer;
        if (JSON.stringify(answer) !== JSON.stringify(expected)) mixed++;
        await new Promise((resolve) => setTimeout(resolve, random() * 5));
      }
    })();
    const vectors = openNextVectors(folder, NEXT);
    embed(vectors);
    expect(await reader.current()).toBe(true);
    vectors.switchOver([]);
    expect(await reader.current()).toBe(false);
    await expect(reader.vectors([idOf(1)])).rejects.toMatchObject({ code: 'index_model_changed' });
    await vectors.buildGraph();
    await vectors.close();
    expect(await asking).toMatchObject({ code: 'index_model_changed', family: 'later' });
    expect(mixed).toBe(0);
    expect(await reader.counts()).toMatchObject({ references: COUNT });
    expect(await reader.model()).toEqual(NEXT);
    expect((await reader.get(idOf(1)))?.point).toEqual(pointOf(1));
    await reader.close();
    await expectWhole(folder, NEXT, nextVectorOf);
  });

  it('answers nobody from the vectors of before, though its thread would look at the store only after a minute', async () => {
    const folder = await makeIndex();
    const reader = await openReader(folder, { pollMs: 60_000 });
    await embedAndSwitch(folder);
    await expect(reader.neighbours(vectorOf(3), { k: 1 })).rejects.toMatchObject({ code: 'index_model_changed' });
    await expect(reader.sync()).resolves.toBeDefined();
    await expect(reader.neighbours(vectorOf(3), { k: 1 })).rejects.toMatchObject({ code: 'index_model_changed' });
    await reader.close();
    // What a thread is told that has to start anew under a reader of the former model.
    expect(() => new IndexFollower(folder, { storeId: 'the former' })).toThrow(
      expect.objectContaining({ code: 'index_model_changed' }),
    );
  });
});

describe('an index of the format before', () => {
  it('is brought to the newest by whoever opens it, a reader too', async () => {
    const folder = await makeIndex(5);
    const db = openDatabase(databaseFile(folder), { migrations: 'index' });
    backToFormat(db, 1);
    db.close();
    const reader = await openReader(folder);
    expect((await reader.counts()).references).toBe(5);
    await reader.close();
    const vectors = openNextVectors(folder, NEXT);
    expect(vectors.counts()).toEqual({ references: 5, embedded: 0 });
    await vectors.close();
  });
});
