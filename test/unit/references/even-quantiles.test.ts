import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evenQuantiles, type Vote } from '../../../src/references/even-quantiles.js';

const value = fc.double({ min: -1, max: 1, noNaN: true });
const votes = fc.array(fc.record({ cell: fc.constantFrom(...'abcdefghijkl'), value }), { minLength: 1, maxLength: 80 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** Votes of each cell: an eighth for each scene, one at most. */
function weightOf(some: readonly Vote[]): number {
  const cells = new Map<string, number>();
  for (const { cell } of some) cells.set(cell, (cells.get(cell) ?? 0) + 1);
  return [...cells.values()].reduce((sum, n) => sum + Math.min(1, n / 8), 0);
}

const clamp = (x: number) => Math.min(1, Math.max(0, x));

describe('quantiles in which the Earth counts evenly', () => {
  it('are the usual ones where all cells have equally many scenes', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), share, (values, at) => {
        const each = values.map((one, i) => ({ cell: `cell ${i}`, value: one }));
        const sorted = values.toSorted((a, b) => a - b);
        const rank = Math.max(0, Math.ceil(at * values.length - 1e-6) - 1);
        expect(evenQuantiles(each, [at])[0]).toBe(sorted[rank]);
      }),
    );
  });

  it('are moved by any number of scenes of one more cell by no more than its one vote', () => {
    fc.assert(
      fc.property(votes, fc.array(value, { maxLength: 400 }), share, (some, dense, at) => {
        const added = dense.map((one) => ({ cell: 'far away', value: one }));
        const [w, v] = [weightOf(some), weightOf(added)];
        const [moved] = evenQuantiles([...some, ...added], [at]);
        const [low, high] = evenQuantiles(some, [
          clamp((at * (w + v) - v) / w - 1e-6),
          clamp((at * (w + v)) / w + 1e-6),
        ]);
        expect(v).toBeLessThanOrEqual(1);
        // Beyond the last of the others the vote itself is all there is.
        if (at * (w + v) <= w) expect(moved).toBeLessThanOrEqual(high as number);
        if (at * (w + v) > v) expect(moved).toBeGreaterThanOrEqual(low as number);
      }),
      { numRuns: 500 },
    );
  });

  it('do not tell the order of the scenes, nor a cell of 8 scenes from one of the same scenes ten times over', () => {
    fc.assert(
      fc.property(votes, fc.array(value, { minLength: 8, maxLength: 12 }), share, (some, cell, at) => {
        const once = cell.map((one) => ({ cell: 'z', value: one }));
        const often = Array.from({ length: 10 }, () => once).flat();
        const expected = evenQuantiles([...some, ...once], [at]);
        expect(evenQuantiles([...once, ...some.toReversed()], [at])).toEqual(expected);
        expect(evenQuantiles([...some, ...often], [at])).toEqual(expected);
      }),
    );
  });
});
