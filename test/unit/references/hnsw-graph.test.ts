import { existsSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { HnswGraph } from '../../../src/references/embedded/hnsw-graph.js';
import { fingerprintGraphFile, inspectGraphFile } from '../../../src/references/embedded/inspect-graph-file.js';
import { temporaryFolder, vectorOf } from '../../support/references.js';

const PARAMETERS = { dimension: 32, m: 8, efConstruction: 60 };
const folder = temporaryFolder();

function graphOf(count: number, labelOf: (i: number) => number = (i) => i, capacity = 1): HnswGraph {
  const graph = HnswGraph.create(PARAMETERS, capacity);
  for (let i = 0; i < count; i++) graph.add(labelOf(i), vectorOf(i));
  return graph;
}

describe('a graph', () => {
  it('that the disk swallowed is not taken for saved', () => {
    const file = join(folder, 'swallowed.hnsw');
    symlinkSync('/dev/null', `${file}.tmp-${process.pid}`);
    expect(() => graphOf(3).save(file)).toThrow(expect.objectContaining({ code: 'graph_not_saved' }));
    expect(existsSync(file)).toBe(false);
  });

  it('finds a point by its own vector, and none of the deleted', () => {
    const graph = graphOf(500);
    expect(graph.search(vectorOf(123), 1, 50)).toEqual([123]);
    expect(graph.markDeleted(123)).toBe(true);
    expect(graph.markDeleted(123)).toBe(false);
    expect(graph.search(vectorOf(123), 500, 500)).not.toContain(123);
    expect([graph.count, graph.deleted]).toEqual([500, 1]);
  });

  it('answers nothing when it is empty or all deleted, and no more than it has', () => {
    const graph = HnswGraph.create(PARAMETERS);
    expect(graph.search(vectorOf(1), 5, 50)).toEqual([]);
    graph.add(7, vectorOf(7));
    expect(graph.search(vectorOf(1), 5, 50)).toEqual([7]);
    graph.markDeleted(7);
    expect(graph.search(vectorOf(1), 5, 50)).toEqual([]);
  });

  it.each([
    ['another dimension', () => graphOf(3).add(9, new Float32Array(31)), '31 dimensions'],
    ['NaN', () => graphOf(3).add(9, new Float32Array(32).fill(Number.NaN)), 'NaN'],
    ['an infinite query', () => graphOf(3).search(new Float32Array(32).fill(1 / 0), 1, 10), 'Infinity'],
    ['a label in use', () => graphOf(3).add(2, vectorOf(2)), 'label 2 is in use'],
    ['a negative label', () => graphOf(3).add(-1, vectorOf(2)), 'label -1'],
    ['a label of 32 bits', () => graphOf(3).add(2 ** 32, vectorOf(2)), 'label 4294967296'],
    ['a label that is no whole number', () => graphOf(3).add(1.5, vectorOf(2)), 'label 1.5'],
    ['k of 0', () => graphOf(3).search(vectorOf(1), 0, 10), 'k = 0'],
  ])('refuses %s before hnswlib sees it', (_, misuse, words) => {
    expect(misuse).toThrow(expect.objectContaining({ code: 'graph_misused', message: expect.stringContaining(words) }));
  });

  it('never takes a deleted label again', () => {
    const graph = graphOf(3);
    graph.markDeleted(1);
    expect(() => graph.add(1, vectorOf(1))).toThrow('label 1 is in use');
  });
});

describe('a saved graph', () => {
  const file = join(folder, 'a.hnsw');

  it('comes back with the same answers, deletions and parameters', () => {
    const graph = graphOf(300, (i) => 3 * i + 1);
    graph.markDeleted(4);
    const saved = graph.save(file);
    expect(saved).toMatchObject({ count: 300, deleted: 1, dimension: 32, metric: 'ip', m: 8, ef_construction: 60 });
    expect(saved.bytes).toBe(readFileSync(file).length);
    const loaded = HnswGraph.load(file, saved).graph as HnswGraph;
    expect([loaded.count, loaded.deleted, loaded.has(4), loaded.has(7)]).toEqual([300, 1, false, true]);
    for (let i = 0; i < 20; i++) {
      expect(loaded.search(vectorOf(1000 + i), 10, 300)).toEqual(graph.search(vectorOf(1000 + i), 10, 300));
    }
    loaded.add(5000, vectorOf(5000));
    expect(loaded.search(vectorOf(5000), 1, 50)).toEqual([5000]);
  });

  it('comes back empty when it was empty', () => {
    const saved = HnswGraph.create(PARAMETERS).save(file);
    const loaded = HnswGraph.load(file, saved).graph as HnswGraph;
    loaded.add(1, vectorOf(1));
    expect(loaded.search(vectorOf(1), 1, 10)).toEqual([1]);
  });

  it('is refused when it is not the one that was expected', () => {
    const saved = graphOf(50).save(file);
    expect(HnswGraph.load(file, { ...saved, dimension: 16 })).toEqual({
      graph: null,
      problem: 'its dimension is 32, expected 16',
    });
    const problem = (expected: typeof saved) => {
      const loaded = HnswGraph.load(file, expected);
      return loaded.graph === null ? loaded.problem : null;
    };
    expect(problem({ ...saved, sha256: '0'.repeat(64) })).toContain('its sha256 is');
    expect(problem({ ...saved, m: 16 })).toContain('its m is 8');
    expect(HnswGraph.load(join(folder, 'none.hnsw'), saved)).toMatchObject({ graph: null });
  });

  it('is refused, and not handed to hnswlib, wherever it is cut', () => {
    const saved = graphOf(50).save(file);
    for (const keep of [0, 50, 96, 1000, saved.bytes - 500, saved.bytes - 4, saved.bytes - 1]) {
      graphOf(50).save(file);
      truncateSync(file, keep);
      expect(inspectGraphFile(file).graph).toBeNull();
    }
  });

  it('is refused when one of its links leads nowhere', () => {
    graphOf(50).save(file);
    const bytes = readFileSync(file);
    bytes.writeUInt32LE(50, 96 + 4);
    writeFileSync(file, bytes);
    expect(inspectGraphFile(file)).toEqual({ graph: null, problem: 'point 0 has a link that leads nowhere' });
  });

  it('is refused when it is another kind of file', () => {
    writeFileSync(file, 'x'.repeat(5000));
    expect(inspectGraphFile(file)).toEqual({ graph: null, problem: 'its header does not hold together' });
  });

  it('has a fingerprint that depends on points and links, not on labels or room', () => {
    const other = join(folder, 'b.hnsw');
    graphOf(200).save(file);
    graphOf(200, (i) => 2 * i + 9, 999).save(other);
    const fingerprint = fingerprintGraphFile(file, String);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprintGraphFile(other, (label) => String((label - 9) / 2))).toBe(fingerprint);
    graphOf(199).save(other);
    expect(fingerprintGraphFile(other, String)).not.toBe(fingerprint);
  });
});
