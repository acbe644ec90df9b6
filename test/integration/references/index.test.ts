import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PhotoFacts } from '../../../src/domain/reference.js';
import { cosine, type UnitVector } from '../../../src/domain/unit-vector.js';
import type { EmbeddedTransaction } from '../../../src/references/embedded/embedded-transaction.js';
import { createIndex, indexInfo, openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { openSqlite } from '../../../src/store/sqlite.js';
import { eventually, idOf, MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const base = temporaryFolder();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(base, 'index-'));
});

function factsOf(i: number, changes: Partial<PhotoFacts> = {}): PhotoFacts {
  return { ...referenceOf(i), ...changes };
}

describe('opening an index', () => {
  it('makes one where there is none, and says what it is', async () => {
    expect(indexInfo(join(folder, 'new'))).toBeNull();
    await createIndex(join(folder, 'new'), MODEL);
    await createIndex(join(folder, 'new'), MODEL);
    expect(indexInfo(join(folder, 'new'))).toMatchObject({ ...MODEL, generation: 0 });
    const reader = await openReader(join(folder, 'new'));
    expect(await reader.counts()).toEqual({ references: 0, sources: 0, conflicts: 0 });
    expect(await reader.model()).toEqual(MODEL);
    expect(await reader.neighbours(vectorOf(1), { k: 5 })).toEqual([]);
    expect([(await reader.summary()).countryMeans, (await reader.summary()).selfSimilarity]).toEqual([[], null]);
    await reader.close();
  });

  it('refuses a missing folder, an empty one, and one of other things', async () => {
    await expect(openReader(join(folder, 'none'))).rejects.toMatchObject({
      code: 'index_not_found',
      family: 'operator',
    });
    await expect(openReader(folder)).rejects.toMatchObject({ code: 'index_not_found' });
    writeFileSync(join(folder, 'holiday.jpg'), 'x');
    await expect(openReader(folder)).rejects.toMatchObject({ code: 'not_an_index' });
    await expect(openWriter(folder, MODEL)).rejects.toMatchObject({
      code: 'not_an_index',
      message: expect.stringContaining('holiday.jpg'),
    });
    expect(existsSync(join(folder, 'index.sqlite'))).toBe(false);
  });

  it("refuses another program's database", async () => {
    const other = openSqlite(join(folder, 'index.sqlite'));
    other.exec('CREATE TABLE t (a)');
    other.close();
    await expect(openReader(folder)).rejects.toMatchObject({ code: 'not_a_database' });
    writeFileSync(join(folder, 'index.sqlite'), 'not a database at all, but long enough to have been one'.repeat(50));
    await expect(openReader(folder)).rejects.toMatchObject({ code: 'not_a_database' });
  });

  it('refuses another model, in a sentence that says what to do', async () => {
    await createIndex(folder, MODEL);
    const mismatch = {
      code: 'index_model_mismatch',
      message: expect.stringContaining(`index reembed --index ${folder}`),
    };
    await expect(openWriter(folder, { ...MODEL, modelId: 'b'.repeat(64), modelName: 'other' })).rejects.toMatchObject(
      mismatch,
    );
    await expect(openReader(folder, { modelId: 'b'.repeat(64) })).rejects.toMatchObject(mismatch);
    await (await openReader(folder, { modelId: MODEL.modelId })).close();
    await (await openWriter(folder, MODEL)).close();
  });

  it('refuses a manifest of a newer format', async () => {
    const writer = await openWriter(folder, MODEL);
    await writer.checkpoint();
    await writer.close();
    const file = join(folder, 'manifest.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), version: 2 }));
    await expect(openReader(folder)).rejects.toMatchObject({ code: 'format_newer' });
  });
});

describe('a writer', () => {
  it('stores a reference once, whatever it is told again', async () => {
    const writer = await openWriter(folder, MODEL);
    const put = () => writer.transaction((tx) => tx.put(referenceOf(1, { iso2: 'PL' }), vectorOf(1)));
    expect([put(), put()]).toEqual(['added', 'unchanged']);
    expect([...(await writer.present([idOf(1), idOf(2)]))]).toEqual([idOf(1)]);
    const reader = await openReader(folder);
    expect(await reader.get(idOf(1))).toEqual({ ...referenceOf(1, { iso2: 'PL' }), sources: [] });
    expect((await reader.vectors([idOf(1)])).get(idOf(1))).toEqual(vectorOf(1));
    expect([await reader.get(idOf(2)), (await reader.vectors([idOf(2)])).size]).toEqual([null, 0]);
    await reader.close();
    await writer.close();
  });

  it('corrects facts, and readers follow', async () => {
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => tx.put(referenceOf(1), vectorOf(1)));
    const reader = await openReader(folder);
    const corrected = factsOf(1, { point: { lat: 1, lon: 2 }, author: 'ann', capturedAt: '2020-01-01T00:00:00Z' });
    const update = () => writer.transaction((tx) => tx.update(idOf(1), corrected, 'PL'));
    expect([update(), update()]).toEqual(['updated', 'unchanged']);
    expect((await writer.getMany([idOf(1)])).get(idOf(1))).toMatchObject({ point: { lat: 1, lon: 2 }, author: 'ann' });
    const { version } = await reader.summary();
    await reader.sync();
    expect((await reader.summary()).version).not.toBe(version);
    expect(await reader.neighbours(vectorOf(1), { k: 1, filter: { country: ['PL'] } })).toEqual([
      {
        id: idOf(1),
        score: expect.closeTo(1, 6),
        point: { lat: 1, lon: 2 },
        sequence: null,
        author: 'ann',
        iso2: 'PL',
      },
    ]);
    expect((await reader.list({ limit: 5, filter: { near: { lat: 1, lon: 2, km: 1 } } })).references).toHaveLength(1);
    expect((await reader.summary()).countryMeans.map(({ iso2, groups }) => [iso2, groups])).toEqual([['PL', 1]]);
    await reader.close();
    await writer.close();
  });

  it('stores all of a transaction or none', async () => {
    const writer = await openWriter(folder, MODEL);
    const failing = () =>
      writer.transaction((tx) => {
        tx.put(referenceOf(1), vectorOf(1));
        throw new Error('no');
      });
    expect(failing).toThrow('no');
    expect((await writer.present([idOf(1)])).size).toBe(0);
    let kept: EmbeddedTransaction | undefined;
    writer.transaction((tx) => {
      kept = tx;
    });
    expect(() => kept?.remove(idOf(1))).toThrow(expect.objectContaining({ code: 'transaction_closed' }));
    await writer.close();
  });

  it('changes no reference that is not there', async () => {
    const writer = await openWriter(folder, MODEL);
    const missing = expect.objectContaining({ code: 'reference_missing' });
    expect(() => writer.transaction((tx) => tx.update(idOf(1), referenceOf(1), 'PL'))).toThrow(missing);
    expect(() => writer.transaction((tx) => tx.putSource(idOf(1), sourceOf(1)))).toThrow(missing);
    await writer.close();
  });

  it.each<[string, () => UnitVector, string]>([
    ['of another dimension', () => vectorOf(1, 16), 'dimension_mismatch'],
    ['that is not unit length', () => vectorOf(1).map((value) => 2 * value) as UnitVector, 'vector_not_unit'],
    ['with NaN', () => new Float32Array(32).fill(Number.NaN) as UnitVector, 'vector_not_unit'],
  ])('refuses a vector %s', async (_, vector, code) => {
    const writer = await openWriter(folder, MODEL);
    expect(() => writer.transaction((tx) => tx.put(referenceOf(1), vector()))).toThrow(
      expect.objectContaining({ code }),
    );
    await writer.close();
  });

  it('refuses a position that is none', async () => {
    const writer = await openWriter(folder, MODEL);
    const put = () => writer.transaction((tx) => tx.put(referenceOf(1, { point: { lat: 91, lon: 0 } }), vectorOf(1)));
    expect(put).toThrow(expect.objectContaining({ code: 'bad_position' }));
    await writer.close();
  });

  it('never gives a label twice, so that a graph cannot mistake one photo for another', async () => {
    const writer = await openWriter(folder, MODEL);
    const once = (i: number) => {
      writer.transaction((tx) => tx.put(referenceOf(i), vectorOf(i)));
      writer.transaction((tx) => tx.remove(idOf(i)));
    };
    once(1);
    once(2);
    await writer.close();
    const again = await openWriter(folder, MODEL);
    again.transaction((tx) => tx.put(referenceOf(1), vectorOf(1)));
    await again.close();
    const db = openSqlite(join(folder, 'index.sqlite'), { readonly: true });
    expect(db.prepare('SELECT label FROM "references"').pluck().all()).toEqual([3]);
    db.close();
  });

  it('gives sources by root and path, whatever the order they came in, and finds those that disagree', async () => {
    const writer = await openWriter(folder, MODEL);
    const near = { lat: 50, lon: 19 };
    writer.transaction((tx) => {
      tx.put(referenceOf(1), vectorOf(1));
      tx.put(referenceOf(2), vectorOf(2));
      tx.putSource(idOf(1), sourceOf(1, { path: 'z.jpg', point: near }));
      tx.putSource(idOf(1), sourceOf(1, { path: 'a.jpg', point: { lat: 50.0001, lon: 19 } }));
    });
    const reader = await openReader(folder);
    expect((await reader.get(idOf(1)))?.sources.map((source) => source.path)).toEqual(['a.jpg', 'z.jpg']);
    expect(await reader.conflicts()).toEqual([]);
    writer.transaction((tx) => tx.putSource(idOf(1), sourceOf(1, { path: 'a.jpg', point: { lat: 50.001, lon: 19 } })));
    expect((await reader.conflicts()).map((reference) => reference.id)).toEqual([idOf(1)]);
    expect(await reader.counts()).toMatchObject({ sources: 2, conflicts: 1 });
    writer.transaction((tx) => tx.putSource(idOf(2), sourceOf(2, { path: 'a.jpg', factsHash: 'new' })));
    expect(await reader.conflicts()).toEqual([]);
    expect((await writer.files([{ root: '/photos', path: 'a.jpg' }]))[0]?.source).toEqual({
      id: idOf(2),
      bytes: 1002,
      mtimeMs: 1_700_000_000_002,
      factsHash: 'new',
      ctimeMs: 1_700_000_000_002.5,
      inode: '2',
      origin: { from: 'photo', manifest: null, track: null },
    });
    expect((await writer.files([{ root: '/photos', path: 'none.jpg' }]))[0]?.source).toBeNull();
    writer.transaction((tx) => tx.removeSource('/photos', 'a.jpg'));
    expect((await reader.get(idOf(2)))?.sources).toEqual([]);
    await reader.close();
    await writer.close();
  });

  it('keeps failures until they are cleared', async () => {
    const writer = await openWriter(folder, MODEL);
    const failure = {
      root: '/photos',
      path: 'bad.jpg',
      code: 'image_truncated',
      reason: 'It ends early.',
      bytes: 3,
      mtimeMs: 5,
      ctimeMs: 6.25,
      inode: '7',
      photoId: 'ab12',
    };
    writer.transaction((tx) => tx.putFailure(failure));
    writer.transaction((tx) => tx.putFailure({ ...failure, code: 'image_empty' }));
    const reader = await openReader(folder);
    expect(await reader.failures()).toEqual([
      {
        ...{ id: 1, root: '/photos', path: 'bad.jpg', code: 'image_empty', reason: 'It ends early.' },
        ...{ at: expect.any(String), photoId: 'ab12', run: null },
      },
    ]);
    expect((await writer.files([{ root: '/photos', path: 'bad.jpg' }]))[0]?.failure).toMatchObject({
      code: 'image_empty',
      bytes: 3,
      mtimeMs: 5,
      ctimeMs: 6.25,
      inode: '7',
      photoId: 'ab12',
    });
    writer.transaction((tx) => tx.clearFailure('/photos', 'bad.jpg'));
    expect([await reader.failures(), (await writer.files([{ root: '/photos', path: 'bad.jpg' }]))[0]?.failure]).toEqual(
      [[], null],
    );
    await reader.close();
    await writer.close();
  });

  it('knows the run that was the last to meet a failure', async () => {
    const writer = await openWriter(folder, MODEL);
    const reader = await openReader(folder);
    const failure = (path: string, bytes = 3) => ({
      ...{
        root: '/photos',
        path,
        code: 'not_an_image',
        reason: 'It is none.',
        bytes,
        mtimeMs: 5,
        ctimeMs: null,
        inode: null,
        photoId: null,
      },
    });
    const run = async (work: () => void | Promise<void>) => {
      const id = await writer.beginRun({});
      await work();
      await writer.endRun(id, 'finished', {});
      return id;
    };
    const put = (...failures: ReturnType<typeof failure>[]) =>
      writer.transaction((tx) => {
        for (const one of failures) tx.putFailure(one);
      });
    const paths = async (id: number) => (await reader.failures({ run: id })).map(({ path }) => path);
    put(failure('outside.jpg'));
    const first = await run(() => put(failure('a.jpg'), failure('b.jpg'), failure('c.jpg')));
    expect(await paths(first)).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
    expect(await reader.failureCodes({ run: first })).toEqual([{ code: 'not_an_image', count: 3 }]);
    const [a] = await reader.failures({ run: first });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await run(async () => {
      await writer.noteFailuresMet([failure('a.jpg'), { root: '/elsewhere', path: 'c.jpg' }]);
      put(failure('b.jpg', 4));
    });
    expect([await paths(first), await paths(second)]).toEqual([['c.jpg'], ['a.jpg', 'b.jpg']]);
    expect((await reader.failures({ run: second }))[0]).toEqual({ ...a, run: second });
    put(failure('a.jpg', 7));
    expect([await paths(second), (await reader.failures()).length]).toEqual([['b.jpg'], 4]);
    await reader.close();
    await writer.close();
  });

  it('records its runs', async () => {
    const writer = await openWriter(folder, MODEL);
    const run = await writer.beginRun({ source: 'photos' });
    const reader = await openReader(folder);
    expect((await reader.runs())[0]).toMatchObject({
      id: run,
      state: 'running',
      arguments: { source: 'photos' },
      endedAt: null,
    });
    await writer.endRun(run, 'finished', { added: 3 });
    expect((await reader.runs())[0]).toMatchObject({ id: run, state: 'finished', counts: { added: 3 } });
    await reader.close();
    await writer.close();
  });

  it('sweeps what a killed upload left half-written with the next one, and leaves nothing half-written itself', async () => {
    const writer = await openWriter(folder, MODEL);
    mkdirSync(join(folder, 'files', '.drafts'), { recursive: true });
    writeFileSync(join(folder, 'files', '.drafts', 'ab.jpg'), 'half of a photo');
    const path = await writer.keepFile(Buffer.from('a whole photo'), '.jpg');
    const files = readdirSync(join(folder, 'files'), { recursive: true, withFileTypes: true });
    expect(files.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([basename(path)]);
    await writer.close();
  });

  it('keeps uploaded bytes under their hash, and the reader finds them', async () => {
    const writer = await openWriter(folder, MODEL);
    const bytes = Buffer.from('the bytes of a photo');
    const path = await writer.keepFile(bytes, '.jpg');
    expect(await writer.keepFile(bytes, '.jpg')).toBe(path);
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const id = sha256.slice(0, 32);
    writer.transaction((tx) => {
      tx.put({ ...referenceOf(1), id, sha256, bytes: bytes.length }, vectorOf(1));
      tx.putSource(id, sourceOf(1, { root: 'files', path, bytes: bytes.length, mtimeMs: 0 }));
    });
    const reader = await openReader(folder);
    expect(await reader.file(id)).toBe(join(folder, 'files', path));
    // A file that is named by its content is not read again to be shown: only whether it is whole is looked at.
    writeFileSync(join(folder, 'files', path), 'the bytes of a pho');
    expect(await reader.file(id)).toBeNull();
    expect(await reader.file(idOf(9))).toBeNull();
    await reader.close();
    await writer.close();
  });
});

describe('a reader', () => {
  it('follows inserts and deletes without being asked, within two seconds', async () => {
    const writer = await openWriter(folder, MODEL);
    const reader = await openReader(folder);
    writer.transaction((tx) => {
      for (let i = 0; i < 50; i++) tx.put(referenceOf(i), vectorOf(i));
    });
    const nearest = async (i: number) => (await reader.neighbours(vectorOf(i), { k: 1 }))[0]?.id;
    const within = async (holds: () => Promise<boolean>) => {
      const until = Date.now() + 2000;
      while (Date.now() < until) if (await holds()) return true;
      return false;
    };
    expect(await within(async () => (await nearest(7)) === idOf(7))).toBe(true);
    writer.transaction((tx) => tx.remove(idOf(7)));
    expect(await within(async () => (await nearest(7)) !== idOf(7))).toBe(true);
    await reader.close();
    await writer.close();
  });

  it('fills its graph in the background', async () => {
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => {
      for (let i = 0; i < 300; i++) tx.put(referenceOf(i), vectorOf(i));
    });
    const reader = await openReader(folder, { bruteForceMax: 0 });
    const until = Date.now() + 10_000;
    while (Date.now() < until && reader.followerState()?.pending !== 0)
      await new Promise((next) => setTimeout(next, 20));
    expect(reader.followerState()?.pending).toBe(0);
    expect((await reader.neighbours(vectorOf(42), { k: 1 }))[0]?.id).toBe(idOf(42));
    await reader.close();
    await writer.close();
  });

  it('finds what was stored, and not what is gone, in the first answer after it was said', async () => {
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => tx.put(referenceOf(1, { author: 'ann' }), vectorOf(1)));
    // It would look by itself only after a minute.
    const reader = await openReader(folder, { pollMs: 60_000 });
    const found = async () =>
      (await reader.neighbours(vectorOf(1), { k: 9, filter: { author: ['ann'] } })).map(({ id }) => id);
    expect(await found()).toEqual([idOf(1)]);
    writer.transaction((tx) => tx.put(referenceOf(2, { author: 'ann' }), vectorOf(2)));
    expect((await found()).sort()).toEqual([idOf(1), idOf(2)].sort());
    writer.transaction((tx) => tx.update(idOf(1), { ...referenceOf(1), author: 'bo' }, null));
    expect(await found()).toEqual([idOf(2)]);
    writer.transaction((tx) => tx.remove(idOf(2)));
    expect(await found()).toEqual([]);
    await reader.close();
    await writer.close();
  });

  it('survives the death of its worker: another is started by itself', async () => {
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => tx.put(referenceOf(1), vectorOf(1)));
    const reader = await openReader(folder, { pollMs: 20 });
    const db = openSqlite(join(folder, 'index.sqlite'));
    db.exec('ALTER TABLE changes RENAME TO elsewhere');
    const search = () => reader.neighbours(vectorOf(1), { k: 1 });
    const refused = await eventually(() =>
      search().then(
        () => false,
        () => true,
      ),
    );
    expect(refused).toBe(true);
    db.exec('ALTER TABLE elsewhere RENAME TO changes');
    db.close();
    const answered = await eventually(() =>
      search().then(
        () => true,
        () => false,
      ),
    );
    expect(answered).toBe(true);
    expect((await search())[0]?.id).toBe(idOf(1));
    await reader.close();
    await writer.close();
  });

  it('tells how alike the scenes of a place are, once a hundred have another there', async () => {
    const writer = await openWriter(folder, { ...MODEL, buildAhead: true });
    const near = (i: number) => ({ lat: 50 + 0.001 * (i % 10), lon: 19 + 0.001 * Math.floor(i / 10) });
    writer.transaction((tx) => {
      for (let i = 0; i < 99; i++) tx.put(referenceOf(i, { point: near(i) }), vectorOf(i));
    });
    await writer.checkpoint();
    const reader = await openReader(folder);
    expect((await reader.summary()).selfSimilarity).toBeNull();
    writer.transaction((tx) => {
      // Frames of one drive look alike; they must not count as each other's nearest.
      for (let i = 100; i < 130; i++) tx.put(referenceOf(i, { sequence: 'drive', point: near(i) }), vectorOf(100));
      for (let i = 130; i < 160; i++) tx.put(referenceOf(i, { point: near(i) }), vectorOf(i));
    });
    await writer.checkpoint();
    await reader.sync();
    const similarity = (await reader.summary()).selfSimilarity;
    expect(similarity?.count).toBe(130);
    const scenes = [...Array(99).keys(), 100, ...Array.from({ length: 30 }, (_, i) => 130 + i)].map((i) => vectorOf(i));
    const cosines = scenes.map((a) => Math.max(...scenes.filter((b) => b !== a).map((b) => cosine(a, b))));
    cosines.sort((a, b) => a - b);
    // One cell of the Earth: all its scenes count alike.
    for (const [share, value] of similarity?.quantiles ?? []) {
      const rank = Math.max(0, Math.ceil(share * 130 - 1e-6) - 1);
      expect(value).toBeCloseTo(cosines[rank] as number, 5);
    }
    expect(new Map(similarity?.quantiles).get(0.05)).toBe(similarity?.q05);
    expect(new Map(similarity?.quantiles).get(0.25)).toBe(similarity?.q25);
    await reader.close();
    await writer.close();
  });

  it.each([
    ['k of 0', { k: 0 }, 'limit_out_of_range'],
    ['a k that is too large', { k: 10_001 }, 'limit_out_of_range'],
  ])('refuses %s', async (_, options, code) => {
    await createIndex(folder, MODEL);
    const reader = await openReader(folder);
    await expect(reader.neighbours(vectorOf(1), options)).rejects.toMatchObject({ code });
    await reader.close();
  });

  it('refuses a query of another dimension or with NaN', async () => {
    await createIndex(folder, MODEL);
    const reader = await openReader(folder);
    await expect(reader.neighbours(vectorOf(1, 16), { k: 1 })).rejects.toMatchObject({ code: 'dimension_mismatch' });
    const nan = new Float32Array(32).fill(Number.NaN) as UnitVector;
    await expect(reader.neighbours(nan, { k: 1 })).rejects.toMatchObject({ code: 'vector_not_finite' });
    await reader.close();
    await expect(reader.neighbours(vectorOf(1), { k: 1 })).rejects.toMatchObject({ code: 'index_closed' });
  });
});
