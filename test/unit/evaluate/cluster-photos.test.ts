import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ClusteredPhoto, clusterPhotos } from '../../../src/evaluate/cluster-photos.js';
import { groupPlaces } from '../../../src/evaluate/group-places.js';
import { LEAVE_OUT_RULES } from '../../../src/evaluate/leave-out.js';
import { destination, distanceKm } from '../../../src/geo/distance.js';

const FLICKR = '1000137871_cc7c4b4d9e_1258_68089917@N00.jpg';
const clusterOf = (id: string, author: string | null, sequence: string | null) =>
  clusterPhotos([{ id, truth: { lat: 0, lon: 0 }, author, sequence }], null)[0];

it.each([
  ['a.jpg', 'ann', 'walk', 'author ann'],
  ['a.jpg', null, 'walk', 'sequence walk'],
  ['a.jpg', null, null, 'photo a.jpg'],
  [FLICKR, null, null, 'author 68089917@N00'],
  [FLICKR, 'ann', null, 'author ann'],
])('%s of author %s and walk %s is one with %s', (id, author, walk, cluster) => {
  expect(clusterOf(id, author, walk)).toBe(cluster);
});

it('never takes an author for a walk of the same name, or a photo for either', () => {
  expect(new Set([clusterOf('x', 'x', null), clusterOf('x', null, 'x'), clusterOf('x', null, null)]).size).toBe(3);
});

/** A few towns some 60 km apart and across 180°, a few authors and walks. */
const photos: fc.Arbitrary<ClusteredPhoto[]> = fc
  .array(
    fc.record({
      town: fc.integer({ min: 0, max: 8 }),
      bearing: fc.integer({ min: 0, max: 359 }),
      km: fc.double({ min: 0, max: 9, noNaN: true }),
      author: fc.option(fc.constantFrom('ann', 'bob', 'cem', 'dee', 'eli'), { nil: null }),
      sequence: fc.option(fc.constantFrom('1', '2', '3'), { nil: null }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((rows) =>
    rows.map(({ town, bearing, km, author, sequence }, i) => ({
      id: `photo ${(i * 7919) % 1000}`,
      truth: destination({ lat: 60, lon: 176 + town > 180 ? town - 184 : 176 + town }, bearing, km),
      author,
      sequence,
    })),
  );

describe('clusters', () => {
  it('are no finer than authors, walks, and where places are left out, towns', () => {
    fc.assert(
      fc.property(photos, fc.constantFrom(...LEAVE_OUT_RULES, null), (some, rule) => {
        const clusters = clusterPhotos(some, rule);
        for (const [i, a] of some.entries()) {
          for (const [j, b] of some.entries()) {
            const together =
              (a.author !== null && a.author === b.author) ||
              (a.sequence !== null && a.sequence === b.sequence) ||
              (rule === 'place' && distanceKm(a.truth, b.truth) < 20);
            if (together) expect(clusters[i]).toBe(clusters[j]);
          }
        }
      }),
    );
  });

  it('are no coarser than a chain of such photos makes them', () => {
    fc.assert(
      fc.property(photos, fc.constantFrom('place' as const, 'author' as const), (some, rule) => {
        const clusters = clusterPhotos(some, rule);
        const places = groupPlaces(some, 25);
        const linked = (a: number, b: number) =>
          (some[a]?.author !== null && some[a]?.author === some[b]?.author) ||
          (some[a]?.sequence !== null && some[a]?.sequence === some[b]?.sequence) ||
          (rule === 'place' && places[a] === places[b]);
        const reached = new Set([0]);
        for (let before = 0; before < reached.size; ) {
          before = reached.size;
          for (const a of [...reached]) for (const b of some.keys()) if (linked(a, b)) reached.add(b);
        }
        for (const i of some.keys()) expect(clusters[i] === clusters[0]).toBe(reached.has(i));
      }),
    );
  });

  it('have the same names in whatever order the photos come', () => {
    fc.assert(
      fc.property(photos, fc.constantFrom(...LEAVE_OUT_RULES, null), (some, rule) => {
        const distinct = [...new Map(some.map((photo) => [photo.id, photo])).values()];
        const there = clusterPhotos(distinct, rule);
        expect(clusterPhotos(distinct.toReversed(), rule).toReversed()).toEqual(there);
      }),
    );
  });
});

describe('places', () => {
  it('reach 25 km: a photo is within it of its founder, and founders are farther apart', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })), {
          minLength: 1,
          maxLength: 60,
        }),
        fc.constantFrom(0, 89.9, -89.9, 45),
        (offsets, lat) => {
          const some = offsets.map(([north, east], i) => ({
            id: `${i}`,
            truth: { lat: Math.max(-90, Math.min(90, lat + north)), lon: east < 0 ? 180 + east : -180 + east },
          }));
          const founders = groupPlaces(some, 25);
          const distinct = [...new Set(founders)];
          for (const [i, founder] of founders.entries()) {
            const own = distanceKm(some[i]?.truth ?? LOST, some[founder]?.truth ?? LOST);
            expect(own).toBeLessThanOrEqual(25.000001);
            for (const other of distinct)
              expect(distanceKm(some[i]?.truth ?? LOST, some[other]?.truth ?? LOST)).toBeGreaterThanOrEqual(own - 1e-6);
          }
          for (const [a, one] of distinct.entries())
            for (const two of distinct.slice(a + 1))
              expect(distanceKm(some[one]?.truth ?? LOST, some[two]?.truth ?? LOST)).toBeGreaterThan(24.999999);
        },
      ),
    );
  });
});

const LOST = { lat: 0, lon: 0 };
