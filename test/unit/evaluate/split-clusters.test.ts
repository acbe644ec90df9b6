import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitClusters } from '../../../src/evaluate/split-clusters.js';

const queries = fc
  .array(fc.record({ cluster: fc.integer({ min: 0, max: 40 }), part: fc.constantFrom('indexed', 'unindexed', null) }), {
    minLength: 1,
    maxLength: 200,
  })
  .map((rows) => rows.map(({ cluster, part }, id) => ({ id, cluster: `author ${cluster}`, part })));

describe('a split by clusters', () => {
  it('puts every query in one part, and all of a cluster in the same', () => {
    fc.assert(
      fc.property(queries, fc.string(), (all, seed) => {
        const parts = splitClusters(all, [0.4, 0.4, 0.2], seed);
        expect(
          parts
            .flat()
            .map(({ id }) => id)
            .sort((a, b) => a - b),
        ).toEqual(all.map(({ id }) => id));
        const clusters = parts.map((part) => new Set(part.map(({ cluster }) => cluster)));
        expect(clusters.reduce((sum, set) => sum + set.size, 0)).toBe(new Set(all.map(({ cluster }) => cluster)).size);
      }),
    );
  });

  it('comes as near to its shares as one cluster allows, in each part of the mix', () => {
    const shares = [0.4, 0.4, 0.2];
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 3, maxLength: 60 }),
        fc.string(),
        (sizes, seed) => {
          const all = sizes.flatMap((size, c) =>
            Array.from({ length: size }, () => ({ cluster: `${c}`, part: c % 2 === 0 ? 'indexed' : 'unindexed' })),
          );
          const parts = splitClusters(all, shares, seed);
          for (const mix of ['indexed', 'unindexed']) {
            const whole = all.filter(({ part }) => part === mix).length;
            parts.forEach((part, s) => {
              const own = part.filter((query) => query.part === mix).length;
              expect(Math.abs(own - whole * (shares[s] as number))).toBeLessThanOrEqual(12);
            });
          }
        },
      ),
    );
  });

  it('is the same for the same seed and queries in whatever order, and another for another seed', () => {
    const all = Array.from({ length: 300 }, (_, id) => ({ id, cluster: `author ${id >> 1}`, part: null }));
    const idsOf = (some: typeof all, seed: string) =>
      splitClusters(some, [0.5, 0.5], seed).map((part) => part.map(({ id }) => id).sort((a, b) => a - b));
    expect(idsOf(all.toReversed(), 'a')).toEqual(idsOf(all, 'a'));
    expect(idsOf(all, 'b')).not.toEqual(idsOf(all, 'a'));
  });
});
