import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SPOT_KM } from '../../../src/domain/geo-point.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { CountryMeans } from '../../../src/references/embedded/country-means.js';
import { ReferenceTable } from '../../../src/references/embedded/reference-table.js';
import { vectorToBytes } from '../../../src/references/embedded/stored-vector.js';
import type { CountryMean } from '../../../src/references/summaries.js';
import { emptyGraph, idOf, seeded, vectorOf } from '../../support/references.js';

interface Photo {
  readonly i: number;
  readonly iso2: string | null;
  readonly lat: number;
  readonly sequence: string | null;
}

function rowOf({ i, iso2, lat, sequence }: Photo, label: number) {
  return { label, id: idOf(i), lat, lon: 19, sequence, author: null, iso2, captured_ms: null };
}

/** The means of photos that came in this order, and the slot of each. */
function meansOf(photos: readonly Photo[], means?: CountryMeans) {
  const kept = means ?? new CountryMeans(new ReferenceTable(emptyGraph()));
  const slots = new Map<number, number>();
  photos.forEach((photo, n) => {
    const slot = kept.table.add(rowOf(photo, n + 1), vectorToBytes(vectorOf(photo.i)));
    kept.added(slot);
    slots.set(photo.i, slot);
  });
  return { kept, slots };
}

/** The rule word for word: by ascending id, a sequence's first photo or one without founds where no founder is near. */
function byBruteForce(photos: readonly Photo[]): CountryMean[] {
  const founders: Photo[] = [];
  const sequences = new Set<string>();
  for (const photo of photos.toSorted((a, b) => (idOf(a.i) < idOf(b.i) ? -1 : 1))) {
    const known = photo.sequence !== null && sequences.has(photo.sequence);
    if (photo.sequence !== null) sequences.add(photo.sequence);
    const at = { lat: photo.lat, lon: 19 };
    if (!known && !founders.some(({ lat }) => distanceKm({ lat, lon: 19 }, at) <= SPOT_KM)) founders.push(photo);
  }
  const countries = [...new Set(founders.flatMap(({ iso2 }) => iso2 ?? []))].sort();
  return countries.map((iso2) => {
    const own = founders.filter((founder) => founder.iso2 === iso2);
    const mean = Float32Array.from(
      vectorOf(0),
      (_, i) => own.reduce((sum, founder) => sum + (vectorOf(founder.i)[i] as number), 0) / own.length,
    );
    return { iso2, groups: own.length, mean };
  });
}

function expectSame(means: readonly CountryMean[], expected: readonly CountryMean[]): void {
  expect(means.map(({ iso2, groups }) => [iso2, groups])).toEqual(expected.map(({ iso2, groups }) => [iso2, groups]));
  means.forEach(({ mean }, c) => {
    const other = expected[c]?.mean ?? [];
    // Float32, from sums that are rounded differently.
    mean.forEach((value, i) => {
      expect(Math.abs(value - (other[i] as number))).toBeLessThan(1e-7);
    });
  });
}

const METRES = 1 / 111_195;
/** Photos 10 m apart on a meridian that chain, in walks and alone. */
const street = fc
  .array(
    fc.record({
      step: fc.integer({ min: 0, max: 60 }),
      iso2: fc.constantFrom('PL', 'DE', null),
      sequence: fc.constantFrom(null, null, 'a', 'b', 'c'),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((steps) =>
    steps.map(({ step, iso2, sequence }, i): Photo => ({ i, iso2, sequence, lat: 50 + step * 10 * METRES })),
  );

function shuffled<T>(values: readonly T[], seed: number): T[] {
  const random = seeded(seed);
  return values
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

describe('the mean vectors of countries', () => {
  it('are over one reference of each group, and none of the sea', () => {
    const photo = (i: number, iso2: string | null, lat: number, sequence: string | null = null) => ({
      ...{ i, iso2, lat, sequence },
    });
    const { kept } = meansOf([
      photo(0, 'PL', 50),
      photo(2, 'PL', 51, 'drive'),
      photo(3, 'PL', 52, 'drive'),
      photo(4, 'DE', 53),
      photo(5, null, 54),
    ]);
    const first = idOf(2) < idOf(3) ? 2 : 3;
    const [de, pl] = kept.means();
    expect([de?.iso2, de?.groups, pl?.iso2, pl?.groups]).toEqual(['DE', 1, 'PL', 2]);
    expect(Array.from(de?.mean ?? [])).toEqual(Array.from(vectorOf(4), (value) => expect.closeTo(value, 7)));
    const expected = Array.from(vectorOf(0), (value, i) => (value + (vectorOf(first)[i] as number)) / 2);
    expect(Array.from(pl?.mean ?? [])).toEqual(expected.map((value) => expect.closeTo(value, 6)));
  });

  it('are those of the rule, bit by bit the same in whatever order references came', () => {
    fc.assert(
      fc.property(street, fc.integer(), (photos, seed) => {
        const { kept } = meansOf(photos);
        expectSame(kept.means(), byBruteForce(photos));
        expect(meansOf(shuffled(photos, seed)).kept.means()).toEqual(kept.means());
      }),
      { numRuns: 300 },
    );
  });

  it('are without some references what they would be had these never come', () => {
    fc.assert(
      fc.property(street, fc.array(fc.nat(39), { maxLength: 20 }), (photos, some) => {
        const { kept, slots } = meansOf(photos);
        const before = kept.means();
        const excluded = new Set(some.filter((i) => i < photos.length));
        const { changed, gone } = kept.without(new Set([...excluded].map((i) => slots.get(i) as number)));
        const merged = new Map(before.map((country) => [country.iso2, country]));
        for (const country of changed) merged.set(country.iso2, country);
        for (const iso2 of gone) merged.delete(iso2);
        const rest = photos.filter(({ i }) => !excluded.has(i));
        const means = [...merged.values()].sort((a, b) => (a.iso2 < b.iso2 ? -1 : 1));
        expectSame(means, byBruteForce(rest));
        expect(means).toEqual(meansOf(rest).kept.means());
        expect(kept.means()).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same when kept as when formed anew, also after a deletion', () => {
    const photos = Array.from({ length: 200 }, (_, i) => ({
      ...{ i, iso2: i % 2 ? 'PL' : 'DE', lat: (i % 60) / 10, sequence: i % 3 ? `s${i % 7}` : null },
    }));
    const { kept } = meansOf(photos);
    expect(kept.means()).toEqual(new CountryMeans(kept.table).means());
    kept.table.remove(1);
    kept.changed();
    const anew = new CountryMeans(kept.table).means();
    expect(kept.means()).toEqual(anew);
    expect(anew.reduce((sum, mean) => sum + mean.groups, 0)).toBeGreaterThan(10);
  });
});
