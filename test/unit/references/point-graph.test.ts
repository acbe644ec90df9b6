import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { dotAt } from '../../../src/references/dot-at.js';
import { HnswGraph } from '../../../src/references/embedded/hnsw-graph.js';
import { PointGraph } from '../../../src/references/embedded/point-graph.js';
import { vectorToBytes } from '../../../src/references/embedded/stored-vector.js';
import { temporaryFolder, vectorOf } from '../../support/references.js';

const PARAMETERS = { dimension: 32, m: 8, efConstruction: 60 };
/** Room for a few points only, so that a graph has several blocks. */
const SMALL_BLOCK = 4096;
const folder = temporaryFolder();
const file = join(folder, 'graph.hnsw');

/** Labels are not the numbers of points; every fifth vector comes twice, so that distances are equal. */
function savedGraph(count: number, { dimension = 32, deleted = 0 } = {}): HnswGraph {
  const graph = HnswGraph.create({ ...PARAMETERS, dimension });
  for (let i = 0; i < count; i++) graph.add(3 * i + 1, vectorOf(i % 5 === 4 ? i - 1 : i, dimension));
  for (let i = 0; i < deleted; i++) graph.markDeleted(3 * i + 1);
  graph.save(file);
  return graph;
}

function opened(blockBytes?: number): PointGraph {
  const loaded = PointGraph.load(file, null, blockBytes);
  if (loaded.graph === null) throw new Error(loaded.problem);
  return loaded.graph;
}

function linked(count: number, blockBytes?: number): PointGraph {
  const graph = PointGraph.create(PARAMETERS, blockBytes);
  for (let i = 0; i < count; i++) {
    graph.add(i, vectorToBytes(vectorOf(i)));
    graph.link(i);
  }
  return graph;
}

function nearestOf(count: number, query: Float32Array, k: number): number[] {
  return Array.from({ length: count }, (_, i) => ({ i, score: dotAt(vectorOf(i), 0, query) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, k)
    .map(({ i }) => i);
}

function recall(graph: Pick<PointGraph, 'search'>, count: number): number {
  let found = 0;
  for (let q = 0; q < 100; q++) {
    const query = vectorOf(100_000 + q);
    const labels = new Set(graph.search(query, 10, 60));
    found += nearestOf(count, query, 10).filter((i) => labels.has(i)).length;
  }
  return found / 1000;
}

describe('a graph that is read from the file of hnswlib', () => {
  const { validate } = (globalThis as unknown as { WebAssembly: { validate: () => boolean } }).WebAssembly;
  const withSimd = (is: boolean) => {
    Object.assign((globalThis as unknown as { WebAssembly: object }).WebAssembly, {
      validate: is ? validate : () => false,
    });
  };
  afterEach(() => withSimd(true));

  it.each([
    ['one dimension', { dimension: 1 }, {}],
    ['three', { dimension: 3 }, {}],
    ['seven', { dimension: 7 }, {}],
    ['twelve', { dimension: 12 }, {}],
    ['sixteen', { dimension: 16 }, {}],
    ['twenty', { dimension: 20 }, {}],
    ['twenty-three', { dimension: 23 }, {}],
    ['thirty-two', {}, {}],
    ['deleted points', { deleted: 150 }, {}],
    ['all but two deleted', { deleted: 398 }, {}],
    ['several blocks', {}, { blockBytes: SMALL_BLOCK }],
    ['no SIMD', { dimension: 23 }, { simd: false }],
  ])(
    'answers as hnswlib does, to the last of as many as are asked for: %s',
    (_, what, { blockBytes, simd = true }: { blockBytes?: number; simd?: boolean }) => {
      withSimd(simd);
      const native = savedGraph(400, what);
      const graph = opened(blockBytes);
      expect([graph.count, graph.deleted]).toEqual([native.count, native.deleted]);
      for (let q = 0; q < 60; q++) {
        const query = vectorOf(q < 20 ? q : 5000 + q, native.parameters.dimension);
        for (const [k, ef] of [
          [1, 1],
          [10, 10],
          [10, 60],
          [400, 60],
        ] as const) {
          expect(graph.search(query, k, ef).toSorted()).toEqual(native.search(query, k, ef).toSorted());
        }
      }
    },
  );

  it('has the vectors of the file, each once, whichever block they are in', () => {
    savedGraph(100);
    const graph = opened(SMALL_BLOCK);
    for (let i = 0; i < 100; i++) {
      const vector = vectorOf(i % 5 === 4 ? i - 1 : i);
      expect(graph.vector(graph.pointOf(3 * i + 1))).toEqual(vector);
    }
    expect([graph.pointOf(2), graph.pointOf(10_000_000)]).toEqual([-1, -1]);
  });

  it.each([
    ['one dimension', 1, true],
    ['seven', 7, true],
    ['thirty-two', 32, true],
    ['fifty-one', 51, true],
    ['seven, without SIMD', 7, false],
  ])('has the inner products that a plain loop in float64 has, to the bit: %s', (_, dimension, simd) => {
    withSimd(simd);
    savedGraph(120, { dimension });
    for (const graph of [opened(), opened(SMALL_BLOCK)]) {
      const points = Int32Array.from({ length: 100 }, (_point, i) => (37 * i) % 120);
      const products = new Float64Array(100);
      graph.dots(vectorOf(7, dimension), points, 100, products);
      const plain = Array.from(points, (point) => dotAt(graph.vector(point), 0, vectorOf(7, dimension)));
      expect(Array.from(products)).toEqual(plain);
    }
  });

  it('takes in what comes later', () => {
    savedGraph(200, { deleted: 20 });
    const graph = opened(SMALL_BLOCK);
    graph.add(2, vectorToBytes(vectorOf(900)));
    expect([graph.has(2), graph.search(vectorOf(900), 1, 50)[0]]).toEqual([false, expect.not.stringMatching(/^2$/)]);
    graph.link(2);
    expect([graph.has(2), graph.search(vectorOf(900), 1, 50)]).toEqual([true, [2]]);
    expect(graph.search(vectorOf(30), 1, 50)).toEqual([91]);
  });

  it('comes back empty when it was empty', () => {
    savedGraph(0);
    const graph = opened();
    expect(graph.search(vectorOf(1), 5, 10)).toEqual([]);
    graph.add(1, vectorToBytes(vectorOf(1)));
    graph.link(1);
    expect(graph.search(vectorOf(1), 5, 10)).toEqual([1]);
  });

  it('is refused when it is not the one that was expected, or a byte of it was changed', () => {
    const saved = savedGraph(50).save(file);
    expect(PointGraph.load(file, saved).graph).not.toBeNull();
    expect(PointGraph.load(file, { ...saved, m: 16 })).toEqual({ graph: null, problem: 'its m is 8, expected 16' });
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(300) ^ 1, 300);
    writeFileSync(file, bytes);
    expect(PointGraph.load(file, saved)).toMatchObject({ graph: null, problem: expect.stringContaining('sha256') });
    writeFileSync(file, bytes.subarray(0, 2000));
    expect(PointGraph.load(file, saved)).toMatchObject({ graph: null, problem: expect.stringContaining('too short') });
    expect(PointGraph.load(join(folder, 'none'), saved)).toMatchObject({ graph: null });
  });

  it('is searched without harm where its links lead to a level that a point is not on', () => {
    savedGraph(300);
    const bytes = readFileSync(file);
    // The highest level of all, in the header.
    bytes.writeInt32LE(200, 48);
    writeFileSync(file, bytes);
    expect(opened().search(vectorOf(30), 1, 60)).toEqual([91]);
  });
});

describe('a graph that is linked here', () => {
  it('finds as much as one that hnswlib links, within a hundredth, also over several blocks', () => {
    const native = HnswGraph.create(PARAMETERS);
    for (let i = 0; i < 1500; i++) native.add(i, vectorOf(i));
    const expected = recall(native, 1500);
    expect(expected).toBeGreaterThan(0.9);
    expect(recall(linked(1500), 1500)).toBeGreaterThanOrEqual(expected - 0.01);
    expect(recall(linked(1500, SMALL_BLOCK), 1500)).toBeGreaterThanOrEqual(expected - 0.01);
  });

  it('finds every point by its own vector, as deleted ones come and go, and none of those', () => {
    const graph = linked(600);
    for (let i = 0; i < 300; i++) expect(graph.remove(2 * i)).toBe(true);
    expect([graph.remove(0), graph.count, graph.deleted]).toEqual([false, 600, 300]);
    for (let i = 600; i < 700; i++) {
      graph.add(i, vectorToBytes(vectorOf(i)));
      graph.link(i);
    }
    for (let i = 1; i < 700; i += 2) expect(graph.search(vectorOf(i), 1, 60)).toEqual([i]);
    expect(graph.search(vectorOf(2), 1000, 1000)).toHaveLength(400);
    expect(graph.search(vectorOf(2), 1000, 1000)).not.toContain(2);
  });

  it('finds what came after all else was deleted', () => {
    const graph = linked(50);
    for (let i = 0; i < 50; i++) graph.remove(i);
    expect(graph.search(vectorOf(1), 5, 50)).toEqual([]);
    for (let i = 50; i < 60; i++) {
      graph.add(i, vectorToBytes(vectorOf(i)));
      graph.link(i);
    }
    expect(graph.search(vectorOf(1), 50, 50)).toHaveLength(10);
  });

  it('forgets a vector that was never linked, and uses its place again', () => {
    const graph = linked(3);
    const point = graph.add(10, vectorToBytes(vectorOf(10)));
    expect(graph.remove(10)).toBe(true);
    expect([graph.pointOf(10), graph.deleted]).toEqual([-1, 0]);
    expect(graph.add(11, vectorToBytes(vectorOf(11)))).toBe(point);
    graph.link(11);
    expect(graph.search(vectorOf(11), 1, 10)).toEqual([11]);
  });

  it('names the labels that can be found, ascending', () => {
    const graph = linked(5);
    graph.remove(3);
    graph.add(9, vectorToBytes(vectorOf(9)));
    const labels: number[] = [];
    graph.forEachLabel((label) => labels.push(label));
    expect(labels).toEqual([0, 1, 2, 4]);
  });

  const notFinite = vectorToBytes(new Float32Array(32).fill(Number.NaN));
  it.each([
    ['NaN', (graph: PointGraph) => graph.add(9, notFinite) > 0 && graph.link(9), 'NaN'],
    ['a query of another dimension', (graph: PointGraph) => graph.search(new Float32Array(31), 1, 10), '31 dimensions'],
    ['an infinite query', (graph: PointGraph) => graph.search(new Float32Array(32).fill(1 / 0), 1, 10), 'Infinity'],
    ['k of 0', (graph: PointGraph) => graph.search(vectorOf(1), 0, 10), 'k = 0'],
    ['a label in use', (graph: PointGraph) => graph.add(2, vectorToBytes(vectorOf(2))), 'label 2 is in use'],
    ['a negative label', (graph: PointGraph) => graph.add(-1, vectorToBytes(vectorOf(2))), 'label -1'],
    ['to link twice', (graph: PointGraph) => graph.link(2), 'label 2'],
    ['to link what is not there', (graph: PointGraph) => graph.link(77), 'label 77'],
  ])('refuses %s', (_, misuse, words) => {
    const graph = linked(3);
    expect(() => misuse(graph)).toThrow(
      expect.objectContaining({ code: 'graph_misused', message: expect.stringContaining(words) }),
    );
  });

  it('never takes a deleted label again, nor bytes that are no vector', () => {
    const graph = linked(3);
    graph.remove(1);
    expect(() => graph.add(1, vectorToBytes(vectorOf(1)))).toThrow('label 1 is in use');
    expect(() => graph.add(9, Buffer.alloc(127))).toThrow(expect.objectContaining({ code: 'database_corrupt' }));
  });
});
