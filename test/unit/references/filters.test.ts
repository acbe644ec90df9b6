import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BoundingBox } from '../../../src/domain/geo-point.js';
import type { EmbeddedReader } from '../../../src/references/embedded/embedded-reader.js';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import type { ReferenceFilter } from '../../../src/references/reader.js';
import { idOf, MODEL, referenceOf, seeded, sourceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const COUNT = 300;
const folder = temporaryFolder();
let reader: EmbeddedReader;

/** References in clumps, some on 180° and at a pole, some with facts missing. */
function photo(i: number) {
  const random = seeded(i + 17);
  const lons = [-180, 180, 179.9999, -179.9999, 0, 10, 10.001];
  const lats = [90, -90, 0, 50, 50.001];
  const point = {
    lat: i % 3 === 0 ? (lats[i % lats.length] as number) : random() * 180 - 90,
    lon: i % 4 === 0 ? (lons[i % lons.length] as number) : random() * 360 - 180,
  };
  const times = ['2020-01-01T00:00:00Z', '2020-01-01T02:00:00+03:00', '2020-06-01', '2021-03-04T05:06:07', null];
  return referenceOf(i, {
    point,
    iso2: (['PL', 'DE', 'FR', null] as const)[i % 4] ?? null,
    author: (['ann', 'bob', null] as const)[i % 3] ?? null,
    sequence: i % 5 === 0 ? null : `s${i % 7}`,
    capturedAt: times[i % times.length] ?? null,
  });
}

beforeAll(async () => {
  const writer = await openWriter(folder, MODEL);
  writer.transaction((tx) => {
    for (let i = 0; i < COUNT; i++) {
      tx.put(photo(i), vectorOf(i));
      tx.putSource(
        idOf(i),
        sourceOf(i, { path: `${['walk', 'walk%', 'drive_1'][i % 3]}/${i}.jpg`, root: `/photos/${i % 2}` }),
      );
    }
  });
  await writer.close();
  reader = await openReader(folder);
});

afterAll(() => reader.close());

const longitude = fc.oneof(fc.constantFrom(-180, 180, 0, 10), fc.double({ min: -180, max: 180, noNaN: true }));
const latitude = fc.oneof(fc.constantFrom(-90, 90, 0, 50), fc.double({ min: -90, max: 90, noNaN: true }));
const box: fc.Arbitrary<BoundingBox> = fc
  .tuple(longitude, latitude, longitude, latitude)
  .map(([west, a, east, b]) => ({ west, south: Math.min(a, b), east, north: Math.max(a, b) }));
const time = fc.constantFrom('2020-01-01', '2019-12-31T23:00:00Z', '2020-06-01T00:00:00', '2021-03-04T05:06:07Z');
const conditions = fc.record(
  {
    ids: fc.array(fc.integer({ min: 0, max: COUNT + 5 }).map(idOf), { maxLength: 40 }),
    bbox: box,
    near: fc.record({ lat: latitude, lon: longitude, km: fc.double({ min: 0.01, max: 9000, noNaN: true }) }),
    country: fc.array(fc.constantFrom('PL', 'de', 'XX'), { maxLength: 2 }),
    capturedAfter: time,
    capturedBefore: time,
    sequence: fc.array(fc.constantFrom('s1', 's2', 'none'), { maxLength: 2 }),
    author: fc.array(fc.constantFrom('ann', 'zoe'), { maxLength: 2 }),
    source: fc.array(fc.constantFrom('walk/', 'walk%', 'drive', 'drive_1/2', ''), { maxLength: 2 }),
    sourceRoot: fc.array(fc.constantFrom(1, 2, 99), { maxLength: 2 }),
    hasSequence: fc.boolean(),
  },
  { requiredKeys: [] },
);
/** One or two conditions at a time: with eleven, nearly nothing passes. */
const few = conditions.chain((all) =>
  fc
    .subarray(Object.keys(all) as (keyof typeof all)[], { maxLength: 2 })
    .map((keys) => Object.fromEntries(keys.map((key) => [key, all[key]]))),
) as fc.Arbitrary<Omit<ReferenceFilter, 'exclude'>>;
const filter = fc
  .tuple(few, few, fc.boolean())
  .map(([include, exclude, both]) => (both ? { ...include, exclude } : include));

async function listAll(wanted: ReferenceFilter, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await reader.list({ filter: wanted, limit, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.references.map((reference) => reference.id));
    cursor = page.cursor;
  }
  return ids;
}

/** Of the photos that have one of the five times. */
function idsOf(kinds: readonly number[]): string[] {
  const all = Array.from({ length: COUNT }, (_, i) => i);
  return all
    .filter((i) => kinds.includes(i % 5))
    .map(idOf)
    .sort();
}

describe('a filter', () => {
  it('means the same in SQL and in memory', async () => {
    let nonEmpty = 0;
    await fc.assert(
      fc.asyncProperty(filter, async (wanted) => {
        const found = await reader.neighbours(vectorOf(9999), { k: COUNT, filter: wanted });
        const listed = await listAll(wanted, 1000);
        if (listed.length > 0 && listed.length < COUNT) nonEmpty++;
        expect(found.map((neighbour) => neighbour.id).sort()).toEqual([...listed].sort());
      }),
      { numRuns: 300 },
    );
    expect(nonEmpty).toBeGreaterThan(50);
  });

  it('takes away with exclude exactly what it gives without, and both together are all', async () => {
    await fc.assert(
      fc.asyncProperty(few, async (condition) => {
        fc.pre(Object.keys(condition).length === 1);
        const without = await listAll({ exclude: condition }, 1000);
        const only = await listAll(condition, 1000);
        expect([...only, ...without].sort()).toEqual(Array.from({ length: COUNT }, (_, i) => idOf(i)).sort());
      }),
      { numRuns: 100 },
    );
  });

  it('of a box across 180° gives both sides of it', async () => {
    const ids = await listAll({ bbox: { west: 179.999, south: -90, east: -179.999, north: 90 } }, 1000);
    const expected = Array.from({ length: COUNT }, (_, i) => photo(i)).filter(
      ({ point }) => Math.abs(point.lon) >= 179.999,
    );
    expect(expected.length).toBeGreaterThan(10);
    expect(ids.sort()).toEqual(expected.map(({ id }) => id).sort());
  });

  it('reads a time without a zone as UTC, and one with a zone by its zone', async () => {
    const ids = await listAll({ capturedBefore: '2019-12-31T23:59:59Z' }, 1000);
    expect(ids.sort()).toEqual(idsOf([1]));
  });

  it.each<[ReferenceFilter, readonly number[]]>([
    [{ capturedBefore: '2020-01-01T00:00:00Z' }, [0, 1]],
    [{ capturedBefore: '2020-01-01T01:00:00+01:00' }, [0, 1]],
    [{ capturedBefore: '2019-12-31' }, [1]],
    [{ capturedBefore: '2020-01-01' }, [0, 1]],
    [{ capturedBefore: '2020-06-01' }, [0, 1, 2]],
    [{ capturedBefore: '2021-03-04' }, [0, 1, 2, 3]],
    [{ capturedBefore: '2021-03-03' }, [0, 1, 2]],
    [{ capturedBefore: '2021-03-04T05:06:07' }, [0, 1, 2, 3]],
    [{ capturedBefore: '2021-03-04T05:06:06.999Z' }, [0, 1, 2]],
    [{ capturedAfter: '2021-03-04T05:06:07Z' }, [3]],
    [{ capturedAfter: '2021-03-04' }, [3]],
    [{ capturedAfter: '2021-03-05' }, []],
    [{ capturedAfter: '2020-06-01', capturedBefore: '2020-06-01' }, [2]],
    [{ exclude: { capturedBefore: '2020-06-01' } }, [3, 4]],
    [{ exclude: { capturedAfter: '2020-06-01' } }, [0, 1, 4]],
  ])('%j includes its bounds, a date alone its whole day, in SQL and in memory', async (wanted, kinds) => {
    expect((await listAll(wanted, 1000)).sort()).toEqual(idsOf(kinds));
    const found = await reader.neighbours(vectorOf(9999), { k: COUNT, filter: wanted });
    expect(found.map(({ id }) => id).sort()).toEqual(idsOf(kinds));
  });

  it('with a time that is none is refused', async () => {
    await expect(listAll({ capturedAfter: 'soon' }, 10)).rejects.toMatchObject({ code: 'bad_time' });
    await expect(reader.neighbours(vectorOf(1), { k: 5, filter: { capturedAfter: 'soon' } })).rejects.toMatchObject({
      code: 'bad_time',
      family: 'caller',
    });
  });
});

describe('a list', () => {
  it('is the same in pages of any size, in the order of insertion', async () => {
    const all = await listAll({}, 1000);
    expect(all).toEqual(Array.from({ length: COUNT }, (_, i) => idOf(i)));
    for (const limit of [1, 7, 299, 300, 301]) expect(await listAll({}, limit)).toEqual(all);
  });

  it('refuses a cursor that no page gave, and a limit out of range', async () => {
    await expect(reader.list({ limit: 10, cursor: 'nonsense' })).rejects.toMatchObject({ code: 'bad_cursor' });
    await expect(reader.list({ limit: 0 })).rejects.toMatchObject({ code: 'limit_out_of_range' });
  });
});
