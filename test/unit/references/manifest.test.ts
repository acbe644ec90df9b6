import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  type KeptSimilarity,
  keptSimilarity,
  manifestFile,
  readManifest,
  writeManifest,
} from '../../../src/references/embedded/manifest.js';
import { SELF_SIMILARITY_RULE } from '../../../src/references/self-similarity.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const identity = { storeId: 'store', modelId: 'model', modelName: 'a model', dimension: 8 };
const graph = {
  ...{
    sha256: 'ab',
    bytes: 10,
    count: 3,
    deleted: 0,
    dimension: 8,
    metric: 'ip' as const,
    m: 16,
    ef_construction: 200,
  },
  ...{ file: 'images-4.hnsw', generation: 4, ef: 64, model_id: 'model', last_change: 7, last_change_at_ms: 1.5 },
};
const measured = { q05: 0.25, q25: 0.5, count: 100, quantiles: [[0, 0.125] as const, [1, 0.75] as const] };
const own_nearest: KeptSimilarity = { rule: SELF_SIMILARITY_RULE, references: 3, measured };

type Json = Record<string, unknown>;

function written(): { folder: string; manifest: Json; write: (changed: Json) => void } {
  const folder = temporaryFolder();
  writeManifest(folder, identity, { generation: 4, graph, own_nearest });
  const manifest = JSON.parse(readFileSync(manifestFile(folder), 'utf8')) as Json;
  return { folder, manifest, write: (changed) => writeFileSync(manifestFile(folder), JSON.stringify(changed)) };
}

/** Copies of a record in which one field is gone, or is of each kind that it is not. */
function spoiled(record: Json): [string, Json][] {
  return Object.entries(record).flatMap(([name, value]) => {
    const others = [null, 'text', '12', 3, 2.5, -1e308, true, [], {}, [['a', 1]]].filter(
      (other) => typeof other !== typeof value || Array.isArray(other) !== Array.isArray(value),
    );
    const { [name]: _, ...without } = record;
    return [[`${name} gone`, without] as [string, Json]].concat(
      others.map((other) => [`${name} ${JSON.stringify(other)}`, { ...record, [name]: other }]),
    );
  });
}

describe('the manifest of an index', () => {
  it('is read as it was written, with or without a graph, also with fields that a later version adds', () => {
    const { folder, manifest, write } = written();
    expect(readManifest(folder, identity)).toEqual(manifest);
    expect(readManifest(folder, identity)).toMatchObject({ graph, own_nearest });
    write({ ...manifest, graph: null, later: 1 });
    expect(readManifest(folder, identity)).toMatchObject({ graph: null });
  });

  it('counts as none where a field of it, or of its graph, is gone or of another kind', () => {
    const { folder, manifest, write } = written();
    const { own_nearest: _, ...own } = manifest;
    const ofGraph = spoiled(graph).map(([name, one]): [string, Json] => [`graph ${name}`, { ...manifest, graph: one }]);
    // A manifest without a graph is a whole one.
    const cases = [...spoiled(own), ...ofGraph].filter(([name]) => name !== 'graph null');
    expect(cases.length).toBeGreaterThan(100);
    for (const [name, changed] of cases) {
      write(changed);
      expect([name, readManifest(folder, identity)]).toEqual([name, null]);
    }
  });

  it.each(['', '[]', 'null', '{"format"', '3'])('counts as none where the file holds %j', (text) => {
    const { folder } = written();
    writeFileSync(manifestFile(folder), text);
    expect(readManifest(folder, identity)).toBeNull();
  });

  it('that a later version wrote is refused', () => {
    const { folder, manifest, write } = written();
    write({ ...manifest, version: 2 });
    expect(() => readManifest(folder, identity)).toThrow(expect.objectContaining({ code: 'format_newer' }));
  });

  it('gives what was measured where every field of it is as it should be', () => {
    const { folder, manifest, write } = written();
    const kept = () => keptSimilarity(readManifest(folder, identity));
    expect(kept()).toEqual(own_nearest);
    write({ ...manifest, own_nearest: { ...own_nearest, measured: null } });
    expect(kept()).toEqual({ ...own_nearest, measured: null });
    const bad = [
      ...spoiled({ ...own_nearest }).filter(([name]) => name !== 'measured null'),
      ...spoiled(measured).map(([name, one]): [string, Json] => [
        `measured ${name}`,
        { ...own_nearest, measured: one },
      ]),
      ['three', { ...own_nearest, measured: { ...measured, quantiles: [[1, 2, 3]] } }] as [string, Json],
      ['another rule', { ...own_nearest, rule: SELF_SIMILARITY_RULE + 1 }] as [string, Json],
    ];
    for (const [name, changed] of bad) {
      write({ ...manifest, own_nearest: changed });
      expect([name, kept()]).toEqual([name, null]);
    }
  });
});
