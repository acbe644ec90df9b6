import { afterEach, describe, expect, it } from '@jest/globals';
import { referenceUuid } from '../../src/references/weaviate/cluster-objects.js';
import type { Change } from '../../src/references/writer.js';
import { idOf, MODEL } from '../support/references.js';
import { askNode, emptyPlace, type Place } from './support/clusters.js';
import { photo, photos } from './support/photos.js';
import { type Meddler, meddler } from './support/proxies.js';

let place: Place;
let between: Meddler | null = null;

afterEach(async () => {
  await between?.close();
  between = null;
  await place.dispose();
});

const apply = (store: Place['store'], ...changes: Change[]) => store.write(MODEL, (writer) => writer.apply(changes));
const did = async (...asked: Parameters<typeof apply>) => (await apply(...asked)).map((result) => result.did);

/** A store whose corrections meet `meddle` first. */
async function storeWhosePatches(meddle: () => Promise<number | undefined>) {
  between = await meddler(0, async ({ method }) => (method === 'PATCH' ? meddle() : undefined));
  return place.another(between.address);
}

describe('a correction', () => {
  it.each([
    ['is stored as new where its vector is at hand', true, 'added'],
    ['is said to be missing where it is not', false, 'missing'],
  ])('of a reference that another deleted meanwhile %s', async (_what, embedded, expected) => {
    place = emptyPlace();
    const one = photo(1);
    await apply(place.store, one, photo(2));
    let deleted = 0;
    const store = await storeWhosePatches(async () => {
      if (deleted++ === 0) await place.store.maintenance.remove([idOf(1)]);
      return undefined;
    });
    const other = photo(1, { path: 'copy.jpg' });
    const results = await did(store, embedded ? other : { ...other, embedded: null }, photo(2));
    expect(results).toEqual([expected, 'unchanged']);
    expect(deleted).toBe(1);
    const index = await place.store.open();
    expect(await index.catalogue.counts()).toEqual({
      references: embedded ? 2 : 1,
      sources: embedded ? 2 : 1,
      conflicts: 0,
    });
    expect((await index.known.files([other.source]))[0]?.source?.id ?? null).toBe(embedded ? idOf(1) : null);
  });

  it('waits where the cluster has too much to do, and is not lost', async () => {
    place = emptyPlace();
    await apply(place.store, ...photos(0, 10));
    let refused = 0;
    const store = await storeWhosePatches(async () => (refused++ < 25 ? 429 : undefined));
    const corrected = photos(0, 10).map((one) => ({
      ...one,
      embedded: null,
      facts: { ...one.facts, author: 'ann' },
    }));
    expect(await did(store, ...corrected)).toEqual(Array(10).fill('updated'));
    expect(refused).toBeGreaterThan(25);
    const { reader } = await place.store.open();
    expect((await reader.list({ limit: 100 })).references.map(({ author }) => author)).toEqual(Array(10).fill('ann'));
  });

  it('of a source leaves the facts to whoever has the say', async () => {
    place = emptyPlace();
    await apply(place.store, photo(1, { path: 'a.jpg' }));
    const first = { ...photo(1, { path: 'a.jpg' }), embedded: null };
    const corrected = { ...first, facts: { ...first.facts, author: 'ann' } };
    // What links the copy has read the reference before it was corrected.
    let once = true;
    const store = await storeWhosePatches(async () => {
      if (once) {
        once = false;
        await apply(place.store, corrected);
      }
      return undefined;
    });
    expect(await did(store, { ...photo(1, { path: 'b.jpg' }), embedded: null })).toEqual(['linked']);
    const { reader } = await place.store.open();
    expect(await reader.get(idOf(1))).toMatchObject({ author: 'ann', sources: [{ path: 'a.jpg' }, { path: 'b.jpg' }] });
  });
});

describe('a delete that was cut short', () => {
  it('is done by the same delete again', async () => {
    place = emptyPlace();
    await apply(place.store, ...photos(0, 3), photo(1, { path: 'copy.jpg' }));
    const path = `/objects/${place.name}/${referenceUuid(MODEL.modelId, idOf(1))}?consistency_level=ALL`;
    expect((await askNode(0, 'DELETE', path)).status).toBe(204);
    expect(await place.store.maintenance.remove([idOf(1), idOf(2)])).toEqual({
      deleted: [idOf(2)],
      missing: [idOf(1)],
    });
    const index = await place.store.open();
    expect(await index.catalogue.counts()).toEqual({ references: 1, sources: 1, conflicts: 0 });
    expect((await index.known.files([photo(1).source]))[0]?.source).toBeNull();
  });
});

describe('two who write at once', () => {
  it('begin the same index at once', async () => {
    for (let times = 0; times < 5; times++) {
      place = emptyPlace();
      const stores = [place.store, place.another(), place.another()];
      const results = await Promise.all(stores.map((store, i) => did(store, photo(i))));
      expect(results).toEqual(stores.map(() => ['added']));
      if (times < 4) await place.dispose();
    }
  });

  it('do not undo what the other has corrected or deleted, by sending again what they added last', async () => {
    place = emptyPlace();
    const other = place.another();
    await place.store.write(MODEL, async (writer) => {
      await writer.apply(photos(0, 3));
      await other.maintenance.remove([idOf(1)]);
      const corrected = { ...photo(2), embedded: null };
      expect(await did(other, { ...corrected, facts: { ...corrected.facts, author: 'ann' } })).toEqual(['updated']);
    });
    const { reader, catalogue } = await place.another().open();
    expect(await catalogue.counts()).toMatchObject({ references: 2, sources: 2 });
    expect([await reader.get(idOf(1)), (await reader.get(idOf(2)))?.author]).toEqual([null, 'ann']);
  });

  it('lose nothing and store nothing twice, whether they meet the same photos or do the same part', async () => {
    place = emptyPlace();
    const other = place.another();
    await place.store.write(MODEL, async () => undefined);
    const all = async (store: Place['store'], source: object) => {
      await store.write(MODEL, async (writer) => {
        for (let at = 0; at < 60; at += 20) await writer.apply(photos(at, at + 20, source));
      });
    };
    await Promise.all([all(place.store, {}), all(other, {}), all(place.another(), { root: '/elsewhere' })]);
    const index = await place.store.open();
    expect(await index.catalogue.counts()).toEqual({ references: 60, sources: 120, conflicts: 0 });
    const { references } = await index.reader.list({ limit: 1000 });
    expect(references.map(({ id }) => id)).toEqual(Array.from({ length: 60 }, (_, i) => idOf(i)).sort());
    for (const { sources } of references) expect(sources.map(({ root }) => root)).toEqual(['/elsewhere', '/photos']);
    expect((await index.reader.vectors(references.map(({ id }) => id))).size).toBe(60);
    expect(await did(other, ...photos(0, 60))).toEqual(Array(60).fill('unchanged'));
  });
});
