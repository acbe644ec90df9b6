import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { equalBatches, filledUp, packedBatches } from '../../../src/clip/text-batches.js';

const lengths = fc.array(fc.integer({ min: 2, max: 77 }), { maxLength: 300 });

describe('texts that share a run', () => {
  it('are neighbours where they are packed, each once, 64 or 1,024 tokens at most', () => {
    fc.assert(
      fc.property(lengths, (list) => {
        const batches = packedBatches(list);
        expect(batches.flat()).toEqual([...list.keys()]);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(64);
          expect(batch.length * Math.max(...batch.map((i) => list[i] as number))).toBeLessThanOrEqual(1024);
        }
      }),
    );
    expect(packedBatches(Array(130).fill(10)).map((batch) => batch.length)).toEqual([64, 64, 2]);
    expect(packedBatches([77, 77, 5])).toEqual([[0, 1, 2]]);
    expect(packedBatches([5000, 5])).toEqual([[0], [1]]);
  });

  it('are of equal length where they are not, each once, as many as are let', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 16 }), (list, most) => {
        const batches = equalBatches(list, most);
        expect(batches.flat().sort((a, b) => a - b)).toEqual([...list.keys()]);
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(most);
          expect(new Set(batch.map((i) => list[i])).size).toBe(1);
        }
      }),
    );
  });

  it('are filled up with what stands at their ends', () => {
    expect(
      filledUp([
        [1, 2, 9],
        [1, 9],
      ]),
    ).toEqual({ ids: [1, 2, 9, 1, 9, 9], length: 3 });
    expect(filledUp([[1, 2, 9]])).toEqual({ ids: [1, 2, 9], length: 3 });
  });
});
