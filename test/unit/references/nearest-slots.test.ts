import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dotAt } from '../../../src/references/dot-at.js';
import { ExactIndex } from '../../../src/references/embedded/exact-index.js';
import { BestHits } from '../../../src/references/embedded/nearest-slots.js';
import { ReferenceTable } from '../../../src/references/embedded/reference-table.js';
import { vectorToBytes } from '../../../src/references/embedded/stored-vector.js';
import { emptyGraph, idOf, vectorOf } from '../../support/references.js';

function tableOf(count: number): ReferenceTable {
  const table = new ReferenceTable(emptyGraph());
  for (let i = 0; i < count; i++) {
    table.add(
      { label: i + 1, id: idOf(i), lat: 0, lon: 0, sequence: null, author: null, iso2: null, captured_ms: null },
      vectorToBytes(vectorOf(i)),
    );
  }
  return table;
}

describe('the best hits', () => {
  const table = tableOf(60);

  it('are the first k of all, sorted by descending score and then by id', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 70 }),
        (scores, k) => {
          const best = new BestHits(k, table);
          scores.forEach((score, slot) => {
            best.offer(slot, score);
          });
          const sorted = scores
            .map((score, slot) => ({ slot, score }))
            .sort((a, b) => b.score - a.score || (table.id(a.slot) < table.id(b.slot) ? -1 : 1));
          expect(best.hits()).toEqual(sorted.slice(0, k));
        },
      ),
    );
  });
});

describe('the exact index', () => {
  it('gives the cosine of the stored vectors in float64', () => {
    const table = tableOf(60);
    const query = vectorOf(1234);
    const hits = new ExactIndex(table).search(query, { k: 60, filter: null });
    expect(hits).toHaveLength(60);
    for (const { slot, score } of hits) {
      const row = vectorOf(slot);
      const plain = row.reduce((sum, value, i) => sum + value * (query[i] as number), 0);
      expect(Math.abs(score - plain)).toBeLessThan(1e-12);
    }
  });

  it('leaves out what was removed, and uses its place again', () => {
    const table = tableOf(10);
    expect(table.remove(4)).toBe(3);
    expect(table.remove(4)).toBe(-1);
    expect(table.size).toBe(9);
    const index = new ExactIndex(table);
    expect(index.search(vectorOf(3), { k: 10, filter: null }).map((hit) => hit.slot)).not.toContain(3);
    const slot = table.add(
      { label: 99, id: idOf(99), lat: 1, lon: 2, sequence: 's', author: 'a', iso2: 'PL', captured_ms: 5 },
      vectorToBytes(vectorOf(99)),
    );
    expect([slot, table.slotOf(99), table.slotOf(4), table.size]).toEqual([3, 3, -1, 10]);
    expect(index.search(vectorOf(99), { k: 1, filter: null })[0]?.slot).toBe(3);
  });
});

describe('the inner product', () => {
  it('is the plain sum for every length and offset', () => {
    const value = fc.float({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 20 }), fc.nat(5), (pairs, start) => {
        const table = Float32Array.from([...new Array(start).fill(9), ...pairs.map((pair) => pair[0]), 9]);
        const query = Float32Array.from(pairs.map((pair) => pair[1]));
        const sum = pairs.reduce((total, [a, b]) => total + Math.fround(a) * Math.fround(b), 0);
        expect(Math.abs(dotAt(table, start, query) - sum)).toBeLessThan(1e-12);
      }),
    );
  });
});
