import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SPOT_KM } from '../../src/domain/geo-point.js';
import type { PhotoFacts, Reference } from '../../src/domain/reference.js';
import { cosine, type UnitVector } from '../../src/domain/unit-vector.js';
import { cellOf, parentCell } from '../../src/geo/cells.js';
import { distanceKm } from '../../src/geo/distance.js';
import { fromSphere, toSphere } from '../../src/geo/sphere.js';
import type { IndexModel, ReferenceFilter, StoredReference } from '../../src/references/reader.js';
import type { OpenIndex, Store } from '../../src/references/store.js';
import type { Change, FailureChange, PhotoChange, ReferenceWriter } from '../../src/references/writer.js';
import { eventually, idOf, MODEL, referenceOf, sourceOf, vectorOf } from '../support/references.js';

/** A place for an index that is not there yet, and how to take it away again. */
export interface EmptyStore {
  readonly store: Store;
  readonly dispose?: () => Promise<void>;
}

/** How long a search may go without what was stored. */
const SEEN_WITHIN_MS = 5_000;

/** A change that adds photo `i` by a source of its own. */
function photo(i: number, facts: Partial<PhotoFacts & { iso2: string | null }> = {}, source = {}): PhotoChange {
  const reference = referenceOf(i, facts);
  return {
    kind: 'photo',
    id: reference.id,
    facts: reference,
    iso2: reference.iso2,
    source: sourceOf(i, { point: reference.point, ...source }),
    gone: [],
    embedded: { reference, vector: vectorOf(i) },
  };
}

/** The same photo at another path, or looked at again. */
function again(change: PhotoChange, more: Partial<PhotoChange> = {}): PhotoChange {
  return { ...change, embedded: null, ...more };
}

function failure(path: string, more: Partial<FailureChange> = {}): FailureChange {
  const file = { bytes: 3, mtimeMs: 5, ctimeMs: null, inode: null };
  return {
    kind: 'failure',
    root: '/photos',
    path,
    code: 'not_an_image',
    reason: 'It is none.',
    photoId: null,
    ...file,
    ...more,
  };
}

/**
 * Everything that the port promises, once, for every engine.
 * @param make an empty place for each test
 */
export function describeStore(name: string, make: () => Promise<EmptyStore>): void {
  describe(`the store (${name})`, () => {
    let made: EmptyStore;
    let store: Store;
    let index: OpenIndex | null;

    beforeEach(async () => {
      made = await make();
      store = made.store;
      index = null;
    });

    afterEach(async () => {
      await index?.close();
      await made.dispose?.();
    });

    const write = <T>(work: (writer: ReferenceWriter) => Promise<T>) => store.write(MODEL, work);
    const apply = (...changes: Change[]) => write((writer) => writer.apply(changes));
    const did = async (...changes: Change[]) => (await apply(...changes)).map((result) => result.did);
    const opened = async () => {
      index ??= await store.open();
      return index;
    };
    const get = async (i: number) => (await opened()).reader.get(idOf(i));
    const found = async (query: UnitVector, filter?: ReferenceFilter) => {
      const hits = await (await opened()).reader.neighbours(query, { k: 1000, ...(filter && { filter }) });
      return hits.map(({ id }) => id);
    };
    const sees = (count: number) => eventually(async () => (await found(vectorOf(0))).length === count, SEEN_WITHIN_MS);

    describe('being made', () => {
      it('is not there before, and can not be opened', async () => {
        expect(await store.identity()).toBeNull();
        await expect(store.open()).rejects.toMatchObject({ code: 'index_not_found' });
      });

      it('is empty at first, and says what model it is of', async () => {
        await write(async () => undefined);
        expect(await store.identity()).toMatchObject(MODEL);
        const { reader, catalogue, journal, summaries, known } = await opened();
        expect([reader.dimension, reader.modelId, await reader.current()]).toEqual([
          MODEL.dimension,
          MODEL.modelId,
          true,
        ]);
        expect(await (await opened()).model()).toEqual(MODEL);
        expect(await catalogue.counts()).toEqual({ references: 0, sources: 0, conflicts: 0 });
        expect(await reader.list({ limit: 5 })).toEqual({ references: [], cursor: null });
        expect(await reader.neighbours(vectorOf(1), { k: 5 })).toEqual([]);
        expect(await catalogue.facets()).toEqual({ sources: [], years: [] });
        expect(await journal.failures()).toEqual([]);
        expect(await summaries.summary()).toMatchObject({ countryMeans: [], selfSimilarity: null });
        expect((await known.getMany([idOf(1)])).size).toBe(0);
        expect(typeof (await (await opened()).engine()).kind).toBe('string');
      });

      it('refuses another model', async () => {
        await write(async () => undefined);
        const other: IndexModel = { ...MODEL, modelId: 'b'.repeat(64), modelName: 'other' };
        await expect(store.write(other, async () => undefined)).rejects.toMatchObject({ code: 'index_model_mismatch' });
      });

      it('says whether it is being written, and gives what the work gives', async () => {
        expect(await store.isBeingWritten()).toBe(false);
        expect(await write(async () => store.isBeingWritten())).toBe(true);
        expect(await store.isBeingWritten()).toBe(false);
        await expect(write(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
        expect(await store.isBeingWritten()).toBe(false);
      });
    });

    describe('a photo', () => {
      it('is added once, whatever is told again', async () => {
        const one = photo(1, { iso2: 'PL', author: 'ann', capturedAt: '2020-05-06T07:08:09Z', headingDeg: 90 });
        expect(await did(one, one)).toEqual(['added', 'unchanged']);
        expect(await did(one, again(one))).toEqual(['unchanged', 'unchanged']);
        expect(await get(1)).toEqual({ ...one.embedded?.reference, sources: [one.source] });
        const { reader, catalogue } = await opened();
        expect((await reader.vectors([idOf(1)])).get(idOf(1))).toEqual(vectorOf(1));
        expect(await catalogue.counts()).toEqual({ references: 1, sources: 1, conflicts: 0 });
      });

      it('whose vector was not made is stored nowhere', async () => {
        expect(await did(again(photo(1)))).toEqual(['missing']);
        expect(await get(1)).toBeNull();
        const [file] = await write((writer) => writer.files([photo(1).source]));
        expect(file).toEqual({ source: null, failure: null });
      });

      it.each([
        ['of another length', new Float32Array(MODEL.dimension + 1).fill(0.1), 'dimension_mismatch'],
        ['of zeros', new Float32Array(MODEL.dimension), 'vector_not_unit'],
        ['that is not finite', new Float32Array(MODEL.dimension).fill(Number.NaN), 'vector_not_unit'],
        ['that is not of length 1', new Float32Array(MODEL.dimension).fill(1), 'vector_not_unit'],
      ])('with a vector %s is refused', async (_kind, vector, code) => {
        const { embedded, ...rest } = photo(2);
        const bad = { ...rest, embedded: embedded && { ...embedded, vector: vector as UnitVector } };
        await expect(apply(bad)).rejects.toMatchObject({ code });
        await write(async () => undefined);
        expect(await get(2)).toBeNull();
        expect(await did(photo(2))).toEqual(['added']);
      });

      it('with a position that is none is refused', async () => {
        await expect(apply(photo(1, { point: { lat: 91, lon: 0 } }))).rejects.toMatchObject({ code: 'bad_position' });
      });

      it('by another path is linked, and its facts are those of the first path in order, whatever came first', async () => {
        const paths = ['b.jpg', 'a.jpg', 'B.jpg', 'ä.jpg', '\u{1F4F7}.jpg', '\uFB01.jpg'];
        const inOrder = ['B.jpg', 'a.jpg', 'b.jpg', 'ä.jpg', '\uFB01.jpg', '\u{1F4F7}.jpg'];
        const changes = paths.map((path, n) => photo(1, { author: path, headingDeg: n }, { path }));
        expect((await did(...changes))[0]).toBe('added');
        expect(await get(1)).toMatchObject({ author: 'B.jpg', sources: inOrder.map((path) => ({ path })) });
        expect(await did(...changes.toReversed())).toEqual(changes.map(() => 'unchanged'));
        const other = changes.map((change) => ({ ...change, source: { ...change.source, root: '/a' } }));
        expect(await did(...other)).toContain('updated');
        expect((await get(1))?.sources.map(({ root, path }) => [root, path])).toEqual(
          ['/a', '/photos'].flatMap((root) => inOrder.map((path) => [root, path])),
        );
      });

      it('is corrected by the path that has the say, and by no other', async () => {
        const first = photo(1, { author: 'ann' }, { path: 'a.jpg' });
        const second = photo(1, { author: 'bob' }, { path: 'b.jpg' });
        expect(await did(first, second)).toEqual(['added', 'linked']);
        const corrected = again(first, {
          facts: { ...first.facts, author: 'cleo', point: { lat: 1, lon: 2 } },
          iso2: 'FR',
        });
        expect(await did(corrected, corrected, again(second))).toEqual(['updated', 'unchanged', 'unchanged']);
        expect(await get(1)).toMatchObject({ author: 'cleo', iso2: 'FR', point: { lat: 1, lon: 2 } });
        expect(await sees(1)).toBe(true);
        expect(await eventually(async () => (await found(vectorOf(1), { country: ['FR'] })).length === 1)).toBe(true);
      });

      it('is corrected by the next path where the first was looked for and not found', async () => {
        const first = photo(1, { author: 'ann' }, { path: 'a.jpg' });
        const second = photo(1, { author: 'bob' }, { path: 'b.jpg' });
        await apply(first, second);
        expect(await did(again(second, { gone: [first.source] }))).toEqual(['updated']);
        expect(await get(1)).toMatchObject({ author: 'bob', sources: [{ path: 'a.jpg' }, { path: 'b.jpg' }] });
        expect(await did(again(first))).toEqual(['updated']);
        expect(await get(1)).toMatchObject({ author: 'ann' });
      });

      it('whose paths say places more than 25 m apart is listed', async () => {
        const here = photo(1, { point: { lat: 50, lon: 19 } }, { path: 'a.jpg' });
        const near = photo(1, {}, { path: 'b.jpg', point: { lat: 50.0001, lon: 19 } });
        const far = photo(1, {}, { path: 'b.jpg', point: { lat: 50.001, lon: 19 } });
        const results = await apply(here, near, again(far));
        expect(results.map(({ elsewhere }) => elsewhere?.path ?? null)).toEqual([null, null, 'a.jpg']);
        const { catalogue } = await opened();
        expect((await catalogue.conflicts()).map(({ id }) => id)).toEqual([idOf(1)]);
        expect((await catalogue.counts()).conflicts).toBe(1);
        expect(distanceKm({ lat: 50, lon: 19 }, { lat: 50.0001, lon: 19 })).toBeLessThan(SPOT_KM);
        await apply(again(near));
        expect(await catalogue.conflicts()).toEqual([]);
        expect((await catalogue.counts()).conflicts).toBe(0);
      });

      it('at a path that held another leaves that other one, without the path', async () => {
        const path = { path: 'same.jpg' };
        const results = await apply(photo(1, {}, path), photo(2, {}, path));
        expect(results.map(({ did, replaced }) => [did, replaced])).toEqual([
          ['added', false],
          ['added', true],
        ]);
        expect([(await get(1))?.sources, (await get(2))?.sources.length]).toEqual([[], 1]);
        const [file] = await write((writer) => writer.files([{ root: '/photos', path: 'same.jpg' }]));
        expect(file?.source?.id).toBe(idOf(2));
      });

      it('that was removed is gone from everything, and can be added again', async () => {
        await apply(photo(1, { iso2: 'PL' }), photo(2, { iso2: 'DE' }));
        expect(await sees(2)).toBe(true);
        expect(await store.maintenance.remove([idOf(1), idOf(9), idOf(1)])).toEqual({
          deleted: [idOf(1)],
          missing: [idOf(9)],
        });
        const { reader, catalogue, known } = await opened();
        expect([await get(1), (await reader.vectors([idOf(1)])).size]).toEqual([null, 0]);
        expect(await sees(1)).toBe(true);
        expect((await reader.list({ limit: 10 })).references.map(({ id }) => id)).toEqual([idOf(2)]);
        expect(await catalogue.counts()).toMatchObject({ references: 1, sources: 1 });
        expect((await known.files([photo(1).source]))[0]?.source).toBeNull();
        expect((await known.present([idOf(1), idOf(2)])).size).toBe(1);
        expect(await did(photo(1))).toEqual(['added']);
        expect(await sees(2)).toBe(true);
        expect(await found(vectorOf(1))).toContain(idOf(1));
      });
    });

    describe('a batch', () => {
      it('answers each change in its order, and knows what came before it', async () => {
        expect(await apply()).toEqual([]);
        const one = photo(1);
        const changes = [
          failure('x.jpg'),
          one,
          again(one, { source: sourceOf(1, { path: 'copy.jpg' }) }),
          again(photo(2)),
        ];
        expect(await did(...changes)).toEqual(['stored', 'added', 'linked', 'missing']);
      });
    });

    describe('files', () => {
      it('are known by root and path, with all that tells a changed one', async () => {
        const one = photo(1, {}, { ctimeMs: 1_700_000_000_002.5, inode: '77', factsHash: 'h' });
        await apply(one, failure('bad.jpg', { photoId: idOf(7), ctimeMs: 4.25 }));
        const { root, path, point, ...state } = one.source;
        const { known } = await opened();
        const { kind, root: _root, path: _path, ...failed } = failure('bad.jpg', { photoId: idOf(7), ctimeMs: 4.25 });
        expect(
          await known.files([
            { root, path: 'none' },
            { root, path },
            { root, path: 'bad.jpg' },
          ]),
        ).toEqual([
          { source: null, failure: null },
          { source: { id: idOf(1), ...state }, failure: null },
          { source: null, failure: failed },
        ]);
        expect(await known.present([idOf(2), idOf(1)])).toEqual(new Set([idOf(1)]));
        const many = await known.getMany([idOf(2), idOf(1)]);
        expect([...many.keys()]).toEqual([idOf(1)]);
      });

      it('that a manifest named are found by its path', async () => {
        const origin = { from: 'manifest' as const, manifest: 'lists/m.csv', track: null };
        await apply(
          photo(1, {}, { origin }),
          photo(2, {}, { path: 'a.jpg', origin }),
          photo(3),
          photo(4, {}, { root: '/other', origin }),
        );
        const { known } = await opened();
        const named = (await known.sourcesNamedBy('/photos/lists/m.csv')).map(({ root, path }) => [root, path]);
        expect(named.sort()).toEqual([
          ['/photos', '1.jpg'],
          ['/photos', 'a.jpg'],
        ]);
        expect(await known.sourcesNamedBy('/photos/m.csv')).toEqual([]);
      });

      it('are noted anew without a look at their photo', async () => {
        const one = photo(1);
        await apply(one, failure(one.source.path));
        const { root, path } = one.source;
        const file = { bytes: 9, mtimeMs: 10, ctimeMs: 11, inode: '12' };
        const kept = { kind: 'kept' as const, root, path, file, factsHash: 'new' };
        expect(await did(kept, { ...kept, path: 'none.jpg' })).toEqual(['stored', 'missing']);
        expect((await get(1))?.sources).toEqual([{ ...one.source, ...file, factsHash: 'new' }]);
        const [known] = await (await opened()).known.files([{ root, path }]);
        expect(known?.failure).toBeNull();
      });
    });

    describe('a withdrawal', () => {
      const withdrawal = (path: string, next: { path: string; iso2: string | null } | null) => ({
        ...{ kind: 'withdrawal' as const, root: '/photos', path },
        next: next && { root: '/photos', ...next },
      });

      it('takes a reference without another source away', async () => {
        await apply(photo(1), photo(2));
        expect(await sees(2)).toBe(true);
        expect(await did(withdrawal('1.jpg', null), withdrawal('1.jpg', null), withdrawal('no.jpg', null))).toEqual([
          'removed',
          'missing',
          'missing',
        ]);
        expect([await get(1), (await get(2))?.id]).toEqual([null, idOf(2)]);
        expect(await sees(1)).toBe(true);
      });

      it('moves it to the next source, whose other facts are taken anew', async () => {
        const at = { lat: 10, lon: 20 };
        await apply(photo(1, { author: 'ann' }, { path: 'a.jpg' }), photo(1, {}, { path: 'b.jpg', point: at }));
        expect(await did(withdrawal('a.jpg', { path: 'b.jpg', iso2: 'FR' }))).toEqual(['updated']);
        expect(await get(1)).toMatchObject({
          point: at,
          iso2: 'FR',
          author: 'ann',
          sources: [{ path: 'b.jpg', factsHash: '' }],
        });
      });

      it('keeps it where a source came that its ingester had not seen', async () => {
        await apply(photo(1, {}, { path: 'a.jpg' }), photo(1, {}, { path: 'b.jpg' }));
        expect(await did(withdrawal('a.jpg', null))).toEqual(['stored']);
        expect((await get(1))?.sources).toHaveLength(1);
      });
    });

    describe('the journal', () => {
      it('lists failures by root and path, by code, by words and by the run that last met them', async () => {
        const met = async (...changes: Change[]) =>
          write(async (writer) => {
            const run = await writer.beginRun({ source: 'x' });
            await writer.apply(changes);
            await writer.endRun(run, 'finished', {});
            return run;
          });
        const first = await met(
          failure('b.jpg'),
          failure('a.jpg', { code: 'no_position', reason: 'No place in /photos/a.jpg.' }),
        );
        const second = await met(failure('Walk 1/c.jpg', { root: '/m' }));
        const { journal } = await opened();
        const paths = async (filter = {}) => (await journal.failures(filter)).map(({ path }) => path);
        expect(await paths()).toEqual(['Walk 1/c.jpg', 'a.jpg', 'b.jpg']);
        expect(await paths({ limit: 1 })).toEqual(['Walk 1/c.jpg']);
        expect(await paths({ run: first })).toEqual(['a.jpg', 'b.jpg']);
        expect(await paths({ code: 'not_an_image' })).toEqual(['Walk 1/c.jpg', 'b.jpg']);
        expect(await paths({ text: 'wALK' })).toEqual(['Walk 1/c.jpg']);
        expect(await paths({ text: 'photos' })).toEqual([]);
        expect(await paths({ text: '/a.jpg' })).toEqual(['a.jpg']);
        expect(await journal.failureCodes()).toEqual([
          { code: 'not_an_image', count: 2 },
          { code: 'no_position', count: 1 },
        ]);
        await write(async (writer) => {
          const third = await writer.beginRun({});
          await writer.noteFailuresMet([
            { root: '/photos', path: 'b.jpg' },
            { root: '/photos', path: 'never.jpg' },
          ]);
          await writer.endRun(third, 'stopped', {});
          expect(await paths({ run: third })).toEqual(['b.jpg']);
        });
        expect([await paths({ run: first }), await paths({ run: second })]).toEqual([['a.jpg'], ['Walk 1/c.jpg']]);
        expect((await journal.failures({ run: first }))[0]).toMatchObject({
          root: '/photos',
          code: 'no_position',
          photoId: null,
        });
      });

      it('forgets a failure whose file gave a photo, whose photo came by another path, or that was mended', async () => {
        await apply(failure('1.jpg'), failure('twin.jpg', { photoId: idOf(1) }), failure('m.csv'));
        const { journal } = await opened();
        expect(await journal.failures()).toHaveLength(3);
        expect(await did(photo(1), { kind: 'cleared', root: '/photos', path: 'm.csv' })).toEqual(['added', 'stored']);
        expect(await journal.failures()).toEqual([]);
        expect(await did(failure('twin.jpg', { photoId: idOf(1) }))).toEqual(['unchanged']);
        expect(await journal.failureCodes()).toEqual([]);
      });

      it('records runs, the newest first; one that was killed still runs', async () => {
        await write(async (writer) => {
          const done = await writer.beginRun({ sources: ['a'] });
          await writer.endRun(done, 'finished', { added: 3 });
          await writer.beginRun({ sources: ['b'] });
        });
        const { journal } = await opened();
        const runs = await journal.runs();
        expect(runs.map(({ state, counts, arguments: asked }) => [state, counts, asked])).toEqual([
          ['running', {}, { sources: ['b'] }],
          ['finished', { added: 3 }, { sources: ['a'] }],
        ]);
        expect([runs[0]?.endedAt, typeof runs[1]?.endedAt]).toEqual([null, 'string']);
        expect((await journal.runs({ limit: 1 })).map(({ id }) => id)).toEqual([runs[0]?.id]);
      });
    });

    describe('a copy', () => {
      it('of a reference comes with its facts, its vector and its sources, once', async () => {
        const sources = [sourceOf(1, { path: 'a.jpg' }), sourceOf(1, { path: 'b.jpg', point: { lat: 1, lon: 2 } })];
        const reference = { ...referenceOf(1, { iso2: 'PL', author: 'ann', headingDeg: 7 }), sources };
        const copy = { kind: 'copy' as const, reference, vector: vectorOf(1) };
        const bare = { kind: 'copy' as const, reference: { ...referenceOf(2), sources: [] }, vector: vectorOf(2) };
        expect(await did(copy, bare, copy)).toEqual(['added', 'added', 'unchanged']);
        expect(await did(copy, bare)).toEqual(['unchanged', 'unchanged']);
        const { reader, catalogue } = await opened();
        expect([await get(1), await get(2)]).toEqual([reference, bare.reference]);
        expect((await reader.vectors([idOf(1)])).get(idOf(1))).toEqual(vectorOf(1));
        expect(await catalogue.counts()).toEqual({ references: 2, sources: 2, conflicts: 1 });
      });

      it('takes the place of what was copied before, but for sources that came otherwise', async () => {
        const source = sourceOf(1, { path: 'b.jpg' });
        await apply(photo(1, { author: 'ann' }, { path: 'own.jpg' }));
        const reference = { ...referenceOf(1, { author: 'bob', iso2: 'FR' }), sources: [source] };
        const copy = { kind: 'copy' as const, reference, vector: vectorOf(1) };
        expect(await did(copy, copy)).toEqual(['updated', 'unchanged']);
        expect(await get(1)).toMatchObject({
          author: 'bob',
          iso2: 'FR',
          sources: [{ path: 'b.jpg' }, { path: 'own.jpg' }],
        });
        const changed = { ...copy, reference: { ...reference, sources: [{ ...source, factsHash: 'new' }] } };
        expect(await did(changed)).toEqual(['linked']);
        expect((await get(1))?.sources[0]).toMatchObject({ path: 'b.jpg', factsHash: 'new' });
      });

      it('with a vector that is none is refused', async () => {
        const reference = { ...referenceOf(1), sources: [sourceOf(1)] };
        const bad = { kind: 'copy' as const, reference, vector: new Float32Array(MODEL.dimension) as UnitVector };
        await expect(apply(bad)).rejects.toMatchObject({ code: 'vector_not_unit' });
      });
    });

    describe('a list', () => {
      it('gives each reference once in pages of any size, also while others are added', async () => {
        await apply(...Array.from({ length: 20 }, (_, i) => photo(i)));
        const { reader } = await opened();
        const walk = async (limit: number, between: (page: number) => Promise<unknown> = async () => null) => {
          const ids: string[] = [];
          for (let cursor: string | null | undefined, page = 0; cursor !== null; page++) {
            const { references, cursor: next } = await reader.list({ limit, ...(cursor ? { cursor } : {}) });
            expect(references.length).toBeLessThanOrEqual(limit);
            ids.push(...references.map(({ id }) => id));
            cursor = next;
            await between(page);
          }
          return ids;
        };
        const all = await walk(1000);
        expect([...all].sort()).toEqual(Array.from({ length: 20 }, (_, i) => idOf(i)).sort());
        for (const limit of [1, 7, 19, 20, 21]) expect(await walk(limit)).toEqual(all);
        const meanwhile = await walk(6, (page) => (page < 3 ? apply(photo(100 + page)) : Promise.resolve()));
        expect(new Set(meanwhile).size).toBe(meanwhile.length);
        expect(meanwhile.filter((id) => all.includes(id))).toEqual(all);
        const removing = await walk(6, (page) =>
          page === 0 ? store.maintenance.remove([all[0] as string]) : Promise.resolve(),
        );
        expect(removing.filter((id) => all.includes(id))).toEqual(all);
      });

      it('is scanned in the same order and by the same filters, without sources', async () => {
        await apply(...Array.from({ length: 9 }, (_, i) => photo(i)));
        const { reader } = await opened();
        const ids = Array.from({ length: 9 }, (_, i) => idOf(i)).filter((_, i) => i % 4 !== 1);
        for (const filter of [{}, { ids }, { exclude: { ids } }]) {
          for (const limit of [3, 100]) {
            const scanned: Reference[] = [];
            for (let cursor: string | null | undefined; cursor !== null; ) {
              const page = await reader.scan({ filter, limit, ...(cursor ? { cursor } : {}) });
              expect(page.references.length).toBeLessThanOrEqual(limit);
              scanned.push(...page.references);
              cursor = page.cursor;
            }
            const named: string[] = [];
            for (let cursor: string | null | undefined; cursor !== null; ) {
              const page = await reader.scanIds({ filter, limit, ...(cursor ? { cursor } : {}) });
              expect(page.ids.length).toBeLessThanOrEqual(limit);
              named.push(...page.ids);
              cursor = page.cursor;
            }
            const { references } = await reader.list({ filter, limit: 100 });
            expect(named).toEqual(references.map(({ id }) => id));
            expect(scanned.length).toBe('ids' in filter ? ids.length : 'exclude' in filter ? 9 - ids.length : 9);
            expect(scanned).toMatchObject(references.map(({ sources: _, ...facts }) => facts));
          }
        }
        await expect(reader.scan({ limit: 0 })).rejects.toMatchObject({ code: 'limit_out_of_range' });
        await expect(reader.scan({ limit: 5, cursor: '!' })).rejects.toMatchObject({ code: 'bad_cursor' });
      });

      it('refuses a cursor that no page gave, a limit out of range and a time that is none', async () => {
        await apply(photo(1));
        const { reader } = await opened();
        await expect(reader.list({ limit: 10, cursor: 'nonsense!' })).rejects.toMatchObject({ code: 'bad_cursor' });
        for (const limit of [0, -1, 1.5, 10_001])
          await expect(reader.list({ limit })).rejects.toMatchObject({ code: 'limit_out_of_range' });
        const filter = { capturedAfter: 'soon' };
        await expect(reader.list({ limit: 1, filter })).rejects.toMatchObject({ code: 'bad_time' });
        await expect(reader.neighbours(vectorOf(1), { k: 1, filter })).rejects.toMatchObject({ code: 'bad_time' });
      });

      it('finds ids by their beginning, in order', async () => {
        await apply(...Array.from({ length: 30 }, (_, i) => photo(i)));
        const ids = Array.from({ length: 30 }, (_, i) => idOf(i)).sort();
        const { reader } = await opened();
        const start = (ids[0] as string).slice(0, 1);
        expect(await reader.idsFrom(start, 100)).toEqual(ids.filter((id) => id.startsWith(start)));
        expect(await reader.idsFrom('', 3)).toEqual(ids.slice(0, 3));
        expect(await reader.idsFrom('zz', 3)).toEqual([]);
      });
    });

    describe('neighbours', () => {
      it('are those of highest cosine, equal ones by id', async () => {
        const twin = photo(41);
        const same = { ...twin, embedded: twin.embedded && { ...twin.embedded, vector: vectorOf(7) } };
        await apply(
          ...Array.from({ length: 40 }, (_, i) => photo(i, { iso2: 'PL', author: 'ann', sequence: 's' })),
          same,
        );
        expect(await sees(41)).toBe(true);
        const { reader } = await opened();
        const vectors = new Map([
          ...Array.from({ length: 40 }, (_, i) => [idOf(i), vectorOf(i)] as const),
          [idOf(41), vectorOf(7)],
        ]);
        for (const query of [vectorOf(7), vectorOf(1234)]) {
          const expected = [...vectors].map(([id, vector]) => ({ id, score: cosine(query, vector) }));
          expected.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
          const hits = await reader.neighbours(query, { k: 10 });
          expect(hits.map(({ id }) => id)).toEqual(expected.slice(0, 10).map(({ id }) => id));
          for (const [i, { score }] of hits.entries())
            expect(Math.abs(score - (expected[i]?.score ?? 9))).toBeLessThan(1e-3);
        }
        const [first] = await reader.neighbours(vectorOf(3), { k: 1 });
        const { point } = referenceOf(3);
        expect(first).toMatchObject({ id: idOf(3), point, iso2: 'PL', author: 'ann', sequence: 's' });
      });

      it('refuse a vector of another length or not finite, and a number out of range', async () => {
        await apply(photo(1));
        const { reader } = await opened();
        const ask = (vector: Float32Array, k: number) => reader.neighbours(vector as UnitVector, { k });
        await expect(ask(new Float32Array(3), 1)).rejects.toMatchObject({ code: 'dimension_mismatch' });
        const bad = new Float32Array(MODEL.dimension).fill(Number.NaN);
        await expect(ask(bad, 1)).rejects.toMatchObject({ code: 'vector_not_finite' });
        for (const k of [0, 1.5, 10_001])
          await expect(ask(vectorOf(1), k)).rejects.toMatchObject({ code: 'limit_out_of_range' });
      });

      it('follow what is stored by another, within seconds', async () => {
        await apply(photo(0));
        expect(await sees(1)).toBe(true);
        await apply(photo(1, { iso2: 'PL' }), photo(2));
        expect((await get(1))?.iso2).toBe('PL');
        expect(await sees(3)).toBe(true);
        await write((writer) => writer.checkpoint());
        expect(await sees(3)).toBe(true);
      });
    });

    describe('a filter', () => {
      const COUNT = 150;
      const lons = [-180, 180, 179.9999, -179.9999, 0, 10, 10.001];
      const lats = [90, -90, 0, 50, 50.001];
      const times = ['2020-01-01T00:00:00Z', '2020-01-01T02:00:00+03:00', '2020-06-01', '2021-03-04T05:06:07', null];
      const facts = (i: number) => {
        const { point } = referenceOf(i);
        return {
          point: {
            lat: i % 3 === 0 ? (lats[i % lats.length] as number) : point.lat,
            lon: i % 4 === 0 ? (lons[i % lons.length] as number) : point.lon,
          },
          iso2: (['PL', 'DE', 'FR', null] as const)[i % 4] ?? null,
          author: (['ann', 'Ann', 'a*b?', null] as const)[i % 4] ?? null,
          sequence: i % 5 === 0 ? null : `s${i % 7}`,
          capturedAt: times[i % times.length] ?? null,
        };
      };
      const all: StoredReference[] = Array.from({ length: COUNT }, (_, i) => ({
        ...referenceOf(i, facts(i)),
        sources: [
          sourceOf(i, {
            point: facts(i).point,
            path: `${['walk', 'walk%', 'drive_1'][i % 3]}/${i}.jpg`,
            root: `/photos/${i % 2}`,
          }),
        ],
      }));

      const latitude = fc.oneof(fc.constantFrom(...lats), fc.double({ min: -90, max: 90, noNaN: true }));
      const longitude = fc.oneof(fc.constantFrom(...lons), fc.double({ min: -180, max: 180, noNaN: true }));
      const time = fc.constantFrom('2020-01-01', '2019-12-31T23:00:00Z', '2020-06-01T00:00:00', '2021-03-04T05:06:07Z');
      const conditions: { readonly [Name in keyof Omit<ReferenceFilter, 'exclude'>]-?: fc.Arbitrary<unknown> } = {
        ids: fc.array(fc.integer({ min: 0, max: COUNT + 5 }).map(idOf), { maxLength: 40 }),
        bbox: fc
          .tuple(longitude, latitude, longitude, latitude)
          .map(([west, a, east, b]) => ({ west, south: Math.min(a, b), east, north: Math.max(a, b) })),
        near: fc.record({ lat: latitude, lon: longitude, km: fc.double({ min: 0.01, max: 9000, noNaN: true }) }),
        country: fc.array(fc.constantFrom('PL', 'de', 'XX'), { maxLength: 2 }),
        capturedAfter: time,
        capturedBefore: time,
        sequence: fc.array(fc.constantFrom('s1', 's2', 'S1', 'none'), { maxLength: 2 }),
        author: fc.array(fc.constantFrom('ann', 'a*b?', 'a*', 'zoe'), { maxLength: 2 }),
        source: fc.array(fc.constantFrom('walk/', 'walk%', 'drive', 'drive_1/2', 'Walk', ''), { maxLength: 2 }),
        sourceRoot: fc.array(fc.constantFrom('0', '1', 'none'), { maxLength: 2 }),
        hasSequence: fc.boolean(),
      };
      const few = fc
        .subarray(Object.keys(conditions) as (keyof typeof conditions)[], { minLength: 1, maxLength: 2 })
        .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, conditions[name]]))));

      it('means in lists and searches what its words say, with exclusions and at every bound', async () => {
        await apply(
          ...all.map((one, i) => ({ ...photo(i, facts(i)), source: one.sources[0] as PhotoChange['source'] })),
        );
        expect(await sees(COUNT)).toBe(true);
        const { reader, catalogue } = await opened();
        const roots = new Map((await catalogue.facets()).sources.map(({ id, name }) => [name, id]));
        const withIds = <F extends { sourceRoot?: unknown }>({ sourceRoot, ...rest }: F) => ({
          ...rest,
          ...(sourceRoot ? { sourceRoot: (sourceRoot as string[]).map((name) => roots.get(name) ?? 'none') } : {}),
        });
        let some = 0;
        await fc.assert(
          fc.asyncProperty(fc.option(few), fc.option(few), async (include, exclude) => {
            const filter = {
              ...withIds(include ?? {}),
              ...(exclude && { exclude: withIds(exclude) }),
            } as ReferenceFilter;
            const holds = (wanted: object | null) => (one: StoredReference) => conditionsOf(one, wanted ?? {});
            const expected = all.filter(
              (one) => holds(include)(one).every(Boolean) && !holds(exclude)(one).some(Boolean),
            );
            const ids = expected.map(({ id }) => id).sort();
            expect((await reader.list({ filter, limit: 1000 })).references.map(({ id }) => id).sort()).toEqual(ids);
            const hits = await reader.neighbours(vectorOf(9999), { k: 1000, filter });
            expect(hits.map(({ id }) => id).sort()).toEqual(ids);
            if (ids.length > 0 && ids.length < COUNT) some++;
          }),
          { numRuns: 150 },
        );
        expect(some).toBeGreaterThan(30);
      });
    });

    describe('the catalogue', () => {
      it('counts cells, sources and years, of everything and of a choice', async () => {
        const at = (i: number) => ({ lat: 50 + (i % 3) * 10, lon: 10 + i * 1e-5 });
        const year = (i: number) => (i % 4 === 0 ? null : `201${i % 4}-06-01T00:00:00Z`);
        await apply(
          ...Array.from({ length: 24 }, (_, i) =>
            photo(
              i,
              { point: at(i), capturedAt: year(i), iso2: i % 2 ? 'PL' : 'DE', sequence: i % 3 ? 'w' : null },
              { root: `/r/${i % 2 ? 'odd' : 'even'}` },
            ),
          ),
        );
        const { catalogue } = await opened();
        const world = { bbox: { west: -180, south: -90, east: 180, north: 90 }, resolution: 3 };
        const sum = async (query = {}) =>
          (await catalogue.coverage({ ...world, ...query })).cells.reduce((n, { count }) => n + count, 0);
        const { cells } = await catalogue.coverage(world);
        expect(cells.map(({ count }) => count).sort()).toEqual([8, 8, 8]);
        for (const { point } of cells)
          expect(
            [50, 60, 70].some((lat) => distanceKm(point ?? { lat: 0, lon: 0 }, { lat, lon: 10.0001 }) < 0.05),
          ).toBe(true);
        const facets = await catalogue.facets();
        expect(facets.sources.map(({ name, references }) => [name, references]).sort()).toEqual([
          ['even', 12],
          ['odd', 12],
        ]);
        expect(facets.years).toEqual([null, 2011, 2012, 2013].map((value) => ({ year: value, references: 6 })));
        expect(facets.sources.map(({ id }) => id).join()).not.toContain('/r');
        for (const { id } of facets.sources) expect(await sum({ source: id })).toBe(12);
        expect(await sum({ source: 'no such source' })).toBe(0);
        expect([
          await sum({ yearFrom: 2012 }),
          await sum({ yearTo: 2011 }),
          await sum({ yearFrom: 2012, yearTo: 2012 }),
        ]).toEqual([12, 6, 6]);
        expect([
          await sum({ country: ['PL'] }),
          await sum({ country: ['PL', 'DE'] }),
          await sum({ country: ['FR'] }),
        ]).toEqual([12, 24, 0]);
        expect([await sum({ hasSequence: true }), await sum({ hasSequence: false })]).toEqual([16, 8]);
        await store.maintenance.remove([idOf(0)]);
        const fine = await catalogue.coverage({
          ...world,
          bbox: { west: 9, south: 59, east: 11, north: 61 },
          resolution: 9,
        });
        expect(fine.cells.reduce((n, { count }) => n + count, 0)).toBe(8);
        expect(await sum()).toBe(23);
      });

      it('counts a photo in every cell above its finest one, at the middle on the sphere of what the cell holds', async () => {
        const at = (i: number) => ({ lat: 52.5 + (i % 5) * 0.4, lon: 13 + i * 0.25 });
        const numbers = Array.from({ length: 30 }, (_, i) => i);
        await apply(...numbers.map((i) => photo(i, { point: at(i) })));
        const { catalogue } = await opened();
        for (const resolution of [0, 1, 3, 5]) {
          const cellOfPhoto = (i: number) => parentCell(cellOf(at(i)), resolution);
          const { cells } = await catalogue.coverage({
            bbox: { west: -180, south: -90, east: 180, north: 90 },
            resolution,
          });
          expect(cells.map(({ cell }) => cell).sort()).toEqual([...new Set(numbers.map(cellOfPhoto))].sort());
          for (const { cell, count, point, id } of cells) {
            const held = numbers.filter((i) => cellOfPhoto(i) === cell);
            expect([count, id]).toEqual([held.length, held.length === 1 ? idOf(held[0] ?? -1) : null]);
            const sum = (axis: 0 | 1 | 2) => held.reduce((total, i) => total + toSphere(at(i))[axis], 0);
            const middle = fromSphere([sum(0), sum(1), sum(2)]);
            expect(distanceKm(point ?? { lat: 0, lon: 0 }, middle)).toBeLessThan(0.002);
          }
        }
      });
    });

    describe('the summary', () => {
      const COUNTRIES = ['PL', 'DE', 'FR', null] as const;
      const facts = (i: number) => ({
        iso2: COUNTRIES[i % 4] ?? null,
        author: `a${i % 3}`,
        sequence: i % 5 === 0 ? `walk ${i % 10}` : null,
        point: { lat: 10 + (i % 11), lon: 20 + (i % 2) * 1e-4 },
      });
      const COUNT = 40;
      const changes = () => Array.from({ length: COUNT }, (_, i) => photo(i, facts(i)));

      /** By the words of the port: groups in the order of ids, each by its member of smallest id. */
      function means(members: readonly number[]): Map<string, { groups: number; mean: number[] }> {
        const sorted = members.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
        const founders: number[] = [];
        const walks = new Set<string>();
        for (const i of sorted) {
          const { sequence, point } = facts(i);
          const joins = sequence !== null && walks.has(sequence);
          if (sequence !== null) walks.add(sequence);
          if (!joins && !founders.some((other) => distanceKm(facts(other).point, point) <= SPOT_KM)) founders.push(i);
        }
        const byCountry = new Map<string, { groups: number; mean: number[] }>();
        for (const country of ['PL', 'DE', 'FR']) {
          const own = founders.filter((i) => facts(i).iso2 === country);
          const mean = Array.from(
            { length: MODEL.dimension },
            (_, d) => own.reduce((sum, i) => sum + (vectorOf(i)[d] as number), 0) / own.length,
          );
          if (own.length > 0) byCountry.set(country, { groups: own.length, mean });
        }
        return byCountry;
      }

      const everything = Array.from({ length: COUNT }, (_, i) => i);
      const settled = async () => {
        const wanted = means(everything).size;
        await eventually(
          async () => (await (await opened()).summaries.summary()).countryMeans.length === wanted,
          SEEN_WITHIN_MS,
        );
        expect(await sees(COUNT)).toBe(true);
        return (await opened()).summaries;
      };
      const expectMeans = (
        given: { countryMeans: readonly { iso2: string; groups: number; mean: Float32Array }[] },
        members: number[],
      ) => {
        const expected = means(members);
        expect(given.countryMeans.map(({ iso2 }) => iso2)).toEqual([...expected.keys()].sort());
        for (const { iso2, groups, mean } of given.countryMeans) {
          expect(groups).toBe(expected.get(iso2)?.groups);
          expect(
            Math.max(...[...mean].map((x, d) => Math.abs(x - (expected.get(iso2)?.mean[d] as number)))),
          ).toBeLessThan(1e-5);
        }
      };

      it('holds each country by its groups, whatever the order in which they came', async () => {
        await apply(...changes().reverse());
        expectMeans(await (await settled()).summary(), everything);
      });

      it('has one version while nothing changes, and is another one in an index that is opened after a change', async () => {
        await apply(...changes());
        const summaries = await settled();
        const before = await summaries.summary();
        expect((await summaries.summary()).version).toBe(before.version);
        await apply(photo(COUNT, { iso2: 'IT' }));
        const after = await store.open();
        const { countryMeans } = await after.summaries.summary();
        expect(countryMeans.map(({ iso2 }) => iso2)).toEqual(['DE', 'FR', 'IT', 'PL']);
        await after.close();
      });

      it('is without some what it would be if they had never been there', async () => {
        await apply(...changes());
        const summaries = await settled();
        const whole = await summaries.summary();
        const without = await summaries.summaryWithout({ author: ['a1'] });
        expectMeans(
          without,
          everything.filter((i) => i % 3 !== 1),
        );
        expect(without.version).not.toBe(whole.version);
        expect((await summaries.summaryWithout({ author: ['nobody'] })).version).toBe(whole.version);
        expectMeans(
          await summaries.summaryWithout({ country: ['PL'] }),
          everything.filter((i) => facts(i).iso2 !== 'PL'),
        );
      });
    });
  });
}

/** A filter by its words in the port, independent of any engine. */
function conditionsOf(one: StoredReference, filter: Omit<ReferenceFilter, 'exclude'>): boolean[] {
  const among = (values: readonly string[], value: string | null) => value !== null && values.includes(value);
  const ms = (text: string) =>
    Date.parse(/T.*(Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`);
  const takenMs = one.capturedAt === null ? Number.NaN : ms(one.capturedAt);
  const tests: { readonly [Name in keyof typeof filter]-?: (value: never) => boolean } = {
    ids: (ids: string[]) => ids.includes(one.id),
    bbox: ({ west, south, east, north }: { west: number; south: number; east: number; north: number }) => {
      const { lat, lon } = one.point;
      const within = (x: number) => (west <= east ? x >= west && x <= east : x >= west || x <= east);
      return lat >= south && lat <= north && (within(lon) || (Math.abs(lon) === 180 && (within(180) || within(-180))));
    },
    near: (near: { lat: number; lon: number; km: number }) => distanceKm(near, one.point) <= near.km,
    country: (codes: string[]) =>
      among(
        codes.map((code) => code.toUpperCase()),
        one.iso2,
      ),
    capturedAfter: (time: string) => takenMs >= ms(time),
    capturedBefore: (time: string) => takenMs <= (time.includes('T') ? ms(time) : ms(time) + 86_400_000 - 1),
    sequence: (names: string[]) => among(names, one.sequence),
    author: (names: string[]) => among(names, one.author),
    source: (starts: string[]) => one.sources.some(({ path }) => starts.some((start) => path.startsWith(start))),
    sourceRoot: (names: string[]) => one.sources.some(({ root }) => names.includes(root.split('/').at(-1) as string)),
    hasSequence: (wanted: boolean) => (one.sequence !== null) === wanted,
  };
  return Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => tests[name as keyof typeof tests](value as never));
}
