import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import type { ClipModel } from '../../src/clip/clip-model.js';
import { openClipModel } from '../../src/clip/open-clip-model.js';
import { distanceKm } from '../../src/geo/distance.js';
import { checkSources } from '../../src/ingest/check-sources.js';
import type { IngestOptions } from '../../src/ingest/ingest-options.js';
import { runIngest } from '../../src/ingest/run-ingest.js';
import type { EmbeddedReader } from '../../src/references/embedded/embedded-reader.js';
import { openReader, openWriter } from '../../src/references/embedded/open-index.js';
import { pruneSources } from '../../src/references/embedded/prune-sources.js';
import { rebuildGraph } from '../../src/references/embedded/rebuild-graph.js';
import { makePhoto } from '../support/make-photo.js';
import { eventually } from '../support/references.js';
import { describeShared } from '../support/shared.js';
import { putFile, temporaryFolder } from '../support/temporary-folder.js';

const MODEL = join(process.cwd(), 'test/fixtures/tiny-clip');
let model: ClipModel;

beforeAll(async () => {
  model = await openClipModel(MODEL, { threads: 1 });
});

afterAll(() => model.close());

async function ingest(index: string, source: string, options: IngestOptions = {}) {
  const { id: modelId, name: modelName, dimension } = model.info;
  const writer = await openWriter(index, { modelId, modelName, dimension });
  try {
    return await runIngest({ sources: [source], options, writer, model, countryAt: () => null });
  } finally {
    await writer.close();
  }
}

async function withReader<T>(index: string, work: (reader: EmbeddedReader) => T | Promise<T>): Promise<T> {
  const reader = await openReader(index);
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

async function all(reader: EmbeddedReader) {
  return (await reader.list({ limit: 1000 })).references;
}

const NOTHING = { added: 0, updated: 0, linked: 0, unchanged: 0, failed: 0 };

describe('an ingest into an index on disk', () => {
  it('stores, corrects, follows moves, lists what failed, and does nothing twice', async () => {
    const index = temporaryFolder();
    const photos = temporaryFolder({
      'a ü.jpg': await makePhoto(1, { lat: 40, lon: -3 }),
      'b.jpg': await makePhoto(2, { lat: 41, lon: -3 }),
      'copy of b.jpg': await makePhoto(2, { lat: 41, lon: -3 }),
      'none.jpg': await makePhoto(3),
      'empty.jpg': '',
    });
    expect(await ingest(index, photos)).toMatchObject({ ...NOTHING, added: 2, linked: 1, failed: 2 });
    expect(await ingest(index, photos)).toMatchObject({ ...NOTHING, unchanged: 3, failed: 2 });
    await withReader(index, async (reader) => {
      expect(await reader.counts()).toMatchObject({ references: 2, sources: 3 });
      expect(await reader.engine()).toMatchObject({ last_change: 2 });
      expect((await reader.failures()).map(({ path, code }) => [path, code])).toEqual(
        expect.arrayContaining([
          ['none.jpg', 'no_position'],
          ['empty.jpg', 'image_empty'],
        ]),
      );
    });
    renameSync(join(photos, 'a ü.jpg'), join(photos, 'moved.jpg'));
    putFile(photos, 'labels.csv', 'file,lat,lon\nb.jpg,50,60\nnone.jpg,1,2\n');
    expect(await ingest(index, photos)).toMatchObject({
      ...NOTHING,
      added: 1,
      updated: 1,
      linked: 1,
      unchanged: 1,
      failed: 1,
      conflictCount: 1,
    });
    await withReader(index, async (reader) => {
      expect((await all(reader)).map(({ point }) => point.lat).sort()).toEqual([1, 40, 50]);
      expect(await reader.conflicts()).toHaveLength(1);
      expect((await reader.failures()).map(({ code }) => code)).toEqual(['image_empty']);
    });
  });

  it('verifies, rechecks and prunes photos that manifests of nested folders place', async () => {
    const index = temporaryFolder();
    const photos = temporaryFolder({
      '1.jpg': await makePhoto(30, { lat: 1, lon: 1 }),
      'a/labels.csv': 'file,lat,lon\n1.jpg,10,1\n2.jpg,11,1\n',
      'a/1.jpg': await makePhoto(31),
      'a/2.jpg': await makePhoto(32),
      'b/manifest.csv': 'file,lat,lon\n1.jpg,20,1\n',
      'b/1.jpg': await makePhoto(33),
      'list.csv': 'file,lat,lon\nc/1.jpg,30,1\n',
      'c/1.jpg': await makePhoto(34),
    });
    const check = async () => {
      const { changes, ...counts } = await withReader(index, checkSources);
      return { ...counts, changes: changes.map(({ path, what }) => [path, what]) };
    };
    await ingest(index, join(photos, 'list.csv'));
    expect(await ingest(index, photos)).toMatchObject({ ...NOTHING, added: 4, unchanged: 1 });
    expect(await check()).toEqual({ checked: 5, unchecked: 0, changed: 0, changes: [] });
    putFile(photos, 'a/labels.csv', 'file,lat,lon\n1.jpg,10,1\n');
    putFile(photos, 'b/manifest.csv', 'file,lat,lon\n1.jpg,25,1\n');
    expect(await check()).toEqual({
      ...{ checked: 5, unchecked: 0, changed: 2 },
      changes: [
        ['a/2.jpg', 'position'],
        ['b/1.jpg', 'position'],
      ],
    });
    expect(await ingest(index, photos, { recheck: true })).toMatchObject({
      ...{ ...NOTHING, updated: 1, unchanged: 3, failed: 1 },
      withdrawals: [{ path: 'a/2.jpg', referenceRemoved: true }],
    });
    expect(await check()).toMatchObject({ checked: 4, changed: 0 });
    rmSync(join(photos, 'b'), { recursive: true });
    expect(await pruneSources(index)).toMatchObject({ vanished: [{ path: 'b/1.jpg' }], deleted: { length: 1 } });
    expect((await withReader(index, all)).map(({ point }) => point.lat).sort()).toEqual([1, 10, 30]);
  });

  it('takes a withdrawn position away from those who read, with its small picture, and verify finds it before', async () => {
    const index = temporaryFolder();
    const photos = temporaryFolder({
      'a.jpg': await makePhoto(11),
      'b.jpg': await makePhoto(12),
      'c.jpg': await makePhoto(13, { lat: 5, lon: 6 }),
      'd.jpg': await makePhoto(14, { lat: 7, lon: 8 }),
      'labels.csv': 'file,lat,lon,author\na.jpg,50,60,Ann\nb.jpg,51,61,Bo\n',
    });
    expect(await ingest(index, photos)).toMatchObject({ ...NOTHING, added: 4 });
    await withReader(index, async (reader) => {
      const check = async () => {
        const { changes, ...counts } = await checkSources(reader);
        return { ...counts, changes: changes.map(({ path, what }) => [path, what]) };
      };
      expect(await check()).toEqual({ checked: 4, unchecked: 0, changed: 0, changes: [] });
      const gone = (await all(reader)).find(({ sources }) => sources[0]?.path === 'a.jpg')?.id as string;
      putFile(index, `.thumbnails/${gone}.320.webp`, 'small');
      putFile(photos, 'labels.csv', 'file,lat,lon,author\nb.jpg,51,61,Bob\n');
      putFile(photos, 'c.jpg', await makePhoto(13, { lat: 5, lon: 7 }));
      putFile(photos, 'd.jpg', 'no picture');
      expect(await check()).toMatchObject({
        changed: 4,
        changes: [
          ['a.jpg', 'position'],
          ['b.jpg', 'facts'],
          ['c.jpg', 'bytes'],
          ['d.jpg', 'unreadable'],
        ],
      });
      expect(await ingest(index, photos)).toMatchObject({ added: 1, updated: 1, failed: 2, withdrawn: 1 });
      expect(await eventually(async () => (await reader.present([gone])).size === 0)).toBe(true);
      expect(existsSync(join(index, `.thumbnails/${gone}.320.webp`))).toBe(false);
      const { tensor } = await model.prepare(await makePhoto(11));
      const { vector } = await model.encode(tensor);
      const found = async () => (await reader.neighbours(vector, { k: 10 })).map(({ id }) => id);
      expect(await eventually(async () => !(await found()).includes(gone), 2000)).toBe(true);
    });
    expect(await ingest(index, photos)).toMatchObject({ ...NOTHING, unchanged: 2, failed: 2 });
  });

  it('finds each photo again by its own vector', async () => {
    const index = temporaryFolder();
    const fixtures = join(process.cwd(), 'test/fixtures/clip-preprocess');
    const names = ['123_456', '208_495', '321_421', '389_535', '416_264', '456_123', '524_316'];
    const table = names.map((name, i) => `${name},${i + 1},${i}`).join('\n');
    const manifest = join(temporaryFolder({ 'm.csv': `id,lat,lon\n${table}\n` }), 'm.csv');
    expect(await ingest(index, manifest, { images: fixtures })).toMatchObject({ ...NOTHING, added: 7 });
    await withReader(index, async (reader) => {
      for (const [i, name] of names.entries()) {
        const { tensor } = await model.prepare(new Uint8Array(readFileSync(join(fixtures, `${name}.jpg`))));
        const { vector } = await model.encode(tensor);
        const [first] = await reader.neighbours(vector, { k: 3 });
        expect(first).toMatchObject({ point: { lat: i + 1, lon: i } });
        expect(first?.score).toBeGreaterThan(0.9999);
      }
    });
  });
});

describe('an ingest in a process of its own', () => {
  const COUNT = 150;
  let photos: string;

  beforeAll(async () => {
    photos = temporaryFolder();
    for (let i = 0; i < COUNT; i++) {
      putFile(
        photos,
        `${i % 7}/${i}.jpg`,
        i % 10 === 9 ? 'no picture' : await makePhoto(5000 + i, { lat: i / 10, lon: 1 }),
      );
    }
  });

  it('killed ten times leaves what an undisturbed one leaves', async () => {
    const [killed, whole] = [temporaryFolder(), temporaryFolder()];
    const ends: (string | null)[] = [];
    for (let time = 0; time < 10; time++) {
      const run = start(killed);
      await Promise.race([run.progress(1 + Math.floor((time * COUNT) / 12)), run.ended]);
      run.child.kill('SIGKILL');
      await run.ended;
      ends.push(run.child.signalCode);
    }
    expect(ends).toContain('SIGKILL');
    await Promise.all([start(killed).ended, start(whole).ended]);
    await withReader(whole, (expected) =>
      withReader(killed, async (reader) => {
        expect(await reader.counts()).toMatchObject({ references: 135, sources: 135 });
        expect(await reader.failures()).toHaveLength(15);
        expect(await reader.engine()).toMatchObject({ last_change: 135 });
        expect((await all(reader)).map(({ id, point }) => ({ id, point }))).toEqual(
          (await all(expected)).map(({ id, point }) => ({ id, point })),
        );
        const ids = (await all(expected)).map(({ id }) => id);
        const vectors = await expected.vectors(ids);
        expect(vectors.size).toBe(135);
        expect(await reader.vectors(ids)).toEqual(vectors);
        for (const query of [...vectors.values()].slice(0, 10)) {
          const options = { k: 10, exact: true };
          expect(await reader.neighbours(query, options)).toEqual(await expected.neighbours(query, options));
        }
      }),
    );
    expect(await recallAt10(killed)).toBeGreaterThanOrEqual(0.99);
    const [first, second] = [await rebuildGraph(killed), await rebuildGraph(whole)];
    expect(first).toMatchObject({ points: 135, fingerprint: second.fingerprint });
    expect(await recallAt10(killed)).toBeGreaterThanOrEqual(0.99);
  });

  /** The graph's ten nearest of every reference against the exact ones. */
  async function recallAt10(index: string): Promise<number> {
    const reader = await openReader(index, { bruteForceMax: 0 });
    let [found, asked] = [0, 0];
    for (const { id } of await all(reader)) {
      const query = (await reader.vectors([id])).get(id);
      if (query === undefined) throw new Error('a reference without a vector');
      const exact = new Set((await reader.neighbours(query, { k: 10, exact: true })).map((hit) => hit.id));
      found += (await reader.neighbours(query, { k: 10 })).filter((hit) => exact.has(hit.id)).length;
      asked += exact.size;
    }
    await reader.close();
    return found / asked;
  }

  it('interrupted by Ctrl-C stores what is in hand, and the next run does the rest', async () => {
    const index = temporaryFolder();
    const run = start(index);
    await run.progress(20);
    run.child.kill('SIGINT');
    await run.ended;
    const { report } = run.last() as { report: { interrupted: boolean; added: number } };
    expect(report.interrupted).toBe(true);
    const rest = await ingest(index, photos);
    expect(rest.added).toBe(135 - report.added);
    expect(rest.unchanged).toBe(report.added);
  });

  function start(index: string) {
    const script = join(process.cwd(), 'test/support/ingest-process.mjs');
    const child: ChildProcess = spawn(process.execPath, [script, index, MODEL, photos], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    let waiting: { readonly done: number; readonly resolve: () => void } | null = null;
    child.stdout?.on('data', (data) => {
      lines.push(...String(data).trim().split('\n'));
      if (waiting !== null && doneOf(lines) >= waiting.done) waiting.resolve();
    });
    return {
      child,
      last: () => JSON.parse(lines.at(-1) ?? '{}') as unknown,
      progress: (done: number) =>
        new Promise<void>((resolve) => {
          waiting = { done, resolve };
          if (doneOf(lines) >= done) resolve();
        }),
      ended: new Promise<void>((resolve) => child.once('close', () => resolve())),
    };
  }
});

function doneOf(lines: readonly string[]): number {
  return Math.max(0, ...lines.map((line) => Number(/"done":(\d+)/.exec(line)?.[1] ?? 0)));
}

describeShared('real photos', (folder) => {
  it.each([
    ['exif', '', 50, 0],
    ['mapillary', '', 34, 0],
    ['osv5m', 'labels.csv', 71, 0],
    ['landmarks', 'labels.csv', 19, 1],
  ])('of %s become references where their labels say, once', async (set, manifest, count, failed) => {
    const index = temporaryFolder();
    const source = join(folder, 'photos', set, manifest);
    expect(await ingest(index, source)).toMatchObject({ ...NOTHING, added: count, failed });
    expect(await ingest(index, source)).toMatchObject({ ...NOTHING, unchanged: count, failed });
    const labels: Record<string, string>[] = parse(readFileSync(join(folder, 'photos', set, 'labels.csv')), {
      columns: true,
    });
    const points = new Map(labels.map((label) => [label.file, { lat: Number(label.lat), lon: Number(label.lon) }]));
    await withReader(index, async (reader) => {
      expect(await reader.counts()).toMatchObject({ references: count });
      expect(await reader.failures()).toHaveLength(failed);
      if (failed > 0) expect(await reader.failures()).toMatchObject([{ code: 'no_position' }]);
      for (const { point, sources } of await all(reader)) {
        const label = points.get(sources[0]?.path);
        if (label === undefined) throw new Error(`no label for ${sources[0]?.path}`);
        expect(distanceKm(point, label)).toBeLessThan(0.02);
      }
    });
  });

  it('of phones and cameras give their positions without any label', async () => {
    const index = temporaryFolder();
    expect(await ingest(index, join(folder, 'photos', 'exif', 'images'))).toMatchObject({ ...NOTHING, added: 50 });
  });
});
