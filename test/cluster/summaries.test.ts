import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { distanceKm } from '../../src/geo/distance.js';
import type { OpenIndex } from '../../src/references/store.js';
import type { PhotoChange } from '../../src/references/writer.js';
import { idOf, MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../support/references.js';
import { emptyPlace, storeAt } from './support/clusters.js';

const COUNT = 400;
const WORLD = { bbox: { west: -180, south: -90, east: 180, north: 90 }, resolution: 4 };

/** Towns of a few streets, so that scenes have others of their place. */
function photo(i: number): PhotoChange {
  const facts = {
    point: { lat: 40 + (i % 8) + 0.001 * (i % 37), lon: 5 + (i % 5) + 0.001 * (i % 23) },
    iso2: ['PL', 'DE', 'FR', null][i % 4] ?? null,
    author: `a${i % 7}`,
    sequence: i % 3 === 0 ? `walk ${i % 60}` : null,
    capturedAt: i % 5 === 0 ? null : `20${10 + (i % 4)}-06-01T00:00:00Z`,
  };
  const reference = referenceOf(i, facts);
  return {
    ...{ kind: 'photo', id: idOf(i), facts: reference, iso2: facts.iso2, gone: [] },
    source: sourceOf(i, { point: facts.point, root: `/photos/${i % 2}` }),
    embedded: { reference, vector: vectorOf(i) },
  };
}

const photos = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => photo(from + i));

let place: ReturnType<typeof emptyPlace>;
const open: OpenIndex[] = [];

beforeEach(async () => {
  place = emptyPlace();
  await place.store.write(MODEL, (writer) => writer.apply(photos(0, COUNT)));
});

afterEach(async () => {
  for (const index of open.splice(0)) await index.close();
  await place.dispose();
});

/** As a server that reads what was stored, whatever the size. */
async function reading(walkedMax = 0) {
  const store = storeAt(place.location, temporaryFolder(), { walkedMax });
  const index = await store.open();
  open.push(index);
  return { store, index };
}

describe('a stored summary', () => {
  it('answers coverage, facets, means and self-similarity as a walk over all references does', async () => {
    const { store, index: stored } = await reading();
    expect(await store.maintenance.summarise()).toMatchObject({ references: COUNT });
    const { index: walked } = await reading(COUNT);
    expect(await stored.catalogue.facets()).toEqual(await walked.catalogue.facets());
    const [source] = (await walked.catalogue.facets()).sources;
    for (const query of [
      {},
      { source: source?.id ?? '' },
      { source: 'none' },
      { country: ['PL', 'FR'] },
      { yearFrom: 2011, yearTo: 2012 },
      { hasSequence: false },
      { resolution: 9, bbox: { west: 5, south: 40, east: 5.01, north: 40.01 } },
    ]) {
      const [a, b] = [stored, walked].map((index) => index.catalogue.coverage({ ...WORLD, ...query }));
      const [own, exact] = [await a, await b].map((answer) =>
        [...(answer?.cells ?? [])].sort((x, y) => (x.cell < y.cell ? -1 : 1)),
      );
      expect(own?.map(({ cell, count, id }) => [cell, count, id])).toEqual(
        exact?.map(({ cell, count, id }) => [cell, count, id]),
      );
      for (const [i, { point }] of (own ?? []).entries())
        expect(distanceKm(point ?? { lat: 0, lon: 0 }, exact?.[i]?.point ?? { lat: 9, lon: 9 })).toBeLessThan(1e-3);
    }
    const [own, exact] = [await stored.summaries.summary(), await walked.summaries.summary()];
    expect(own.countryMeans.map(({ iso2, groups }) => [iso2, groups])).toEqual(
      exact.countryMeans.map(({ iso2, groups }) => [iso2, groups]),
    );
    expect(own.selfSimilarity).toEqual(exact.selfSimilarity);
    expect(exact.selfSimilarity).not.toBeNull();
    expect(own.version).toBe(exact.version);
  });

  it('is without some what a walk says, but for groups that another would stand for', async () => {
    const { store, index: stored } = await reading();
    await store.maintenance.summarise();
    const { index: walked } = await reading(COUNT);
    const whole = await stored.summaries.summary();
    for (const exclude of [{ author: ['a1'] }, { sequence: ['walk 3', 'walk 6'] }, { country: ['pl'] }]) {
      const own = await stored.summaries.summaryWithout(exclude);
      const exact = await walked.summaries.summaryWithout(exclude);
      expect(own.version).not.toBe(whole.version);
      expect(own.countryMeans.map(({ iso2 }) => iso2)).toEqual(exact.countryMeans.map(({ iso2 }) => iso2));
      for (const [i, { groups, mean }] of own.countryMeans.entries()) {
        const other = exact.countryMeans[i];
        expect(Math.abs(groups - (other?.groups ?? 0)) / groups).toBeLessThan(0.1);
        const apart = Math.hypot(...mean.map((value, d) => value - (other?.mean[d] ?? 9)));
        expect(apart / Math.hypot(...mean)).toBeLessThan(0.25);
      }
    }
    expect((await stored.summaries.summaryWithout({ author: ['nobody'] })).version).toBe(whole.version);
  });

  it('says how old it is, stays while others write, and is replaced as a whole', async () => {
    const { store, index } = await reading();
    await expect(index.summaries.summary()).rejects.toMatchObject({ code: 'summary_missing' });
    await store.maintenance.summarise();
    const before = await index.catalogue.facets();
    expect(await index.engine()).toMatchObject({
      summaries: expect.stringMatching(/^summaries from \d+ seconds ago$/),
    });
    await place.store.write(MODEL, (writer) => writer.apply(photos(COUNT, COUNT + 10)));
    expect(await index.catalogue.facets()).toEqual(before);
    await store.maintenance.summarise();
    const sum = (facets: typeof before) => facets.years.reduce((all, { references }) => all + references, 0);
    expect([sum(before), sum(await index.catalogue.facets())]).toEqual([COUNT, COUNT + 10]);
  });

  it('is made at the end of an ingest where none is, or where a fifth has changed, and not else', async () => {
    const { store, index } = await reading();
    const made = async (from: number, to: number) => {
      await store.write(MODEL, async (writer) => {
        await writer.apply(photos(from, to));
        await writer.checkpoint();
      });
      await index.summaries.summary();
      return (await index.engine()).summaries_made_at;
    };
    const first = await made(0, COUNT);
    expect(await made(COUNT, COUNT + 20)).toBe(first);
    expect(await made(COUNT + 20, COUNT + 100)).not.toBe(first);
  });
});
