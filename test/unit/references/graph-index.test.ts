import { beforeAll, describe, expect, it } from '@jest/globals';
import { ExactIndex } from '../../../src/references/embedded/exact-index.js';
import type { SlotFilter } from '../../../src/references/embedded/filter-slots.js';
import { GraphIndex } from '../../../src/references/embedded/graph-index.js';
import type { Hit } from '../../../src/references/embedded/nearest-slots.js';
import { ReferenceTable } from '../../../src/references/embedded/reference-table.js';
import { vectorToBytes } from '../../../src/references/embedded/stored-vector.js';
import { emptyGraph, idOf, vectorOf } from '../../support/references.js';

const COUNT = 3000;
const QUERIES = Array.from({ length: 50 }, (_, i) => vectorOf(100_000 + i));

function tableOf(count: number): ReferenceTable {
  const table = new ReferenceTable(emptyGraph());
  for (let i = 0; i < count; i++) add(table, i);
  return table;
}

function add(table: ReferenceTable, i: number, isInGraph = false): number {
  return table.add(
    { label: i + 1, id: idOf(i), lat: 0, lon: 0, sequence: `s${i % 10}`, author: null, iso2: null, captured_ms: null },
    isInGraph ? null : vectorToBytes(vectorOf(i)),
  );
}

function recall(found: readonly Hit[], wanted: readonly Hit[]): number {
  const slots = new Set(found.map((hit) => hit.slot));
  return wanted.filter((hit) => slots.has(hit.slot)).length / wanted.length;
}

function meanRecall(index: GraphIndex, exact: ExactIndex, k: number, filter: SlotFilter | null): number {
  const recalls = QUERIES.map((query) =>
    recall(index.search(query, { k, filter }), exact.search(query, { k, filter })),
  );
  return recalls.reduce((sum, value) => sum + value, 0) / recalls.length;
}

describe('the graph and its exact twin', () => {
  let table: ReferenceTable;
  let exact: ExactIndex;
  let index: GraphIndex;

  beforeAll(() => {
    table = tableOf(COUNT);
    exact = new ExactIndex(table);
    index = new GraphIndex(table, { ef: 400, bruteForceMax: 0 });
    expect(index.pending.size).toBe(COUNT);
    while (!index.addPending(1000));
    expect(index.graph.count).toBe(COUNT);
  });

  it('agree on at least 99 of 100 of the ten nearest', () => {
    expect(meanRecall(index, exact, 10, null)).toBeGreaterThanOrEqual(0.99);
  });

  it.each([
    ['a tenth of the references', { accept: (slot: number) => slot % 10 === 3, selects: true }],
    ['three of the references', { accept: (slot: number) => slot < 3, selects: true }],
    ['all but a tenth', { accept: (slot: number) => slot % 10 !== 3, selects: false }],
    ['all but nine tenths', { accept: (slot: number) => slot % 10 === 3, selects: false }],
    ['none', { accept: () => false, selects: false }],
  ])('agree under a filter that accepts %s', (_, filter) => {
    for (const query of QUERIES) {
      const wanted = exact.search(query, { k: 20, filter });
      const found = index.search(query, { k: 20, filter });
      expect(found).toHaveLength(wanted.length);
      expect(found.every((hit) => filter.accept(hit.slot))).toBe(true);
      if (wanted.length > 0) expect(recall(found, wanted)).toBeGreaterThanOrEqual(0.9);
    }
  });

  it('give a hit the same score to the last bit', () => {
    for (const query of QUERIES) {
      const scores = new Map(exact.search(query, { k: COUNT, filter: null }).map((hit) => [hit.slot, hit.score]));
      for (const hit of index.search(query, { k: 10, filter: null })) expect(hit.score).toBe(scores.get(hit.slot));
    }
  });
});

describe('a graph that is behind its table', () => {
  it('finds what it lacks, and not what was removed', () => {
    const table = tableOf(500);
    const index = new GraphIndex(table, { ef: 400, bruteForceMax: 0 });
    while (!index.addPending(1000));
    index.pending.add(add(table, 500));
    expect(index.search(vectorOf(500), { k: 1, filter: null })[0]?.slot).toBe(500);
    const slot = table.remove(11);
    index.removed(slot);
    expect(index.search(vectorOf(10), { k: 1, filter: null })[0]?.slot).not.toBe(slot);
    expect(index.search(vectorOf(10), { k: 500, filter: null })).toHaveLength(500);
  });

  it('is brought in line with the table, whatever it holds', () => {
    const graph = emptyGraph();
    for (let i = 0; i < 100; i++) {
      graph.add(i + 1, vectorToBytes(vectorOf(i)));
      graph.link(i + 1);
    }
    const table = new ReferenceTable(graph);
    for (let i = 50; i < 150; i++) add(table, i, i < 100);
    const index = new GraphIndex(table, { ef: 400, bruteForceMax: 0 });
    expect([index.pending.size, graph.deleted]).toEqual([50, 50]);
    const found = index.search(vectorOf(0), { k: 1000, filter: null });
    expect(found.map((hit) => table.id(hit.slot)).sort()).toEqual(
      Array.from({ length: 100 }, (_, i) => idOf(i + 50)).sort(),
    );
  });
});
