import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { vectorToBytes } from '../../../src/references/embedded/stored-vector.js';
import { VectorRows } from '../../../src/references/vector-rows.js';

function filled(rows: readonly Float32Array[], dimension: number): VectorRows {
  const vectors = new VectorRows(rows.length, dimension);
  rows.forEach((row, label) => {
    vectors.setBytes(label, vectorToBytes(row));
  });
  return vectors;
}

const floats = (dimension: number) =>
  fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: dimension, maxLength: dimension }).map((values) => {
    const length = Math.hypot(...values) || 1;
    return Float32Array.from(values, (value) => value / length);
  });

const cases = fc.integer({ min: 1, max: 70 }).chain((dimension) =>
  fc.record({
    dimension: fc.constant(dimension),
    rows: fc.array(floats(dimension), { minLength: 1, maxLength: 20 }),
    query: floats(dimension),
    picks: fc.array(fc.nat(), { maxLength: 30 }),
  }),
);

describe('rows of vectors', () => {
  it('have the inner products of float64 sums, within 1e-6, whatever the dimension and the order asked for', () => {
    fc.assert(
      fc.property(cases, ({ dimension, rows, query, picks }) => {
        const labels = Int32Array.from(picks, (pick) => pick % rows.length);
        const products = filled(rows, dimension).dots(query, labels);
        expect(products).toHaveLength(labels.length);
        labels.forEach((label, i) => {
          const row = rows[label] as Float32Array;
          const expected = row.reduce((sum, value, d) => sum + value * (query[d] as number), 0);
          expect(Math.abs((products[i] as number) - expected)).toBeLessThan(1e-6);
        });
      }),
    );
  });

  it('answer more labels than fit one block, repeated ones too, and NaN where there is no label', () => {
    const rows = [Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0), Float32Array.of(0, 0, 1)];
    const vectors = filled(rows, 3);
    const labels = Int32Array.from({ length: 5000 }, (_, i) => (i % 4) - 1);
    const products = vectors.dots(Float32Array.of(0.5, 0.25, 0.125), labels);
    expect(Array.from(products.subarray(4996))).toEqual([Number.NaN, 0.5, 0.25, 0.125]);
    expect(Array.from(products.subarray(0, 4))).toEqual([Number.NaN, 0.5, 0.25, 0.125]);
  });

  it('gives its rows back as they were set', () => {
    const rows = [Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5), Float32Array.of(-1, 2, -3, 4, -5)];
    const vectors = filled(rows, 5);
    expect([vectors.row(0), vectors.row(1)]).toEqual(rows);
  });
});
