import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toUnitVector } from '../../../src/domain/unit-vector.js';
import { chooseReferences, drawn, leaveOutFilter, parseLeaveOutRule, partOf } from '../../../src/evaluate/leave-out.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { type FakeReference, FakeReferences } from '../../support/fake-references.js';

const PHOTO = { id: 'a1', point: { lat: 10, lon: 179.99 }, author: 'ann', sequence: 'walk' };

describe('what a rule leaves out', () => {
  it('is each time what the rule before it leaves out, and more', () => {
    expect(leaveOutFilter('none', PHOTO)).toEqual({});
    expect(leaveOutFilter('id', PHOTO)).toEqual({ exclude: { ids: ['a1'] } });
    expect(leaveOutFilter('sequence', PHOTO)).toEqual({ exclude: { ids: ['a1'], sequence: ['walk'] } });
    expect(leaveOutFilter('author', PHOTO)).toEqual({
      exclude: { ids: ['a1'], sequence: ['walk'], author: ['ann'] },
    });
    expect(leaveOutFilter('place', PHOTO)).toEqual({
      exclude: { ids: ['a1'], sequence: ['walk'], near: { lat: 10, lon: 179.99, km: 25 } },
    });
  });

  it('is the photo alone where it belongs to no walk, and unknown where nobody knows the author', () => {
    const lone = { ...PHOTO, author: null, sequence: null };
    expect(leaveOutFilter('sequence', lone)).toEqual({ exclude: { ids: ['a1'] } });
    expect(leaveOutFilter('author', lone)).toBeNull();
  });

  it('refuses a rule that there is not, naming those there are', () => {
    expect(parseLeaveOutRule('place')).toBe('place');
    expect(() => parseLeaveOutRule('country')).toThrow(/none, id, sequence, author, place/);
  });
});

const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
const reference = fc.record({
  id: hex,
  // A few streets, so that photos fall within 25 m of each other, some across 180°.
  at: fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -6, max: 6 })),
  walk: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
});
const worlds = fc.uniqueArray(reference, { selector: ({ id }) => id, minLength: 1, maxLength: 40 });

function indexOf(rows: readonly { id: string; at: [number, number]; walk: number | null }[]): FakeReferences {
  const references: FakeReference[] = rows.map(({ id, at: [y, x], walk }) => ({
    id,
    vector: toUnitVector([1, 0]),
    point: { lat: y * 1.2e-4, lon: x * 1.2e-4 + (x < 0 ? 180 : -180) },
    sequence: walk === null ? null : `walk ${walk}`,
  }));
  return new FakeReferences(2, references);
}

describe('the references that are asked about', () => {
  it('are all of them without a limit', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (rows) => {
        const ids = rows.map(({ id }) => id).sort();
        expect((await chooseReferences(indexOf(rows), null)).map(({ id }) => id)).toEqual(ids);
      }),
      { numRuns: 50 },
    );
  });

  it('are with a limit no two of one walk or within 25 m, and the same in whatever order the index has them', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.integer({ min: 1, max: 12 }), async (rows, limit) => {
        const chosen = await chooseReferences(indexOf(rows), limit);
        expect(chosen.length).toBeLessThanOrEqual(limit);
        expect(chosen.length).toBeGreaterThan(0);
        for (const [i, a] of chosen.entries()) {
          for (const b of chosen.slice(i + 1)) {
            expect(a.sequence !== null && a.sequence === b.sequence).toBe(false);
            expect(distanceKm(a.point, b.point)).toBeGreaterThan(0.025);
          }
        }
        expect(await chooseReferences(indexOf(rows.toReversed()), limit)).toEqual(chosen);
      }),
      { numRuns: 200 },
    );
  });

  it('grow with the limit: a larger sample holds the smaller one', () => {
    const names = Array.from({ length: 300 }, (_, i) => `photo ${i}`);
    const small = drawn(names, 40, (name) => name);
    const large = drawn(names, 120, (name) => name);
    expect(small).toHaveLength(40);
    expect(large).toHaveLength(120);
    expect(large).toEqual(expect.arrayContaining([...small]));
    // Not simply the first: of 40 from 300 about 5 come from the first 40.
    expect(small.filter((name) => names.indexOf(name) < 40).length).toBeLessThan(20);
  });
});

describe('the part that a query belongs to', () => {
  const index = new FakeReferences(2, [
    { id: 'a', vector: toUnitVector([1, 0]), point: { lat: 0, lon: 179.9 }, author: 'ann' },
    { id: 'b', vector: toUnitVector([1, 0]), point: { lat: 50, lon: 0 }, author: 'bob' },
  ]);

  it('is indexed where a reference that may speak lies within 25 km, over 180° too', async () => {
    expect(await partOf(index, { lat: 0, lon: -179.95 }, {})).toBe('indexed');
    expect(await partOf(index, { lat: 0, lon: -179.5 }, {})).toBe('unindexed');
    expect(await partOf(index, { lat: 50, lon: 0 }, { exclude: { author: ['bob'] } })).toBe('unindexed');
  });
});
