import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { groupCopies, groupPlaces } from '../../../../src/collection/duplicates/group-copies.js';
import { pageOfGroups } from '../../../../src/collection/duplicates/page-of-groups.js';
import type { Reference } from '../../../../src/domain/reference.js';
import { idOf, referenceOf } from '../../../support/references.js';

const mapOf = (...references: readonly Reference[]) => new Map(references.map((one) => [one.id, one]));
const idsOf = (photos: readonly Reference[]) => photos.map(({ id }) => id);

describe('the best of one picture to keep', () => {
  const plain = { width: 640, height: 480, bytes: 1000 };
  const least = (a: Reference, b: Reference) => (a.id < b.id ? a : b);

  it.each([
    ['pixels', { width: 800, bytes: 10 }, { author: 'ann' }],
    ['bytes', { bytes: 1001 }, { author: 'ann', sequence: 'walk' }],
    ['facts', { author: 'ann', licence: 'CC0' }, { author: 'bo' }],
  ] as const)('has more %s, in this order', (because, better, worse) => {
    const [good, bad] = [referenceOf(1, { ...plain, ...better }), referenceOf(2, { ...plain, ...worse })];
    for (const copies of [[[good.id, bad.id]], [[bad.id, good.id]]] as const)
      expect(groupCopies(mapOf(bad, good), copies)).toEqual([{ photos: [good, bad], because }]);
  });

  it('is that of the smaller id where nothing tells them apart', () => {
    const [a, b] = [referenceOf(1, plain), referenceOf(2, plain)];
    const [group] = groupCopies(mapOf(a, b), [[a.id, b.id]]);
    expect(group).toMatchObject({ because: 'id', photos: [{ id: least(a, b).id }, {}] });
  });
});

describe('groups of one picture', () => {
  it('hold copies of copies, and leave out what is not there any more', () => {
    const [a, b, c, d] = [1, 2, 3, 4].map((i) => referenceOf(i, { bytes: 1000 - i }));
    if (!(a && b && c && d)) throw new Error('four references');
    const copies = [
      [a.id, b.id],
      [c.id, b.id],
      [d.id, idOf(9)],
    ] as const;
    expect(groupCopies(mapOf(a, b, c, d), copies).map(({ photos }) => idsOf(photos))).toEqual([[a.id, b.id, c.id]]);
  });

  it('are the same in whatever order pairs come, and no reference is in two', () => {
    const all = Array.from({ length: 12 }, (_, i) => referenceOf(i));
    const pair = fc.tuple(fc.nat(11), fc.nat(11)).filter(([a, b]) => a !== b);
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (pairs, order) => {
        const copies = pairs.map(([a, b]) => [idOf(a), idOf(b)] as const);
        const shuffled = copies
          .map(([a, b]) => ({ draw: order.next().value as number, pair: [b, a] as const }))
          .sort((x, y) => x.draw - y.draw)
          .map((one) => one.pair);
        const groups = groupCopies(mapOf(...all), copies);
        expect(groupCopies(mapOf(...all), shuffled)).toEqual(groups);
        const members = groups.flatMap(({ photos }) => idsOf(photos));
        expect(new Set(members).size).toBe(members.length);
        for (const [a, b] of copies)
          expect(groups.some(({ photos }) => idsOf(photos).includes(a) && idsOf(photos).includes(b))).toBe(true);
      }),
    );
  });
});

describe('groups of one place', () => {
  const at = (i: number, metresNorth: number) =>
    referenceOf(i, { bytes: 1000 - i, point: { lat: 54 + metresNorth / 111_195, lon: 18 } });

  it('hold other pictures within 25 m: of copies the best alone, and no farther one', () => {
    const [a, copy, near, far] = [at(1, 0), at(2, 1), at(3, 20), at(4, 60)];
    const references = mapOf(a, copy, near, far);
    const places = groupPlaces(references, groupCopies(references, [[a.id, copy.id]]));
    expect(places.map((photos) => idsOf(photos).sort())).toEqual([[a.id, near.id].sort()]);
    expect(groupPlaces(mapOf(a, copy), groupCopies(references, [[a.id, copy.id]]))).toEqual([]);
  });
});

describe('pages of groups', () => {
  const groups = Array.from({ length: 7 }, (_, i) => ({ photos: [{ id: `${i}`.repeat(32) }, { id: 'f'.repeat(32) }] }));

  it('come one after the other, each group once', () => {
    const seen: unknown[] = [];
    for (let cursor: string | undefined | null; cursor !== null; ) {
      const page = pageOfGroups(groups, 3, cursor);
      seen.push(...page.groups);
      cursor = page.cursor;
    }
    expect(seen).toEqual(groups);
  });

  it('refuse a cursor that no page gave', () => {
    expect(() => pageOfGroups(groups, 3, 'page 2')).toThrow(expect.objectContaining({ code: 'bad_cursor' }));
  });
});
