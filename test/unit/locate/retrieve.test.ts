import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chordSquared, toSphere } from '../../../src/geo/sphere.js';
import { vmfLogDensity } from '../../../src/geo/von-mises-fisher.js';
import { DEFAULT_PROFILE } from '../../../src/locate/blend-profile.js';
import { groupNeighbours } from '../../../src/locate/group-neighbours.js';
import { notIndexedProbability, retrievalWeights, sameSpotShare } from '../../../src/locate/retrieve.js';
import type { Neighbour } from '../../../src/references/reader.js';

const { retrieval } = DEFAULT_PROFILE;

function hit(id: string, score: number, lon: number, sequence: string | null = null): Neighbour {
  return { id, score, point: { lat: 0, lon }, sequence, author: null, iso2: null };
}

/** Degrees of longitude on the equator. */
const metres = (m: number) => m / 111_194.9;

describe('groups of neighbours', () => {
  it('do not chain along a street of photos 20 m apart', () => {
    const street = Array.from({ length: 6 }, (_, i) => hit(`p${i}`, 0.9 - i / 100, metres(20 * i)));
    const groups = groupNeighbours(street, 25, 100);
    expect(groups.map((g) => [g.representative.id, g.size])).toEqual([
      ['p0', 2],
      ['p2', 2],
      ['p4', 2],
    ]);
  });

  it('hold a sequence together wherever its frames are, by its representative alone', () => {
    const hits = [hit('a', 0.9, 0, 'walk'), hit('b', 0.8, 1, 'walk'), hit('c', 0.7, 1 + metres(10)), hit('d', 0.6, 2)];
    const groups = groupNeighbours(hits, 25, 100);
    expect(groups.map((g) => [g.representative.id, g.size])).toEqual([
      ['a', 2],
      ['c', 1],
      ['d', 1],
    ]);
  });

  it('are the same for any order of the hits, ties by id, and no more than asked for', () => {
    const hits = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 12 }), fc.constantFrom(null, 'a', 'b')),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(hits, fc.integer({ min: 1, max: 8 }), fc.integer(), (some, limit, seed) => {
        const all = some.map(([score, at, sequence], i) => hit(`h${i}`, score / 4, metres(at * 10), sequence));
        const mixed = all.toSorted((a, b) => ((seed ^ (a.id.length * 7)) % 3) - 1 || (a.id < b.id ? 1 : -1));
        const groups = groupNeighbours(all, 25, limit);
        expect(groupNeighbours(mixed, 25, limit)).toEqual(groups);
        expect(groups.length).toBeLessThanOrEqual(limit);
        const scores = groups.map((g) => g.representative.score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }),
    );
  });
});

describe('weights of the groups', () => {
  const cosines = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
  const kernels = fc.constantFrom('softmax' as const, 'vo' as const);

  it('sum to 1 and follow the cosines', () => {
    fc.assert(
      fc.property(cosines, kernels, (c, kernel) => {
        const weights = retrievalWeights(c, { ...retrieval, kernel });
        expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
        c.forEach((a, i) => {
          c.forEach((b, j) => {
            if (a > b) expect(weights[i] as number).toBeGreaterThanOrEqual(weights[j] as number);
          });
        });
      }),
    );
  });

  it('are those of Vo et al. by that name', () => {
    const [a, b] = retrievalWeights([0.9, 0.8], { ...retrieval, kernel: 'vo' });
    expect((a as number) / (b as number)).toBeCloseTo(0.2 ** -10 / 0.4 ** -10, 6);
    expect(Array.from(retrievalWeights([1, 1, 1], { ...retrieval, kernel: 'vo' }))).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it('never lower the density at a reference whose cosine rises', () => {
    const worlds = fc
      .array(
        fc.record({
          lat: fc.double({ min: -90, max: 90, noNaN: true }),
          lon: fc.double({ min: -180, max: 180, noNaN: true }),
          c: fc.double({ min: -1, max: 0.999, noNaN: true }),
        }),
        { minLength: 2, maxLength: 12 },
      )
      .map((refs) => refs.map((r) => ({ ...r, at: toSphere(r) })));
    fc.assert(
      fc.property(worlds, fc.nat(11), fc.double({ min: 0, max: 1, noNaN: true }), kernels, (refs, n, by, kernel) => {
        const i = n % refs.length;
        const raised = refs.map((r, m) => (m === i ? Math.min(1, r.c + by) : r.c));
        const density = (c: readonly number[]) => {
          const weights = retrievalWeights(c, { ...retrieval, kernel });
          return refs.reduce((sum, r, m) => {
            const chord2 = chordSquared(r.at, (refs[i] as (typeof refs)[0]).at);
            const k = retrieval.scales_km.map(
              (km, s) => (retrieval.scale_weights[s] as number) * Math.exp(vmfLogDensity(chord2, km)),
            );
            return sum + (weights[m] as number) * k.reduce((x, y) => x + y, 0);
          }, 0);
        };
        const before = density(refs.map((r) => r.c));
        expect(density(raised)).toBeGreaterThanOrEqual(before * (1 - 1e-12));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the share of the nearest’s mass that stays at its spot', () => {
  const cosine = fc.double({ min: -1, max: 0.9999, noNaN: true });
  /** The share where the second is the best of nine chance resemblances. */
  const share = (first: number, second: number, others = second) =>
    sameSpotShare([first, second, ...Array<number>(8).fill(others)], retrieval.same_spot);

  it('rises with the best cosine and falls as the next one comes near, whatever the scale of the distances', () => {
    fc.assert(
      fc.property(cosine, cosine, cosine, fc.double({ min: 0.01, max: 1, noNaN: true }), (a, b, c, narrow) => {
        const [third, second, first] = [a, b, c].sort((x, y) => x - y) as [number, number, number];
        const widest = share(first, third);
        expect(share(first, second)).toBeLessThanOrEqual(widest);
        expect(share(second, third)).toBeLessThanOrEqual(widest);
        // A model whose pictures lie in a narrow cone: every squared distance is a fraction of another model's.
        const coned = (one: number) => 1 - narrow * (1 - one);
        expect(share(coned(first), coned(third))).toBeCloseTo(widest, 6);
      }),
    );
  });

  it('is nearly all for a picture that was compressed again, and nearly none for another scene of a town', () => {
    expect(share(0.9986, 0.93, 0.9)).toBeGreaterThan(0.99);
    expect(share(0.945, 0.934, 0.93)).toBeLessThan(0.001);
  });

  it('is none where there is nothing to compare with, or where the profile has no such share', () => {
    expect(sameSpotShare([0.99, ...Array<number>(8).fill(0.1)], retrieval.same_spot)).toBe(0);
    expect(sameSpotShare(Array<number>(10).fill(1), retrieval.same_spot)).toBe(0);
    expect(sameSpotShare([0.99, ...Array<number>(9).fill(0.1)], null)).toBe(0);
  });
});

describe('the probability that the area is not indexed', () => {
  const index = (own: { q05: number; q25: number; count: number } | null) => own && { ...own, quantiles: [] };
  const given = { lo: 0.01, hi: 0.9, tau: null, delta: null };

  it('lies halfway at τ, which lies below the index’s own quantiles, and falls as the best cosine rises', () => {
    const own = { q05: 0.8, q25: 0.9, count: 500 };
    expect(notIndexedProbability(0.7, index(own), given)).toBeCloseTo((given.lo + given.hi) / 2, 12);
    expect(notIndexedProbability(0.725, index(own), given)).toBeCloseTo(0.01 + 0.89 / (1 + Math.E), 12);
    expect(notIndexedProbability(-1, index(own), given)).toBeCloseTo(given.hi, 6);
    expect(notIndexedProbability(1, index(own), given)).toBeLessThan(0.02);
  });

  it('is the profile’s where that has its own τ and δ, and halfway where nobody knows', () => {
    const fitted = { ...given, tau: 0.5, delta: 0.1 };
    expect(notIndexedProbability(0.5, index(null), fitted)).toBeCloseTo(0.455, 12);
    expect(notIndexedProbability(0.99, index(null), given)).toBeCloseTo(0.455, 12);
  });

  it('stays finite where all of the index’s cosines are equal', () => {
    expect(notIndexedProbability(1, index({ q05: 1, q25: 1, count: 100 }), given)).toBeCloseTo(0.455, 12);
  });
});
