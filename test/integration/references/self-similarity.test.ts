import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import type { Reference } from '../../../src/domain/reference.js';
import { cosine, toUnitVector, type UnitVector } from '../../../src/domain/unit-vector.js';
import { destination } from '../../../src/geo/distance.js';
import { fromSphere } from '../../../src/geo/sphere.js';
import { DEFAULT_PROFILE } from '../../../src/locate/blend-profile.js';
import { Locator } from '../../../src/locate/locator.js';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { rebuildGraph } from '../../../src/references/embedded/rebuild-graph.js';
import type { SelfSimilarity } from '../../../src/references/summaries.js';
import { idOf, MODEL, referenceOf, seeded, temporaryFolder, vectorOf } from '../../support/references.js';
import { gazetteerOf, toyWorld } from '../../support/toy-world.js';

interface Photo {
  readonly facts: Partial<Reference> & { readonly point: GeoPoint };
  readonly vector: UnitVector;
}

async function indexOf(photos: readonly Photo[]): Promise<string> {
  const folder = temporaryFolder();
  const writer = await openWriter(folder, MODEL);
  writer.transaction((tx) => {
    photos.forEach(({ facts, vector }, i) => {
      tx.put(referenceOf(i, facts), vector);
    });
  });
  await writer.checkpoint();
  await writer.close();
  return folder;
}

async function measured(folder: string): Promise<SelfSimilarity | null> {
  const reader = await openReader(folder);
  try {
    return (await reader.summary()).selfSimilarity;
  } finally {
    await reader.close();
  }
}

const similarityOf = async (photos: readonly Photo[]) => measured(await indexOf(photos));

/** Photos of one town: alike, a kilometre or two apart, each by an author of its own. */
function townOf(centre: GeoPoint, photos: number, seed: number, blur: number): Photo[] {
  const random = seeded(seed);
  const look = vectorOf(seed);
  return Array.from({ length: photos }, (_, n) => ({
    facts: { point: destination(centre, random() * 360, 0.1 + random() * 2), author: `author ${seed} ${n}` },
    vector: toUnitVector(look.map((value) => value + blur * (random() - 0.5))),
  }));
}

/** Towns all over the Earth but within 2,000 km of the south pole. */
function worldOf(towns: number, photos: number, seed: number): Photo[] {
  const random = seeded(seed);
  const normal = () => random() + random() + random() - 1.5;
  return Array.from({ length: towns }, (_, t) => {
    const { lat, lon } = fromSphere([normal(), normal(), normal()]);
    return townOf({ lat: Math.max(-70, lat), lon }, photos, 1000 * (seed % 1000) + t, 0.2 + 0.3 * random());
  }).flat();
}

/** The cosine of each photo's nearest that is another's, by brute force. */
function nearestOthers(photos: readonly Photo[], independent: (a: Photo, b: Photo) => boolean): number[] {
  return photos.flatMap((a) => {
    const cosines = photos.filter((b) => b !== a && independent(a, b)).map((b) => cosine(a.vector, b.vector));
    return cosines.length === 0 ? [] : [Math.max(...cosines)];
  });
}

describe('how alike an index’s scenes are', () => {
  it('is measured within 25 km: not against other towns', async () => {
    const world = worldOf(60, 3, 5);
    const own = await similarityOf(world);
    const town = (photo: Photo) => photo.facts.author?.split(' ')[1];
    const cosines = nearestOthers(world, (a, b) => town(a) === town(b)).sort((a, b) => a - b);
    expect(own?.count).toBe(180);
    const quantiles = new Map(own?.quantiles);
    expect(quantiles.get(0)).toBeCloseTo(cosines[0] as number, 5);
    expect(quantiles.get(1)).toBeCloseTo(cosines.at(-1) as number, 5);
    expect(quantiles.get(0.5)).toBeCloseTo(cosines[89] as number, 5);
  });

  it.each<[string, (photo: Photo, i: number) => Photo]>([
    [
      'there is one photo of each place',
      ({ facts, ...rest }, i) => ({ ...rest, facts: { ...facts, point: { lat: -60 + (i % 12) * 10, lon: i } } }),
    ],
    [
      'each town is one author’s',
      ({ facts, ...rest }, i) => ({ ...rest, facts: { ...facts, author: `author ${i % 60}` } }),
    ],
    [
      'each town is one walk’s',
      ({ facts, ...rest }, i) => ({ ...rest, facts: { ...facts, sequence: `walk ${i % 60}` } }),
    ],
    [
      'the others are at the very same spot',
      ({ facts, ...rest }, i) => ({
        ...rest,
        facts: { ...facts, point: { lat: (i % 60) + 0.0001 * (i % 2), lon: 10 } },
      }),
    ],
  ])('is not known where %s', async (_, change) => {
    const towns = Array.from({ length: 60 }, (_, t) => townOf({ lat: t - 20, lon: 2 * t }, 3, t, 0.3));
    // Of each town one after the other, so that i % 60 is the town.
    const photos = [0, 1, 2].flatMap((n) => towns.map((town) => town[n] as Photo));
    expect((await similarityOf(photos))?.count).toBe(180);
    expect(await similarityOf(photos.map(change))).toBeNull();
  });

  it('takes an unknown author, and no walk, for another than any', async () => {
    const anonymous = worldOf(60, 3, 8).map(({ facts, vector }) => ({ facts: { ...facts, author: null }, vector }));
    expect((await similarityOf(anonymous))?.count).toBe(180);
  });

  it('is not known of an index that an older version measured, until it is written or rebuilt', async () => {
    const folder = await indexOf(worldOf(60, 3, 9));
    const expected = await measured(folder);
    const file = join(folder, 'manifest.json');
    const { own_nearest: _, ...older } = JSON.parse(readFileSync(file, 'utf8'));
    const outdate = () =>
      writeFileSync(
        file,
        JSON.stringify({ ...older, self_similarity: { q05: 0.1, q25: 0.2, count: 180, references: 180 } }),
      );
    outdate();
    expect(await measured(folder)).toBeNull();
    const writer = await openWriter(folder, MODEL);
    await writer.checkpoint();
    await writer.close();
    expect(await measured(folder)).toEqual(expected);
    outdate();
    await rebuildGraph(folder);
    expect(await measured(folder)).toEqual(expected);
  });

  it('is moved by a dense town far away, however many photos it has, by no more than one vote of the Earth', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(900), fc.integer({ min: 8, max: 400 }), fc.boolean(), async (seed, photos, alike) => {
        const world = worldOf(60, 8, seed);
        const [before, after] = [
          await similarityOf(world),
          await similarityOf([...world, ...townOf({ lat: -85, lon: 0 }, photos, seed + 7, alike ? 0.01 : 3)]),
        ];
        const at = (share: number) => before?.quantiles.find(([one]) => one === share)?.[1] as number;
        // Some 60 votes: one moves 5 % to no less than 3.4 % and no more than 5.1 %, and 25 % as little.
        expect(after?.q05).toBeGreaterThanOrEqual(at(0.01));
        expect(after?.q05).toBeLessThanOrEqual(at(0.1));
        expect(after?.q25).toBeGreaterThanOrEqual(at(0.1));
        expect(after?.q25).toBeLessThanOrEqual(at(0.5));
      }),
      { numRuns: 3 },
    );
  });

  it('leaves answers elsewhere as they were but for that: a dense town far away is no evidence there', async () => {
    const gazetteer = gazetteerOf(toyWorld(1));
    await fc.assert(
      fc.asyncProperty(fc.nat(900), fc.integer({ min: 1, max: 400 }), async (seed, photos) => {
        const world = worldOf(60, 4, seed);
        const look = (world[seed % world.length] as Photo).vector;
        const query = toUnitVector(look.map((value, i) => value + 0.5 * (vectorOf(seed)[i] as number)));
        const town = townOf({ lat: -85, lon: 0 }, photos, seed + 7, 0).map(({ facts }, n) => ({
          facts,
          vector: toUnitVector(query.map((value, i) => 0.3 * (vectorOf(n)[i] as number) - value)),
        }));
        const judge = async (references: readonly Photo[], gate?: { tau: number; delta: number }) => {
          const reader = await openReader(await indexOf(references));
          const { retrieval, ...rest } = DEFAULT_PROFILE;
          const not_indexed = { ...retrieval.not_indexed, ...gate };
          const profile = { ...rest, retrieval: { ...retrieval, not_indexed } };
          const locator = new Locator(reader, null, gazetteer, 20, { profile });
          const { took_ms, index_coverage, ...answer } = await locator.locate({ vector: query }, { posterior: true });
          const own = (await reader.summary()).selfSimilarity as SelfSimilarity;
          await reader.close();
          const step = own.q25 - own.q05;
          return { answer, tau: own.q05 - step, delta: step / 4 };
        };
        const [before, after] = [await judge(world), await judge([...world, ...town])];
        expect((await judge([...world, ...town], before)).answer).toEqual(before.answer);
        expect((await judge(world, after)).answer).toEqual(after.answer);
      }),
      { numRuns: 3 },
    );
  });

  it('is the same when many are compared by the graph as one by one', async () => {
    // Over 2,000 others within 25 km.
    const city = townOf({ lat: 10, lon: 10 }, 2_300, 3, 0.6);
    const own = await similarityOf(city);
    expect(own?.count).toBe(250);
    const sample = new Set(
      city
        .map((_, i) => idOf(i))
        .sort()
        .slice(0, 250),
    );
    const exact = city
      .flatMap((a, i) =>
        sample.has(idOf(i)) ? [Math.max(...city.map((b) => (a === b ? -1 : cosine(a.vector, b.vector))))] : [],
      )
      .sort((a, b) => a - b);
    expect(own?.quantiles.at(-1)?.[1]).toBeCloseTo(exact.at(-1) as number, 5);
    expect(own?.q25).toBeCloseTo(exact[62] as number, 2);
  });
});
