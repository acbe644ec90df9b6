import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/app.js';
import type { ClipModel } from '../../src/clip/clip-model.js';
import { fault } from '../../src/domain/errors.js';
import type { UnitVector } from '../../src/domain/unit-vector.js';
import type { EvaluationQuery } from '../../src/evaluate/evaluation-query.js';
import { gatherQueries } from '../../src/evaluate/gather-queries.js';
import { runEvaluation } from '../../src/evaluate/run-evaluation.js';
import { summarise } from '../../src/evaluate/summarise.js';
import { distanceKm } from '../../src/geo/distance.js';
import { Locator } from '../../src/locate/locator.js';
import { type EvaluationWorld, makeEvaluationWorld } from '../support/evaluation-world.js';
import { putFile, temporaryFolder } from '../support/temporary-folder.js';

let world: EvaluationWorld;
let app: App;

beforeAll(async () => {
  world = await makeEvaluationWorld();
  app = world.open();
}, 300_000);

afterAll(() => app?.close());

const photo = (i: number) => join(world.folder, 'queries', world.rows[i]?.file as string);

/** A folder with photos of the world and this manifest. */
function manifestOf(lines: readonly string[], photos: Readonly<Record<string, number>>): string {
  const folder = temporaryFolder({ 'manifest.csv': `${lines.join('\n')}\n` });
  for (const [name, i] of Object.entries(photos)) copyFileSync(photo(i), join(folder, name));
  return join(folder, 'manifest.csv');
}

describe('gathering the queries of a manifest', () => {
  it('embeds each photo once, and takes it from the cache the second time without opening a model', async () => {
    const seen: number[] = [];
    const first = await gatherQueries(
      app,
      { manifest: world.manifest },
      { onProgress: ({ done, total }) => seen.push(done / total) },
    );
    expect(first.queries.map(({ id }) => id)).toEqual(world.rows.map(({ file }) => file));
    expect(first.skipped).toEqual([]);
    expect(first.embedded).toBe(world.rows.length);
    expect(first.tookMs.encode).toBeGreaterThan(0);
    expect(seen.at(-1)).toBe(1);
    const again = world.open({
      model: async () => {
        throw new Error('No model is needed for photos that are known.');
      },
    });
    const second = await gatherQueries(again, { manifest: world.manifest });
    await again.close();
    expect(second.embedded).toBe(0);
    expect(second.queries).toEqual(first.queries);
  });

  it('knows the truth, the author, and whether the surroundings are in the index', async () => {
    const { queries } = await gatherQueries(app, { manifest: world.manifest });
    for (const [i, { file, lat, lon, author }] of world.rows.entries()) {
      const query = queries[i] as EvaluationQuery;
      expect(query.truth).toEqual({ lat, lon });
      expect(query.cluster).toBe(`author ${author}`);
      expect(query.part).toBe(Number(file.split('-')[0]) < 2 ? 'unindexed' : 'indexed');
    }
  });

  it('names each row that can’t be asked about with its code, and asks about the rest', async () => {
    const manifest = manifestOf(
      [
        'IMG_ID,AUTHOR,LAT,LON,S3_Label',
        'good.jpg,ann,10,20,1',
        'gone.jpg,ann,10,20,1',
        'good.jpg,ann,11,20,1',
        'copy.jpg,bob,10,20,1',
        'nowhere.jpg,bob,,,1',
        'nan.jpg,bob,nan,nan,1',
        'half.jpg,bob,5,,1',
        'pole.jpg,bob,91,20,1',
        'text.jpg,bob,north,20,1',
        'torn.jpg,bob,10,20,1',
        'empty.jpg,bob,10,20,1',
        'words.jpg,bob,10,20,1',
      ],
      { 'good.jpg': 0, 'copy.jpg': 0, 'nowhere.jpg': 1, 'nan.jpg': 1, 'half.jpg': 1, 'pole.jpg': 1, 'text.jpg': 1 },
    );
    const folder = join(manifest, '..');
    putFile(folder, 'torn.jpg', readFileSync(photo(2)).subarray(0, 3000));
    putFile(folder, 'empty.jpg', '');
    putFile(folder, 'words.jpg', 'This is no picture.');
    const { queries, skipped } = await gatherQueries(app, { manifest });
    expect(queries.map(({ id, truth }) => [id, truth])).toEqual([['good.jpg', { lat: 10, lon: 20 }]]);
    const codes = skipped.map(({ id, code }) => `${id} ${code}`).sort();
    expect(codes).toEqual([
      'copy.jpg duplicate_photo',
      'empty.jpg image_empty',
      'gone.jpg file_missing',
      'good.jpg duplicate_id',
      'half.jpg manifest_row_invalid',
      'nan.jpg no_position',
      'nowhere.jpg no_position',
      'pole.jpg latitude_out_of_range',
      'text.jpg manifest_row_invalid',
      'torn.jpg image_truncated',
      'words.jpg not_an_image',
    ]);
    for (const { reason } of skipped) expect(reason).toMatch(/^.{20,}\.$|^.*counts\.$/);
    expect(skipped.find(({ code }) => code === 'duplicate_photo')?.reason).toContain('good.jpg');
    expect(skipped.find(({ code }) => code === 'duplicate_id')?.reason).toContain('another position');
  });

  it.each([
    ['manifest_column_missing', ['name,width,height', 'a.jpg,1,2'], /lat\|latitude/],
    ['manifest_columns_swapped', ['IMG_ID,LAT,LON', ...swappedRows()], /LAT .*LON/],
    ['manifest_column_missing', [''], /empty file|column/],
    ['no_queries', ['file,lat,lon'], /got none of 0/],
    ['no_queries', ['file,lat,lon', 'gone.jpg,1,2'], /gone\.jpg.*\[file_missing\]/],
  ])('refuses a manifest as a whole with %s', async (code, lines, message) => {
    const manifest = manifestOf(lines, {});
    await expect(gatherQueries(app, { manifest })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('refuses a manifest or a folder of photos that is not there', async () => {
    await expect(gatherQueries(app, { manifest: '/nowhere/at-all.csv' })).rejects.toMatchObject({
      code: 'source_not_found',
    });
    await expect(gatherQueries(app, { manifest: world.manifest, images: '/nowhere' })).rejects.toMatchObject({
      code: 'source_not_found',
    });
  });

  it('finds queries that are in the index by their bytes, says so, and keeps them out of their own evidence', async () => {
    const indexed = (await (await app.index()).reader.list({ limit: 1 })).references[0];
    const file = (await (await app.index()).photos.file(indexed?.id as string)) as string;
    const manifest = manifestOf(['file,lat,lon', 'renamed.jpg,10,20', 'new.jpg,11,20'], { 'new.jpg': 3 });
    copyFileSync(file, join(manifest, '../renamed.jpg'));
    const { queries, inIndex } = await gatherQueries(app, { manifest });
    expect(inIndex).toEqual(['renamed.jpg']);
    expect(queries[0]).toMatchObject({ id: 'renamed.jpg', filter: { exclude: { ids: [indexed?.id] } } });
    expect(queries[1]).toMatchObject({ id: 'new.jpg', filter: {} });
    const [result] = await runEvaluation(queries, await app.locator(), await app.gazetteer());
    expect(result?.evidence.neighbours.length).toBeGreaterThan(0);
    expect(result?.evidence.neighbours.map(({ id }) => id)).not.toContain(indexed?.id);
    expect(result?.bestScore).toBeLessThan(0.9999);
  });

  it('embeds a file again whose bytes changed under the same name', async () => {
    const manifest = manifestOf(['file,lat,lon', 'a.jpg,10,20'], { 'a.jpg': 0 });
    const [before] = (await gatherQueries(app, { manifest })).queries;
    putFile(join(manifest, '..'), 'a.jpg', readFileSync(photo(1)));
    const [after] = (await gatherQueries(app, { manifest })).queries;
    expect(after?.sha256).not.toBe(before?.sha256);
    expect(after?.vector).not.toEqual(before?.vector);
  });

  it('takes a folder for a manifest, with positions from the photos themselves', async () => {
    const folder = temporaryFolder();
    copyFileSync(photo(0), join(folder, 'no-exif.jpg'));
    await expect(gatherQueries(app, { manifest: folder })).rejects.toThrow(/\[no_position\]/);
  });

  it('asks about the same ones each time when only some are wanted', async () => {
    const some = await gatherQueries(app, { manifest: world.manifest, limit: 5 });
    expect(some.queries).toHaveLength(5);
    const more = await gatherQueries(app, { manifest: world.manifest, limit: 8 });
    const ids = more.queries.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(some.queries.map(({ id }) => id)));
  });

  it('stops with the photo’s name where the encoder gives what is no number', async () => {
    const manifest = manifestOf(['file,lat,lon', 'a.jpg,10,20'], {});
    copyFileSync(join(world.folder, 'queries', world.rows[0]?.file as string), join(manifest, '../a.jpg'));
    const broken: Partial<ClipModel> = {
      encoderState: () => ({ device: 'cpu', encoders: 1, batch: 1, restarts: 0 }),
      problem: () => null,
      prepare: async () => ({
        tensor: new Float32Array(1),
        width: 1,
        height: 1,
        decodeMs: 0,
        preprocessMs: 0,
        facts: null,
      }),
      encode: async () => {
        throw fault('vector_not_finite', 'Expected a finite vector of non-zero length.');
      },
    };
    const parts = {
      // A data folder of its own: in the world's the photo is known.
      config: { data_dir: temporaryFolder() },
      index: () => app.index(),
      model: async () => broken as ClipModel,
    };
    await expect(gatherQueries(parts, { manifest })).rejects.toMatchObject({
      code: 'not_finite',
      message: expect.stringContaining('a.jpg'),
    });
  });
});

describe('a gathering that is stopped', () => {
  const run = (dataDir: string) =>
    spawn(
      process.execPath,
      ['test/support/evaluate-process.mjs', join(world.folder, 'index'), dataDir, world.manifest, 'pocket'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );

  it.each(['SIGKILL', 'SIGINT'] as const)('by %s goes on where it was', async (signal) => {
    const dataDir = temporaryFolder();
    const first = run(dataDir);
    const lines = await linesUntil(first, ({ done }) => Number(done) >= 9);
    first.kill(signal);
    lines.push(...(await linesUntil(first, () => false)));
    if (signal === 'SIGINT') expect(lines.at(-1)).toMatchObject({ code: 'interrupted' });
    const second = await linesUntil(run(dataDir), () => false);
    const report = second.at(-1) as { queries: string[]; embedded: number; skipped: unknown[] };
    expect(report.queries).toEqual(world.rows.map(({ file }) => file));
    expect(report.skipped).toEqual([]);
    expect(report.embedded).toBeLessThan(world.rows.length);
    const third = await linesUntil(run(dataDir), () => false);
    expect(third.at(-1)).toMatchObject({ embedded: 0, queries: report.queries });
  });
});

describe('asking the index about itself', () => {
  it('takes vectors and truths from it, and leaves out what the rule says', async () => {
    const { reader: references } = await app.index();
    const all = (await references.list({ limit: 100 })).references;
    for (const rule of ['none', 'id', 'sequence', 'author', 'place'] as const) {
      const { queries, skipped, embedded, inIndex } = await gatherQueries(app, { leaveOut: rule });
      expect(skipped).toEqual([]);
      expect(embedded).toBe(0);
      expect(inIndex).toEqual([]);
      expect(queries.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort());
      const results = await runEvaluation(queries, await app.locator(), await app.gazetteer());
      for (const [i, { id, truth, file, sha256 }] of queries.entries()) {
        const own = await references.get(id);
        expect({ truth, sha256 }).toEqual({ truth: own?.point, sha256: own?.sha256 });
        expect(basename(file as string)).toBe(own?.sources[0]?.path);
        const named = results[i]?.evidence.neighbours ?? [];
        const shown = await Promise.all(named.map((neighbour) => references.get(neighbour.id)));
        const spoke = shown.map((neighbour) => neighbour?.id);
        if (rule === 'none') expect(spoke[0]).toBe(id);
        else expect(spoke).not.toContain(id);
        if (rule === 'author') expect(shown.map((neighbour) => neighbour?.author)).not.toContain(own?.author);
        if (rule === 'sequence') expect(shown.map((neighbour) => neighbour?.sequence)).not.toContain(own?.sequence);
        if (rule === 'place')
          for (const neighbour of shown) expect(distanceKm(neighbour?.point ?? truth, truth)).toBeGreaterThan(25);
      }
      expect(new Set(queries.map(({ part }) => part)).has('indexed')).toBe(rule !== 'place');
    }
  });

  it('says that leaving nothing out is no measure', async () => {
    const { notices } = await gatherQueries(app, { leaveOut: 'none' });
    expect(notices.join(' ')).toMatch(/measures nothing/);
  });
});

describe('an evaluation', () => {
  it('asks each query once and gives the three sides, the same answers as the locator’s own, and the nearest', async () => {
    const { queries } = await gatherQueries(app, { manifest: world.manifest });
    const locator = await app.locator();
    const results = await runEvaluation(queries, locator, await app.gazetteer());
    expect(results.map(({ id }) => id)).toEqual(queries.map(({ id }) => id));
    const sides = {
      retrieval: { alpha: 1, beta: 0, gamma: 0 },
      captions: { alpha: 0, beta: 1, gamma: 0 },
      blend: {},
    };
    for (const [i, result] of results.entries()) {
      const query = queries[i] as EvaluationQuery;
      expect(Object.keys(result.sides)).toEqual([...Object.keys(sides), 'nearest']);
      const [nearest] = (await locator.retrieve(query)).neighbours;
      expect(result.sides.nearest?.point).toEqual(nearest?.point);
      for (const [side, overrides] of Object.entries(sides)) {
        const { candidates, spread } = await locator.locate(query, { overrides });
        const [best] = candidates;
        const answer = result.sides[side];
        expect(answer?.point.lat).toBeCloseTo(best?.point.lat as number, 6);
        expect(answer?.point.lon).toBeCloseTo(best?.point.lon as number, 6);
        expect(answer?.spread).toBeCloseTo(spread, 5);
        expect(answer?.radius90Km).toBeCloseTo(best?.radius_90_km as number, 2);
        expect(answer?.errorKm).toBeCloseTo(distanceKm(answer?.point ?? query.truth, query.truth), 9);
        expect(answer?.countryHit).toBe(best?.place.iso2 === result.iso2);
      }
    }
  });

  it('answers the same whatever the truths are: they are for the scoring alone', async () => {
    const { queries } = await gatherQueries(app, { manifest: world.manifest });
    const moved = queries.map((query) => ({ ...query, truth: { lat: -query.truth.lat, lon: -query.truth.lon } }));
    const [locator, gazetteer] = [await app.locator(), await app.gazetteer()];
    const answers = async (asked: readonly EvaluationQuery[]) =>
      (await runEvaluation(asked, locator, gazetteer)).map(({ sides }) => [sides.blend?.point, sides.blend?.spread]);
    expect(await answers(moved)).toEqual(await answers(queries));
  });

  it('puts further sides beside them without another search', async () => {
    const { queries } = await gatherQueries(app, { manifest: world.manifest, limit: 3 });
    const locator = await app.locator();
    const geoscore = locator.withProfile({
      ...locator.profile,
      decision: { ...locator.profile.decision, utility: 'geoscore' },
    });
    const second = (
      _: EvaluationQuery,
      retrieved: { groups: readonly { representative: { point: { lat: number; lon: number } } }[] },
    ) => {
      const other = retrieved.groups[1];
      return other
        ? { point: other.representative.point, probability: 0, spread: 0, radius50Km: 0, radius90Km: 0 }
        : null;
    };
    const results = await runEvaluation(queries, locator, await app.gazetteer(), { extra: { geoscore, second } });
    for (const [i, { sides, evidence }] of results.entries()) {
      expect(Object.keys(sides)).toEqual(['retrieval', 'captions', 'blend', 'nearest', 'geoscore', 'second']);
      const { candidates } = await geoscore.locate(queries[i] as EvaluationQuery);
      expect(sides.geoscore?.point.lat).toBeCloseTo(candidates[0]?.point.lat as number, 6);
      expect(sides.nearest?.point).toEqual(evidence.neighbours[0]?.point);
      expect(sides.second?.point).toEqual(evidence.neighbours[1]?.point);
    }
  });

  it('leaves a side without evidence empty, and the query unanswered where none has any', async () => {
    const [query] = (await gatherQueries(app, { manifest: world.manifest, limit: 1 })).queries;
    const authors = new Set(
      (await (await app.index()).reader.list({ limit: 100 })).references.map(({ author }) => author as string),
    );
    const alone = { ...(query as EvaluationQuery), filter: { exclude: { author: [...authors] } } };
    const gazetteer = await app.gazetteer();
    const [withCaptions] = await runEvaluation([alone], await app.locator(), gazetteer);
    expect(withCaptions?.sides.retrieval).toBeNull();
    expect(withCaptions?.sides.captions).not.toBeNull();
    expect(withCaptions?.bestScore).toBeNull();
    const neighboursAlone = new Locator(await app.index(), null, gazetteer, 100);
    const [without] = await runEvaluation([alone], neighboursAlone, gazetteer);
    expect(without?.sides).toEqual({ retrieval: null, captions: null, blend: null, nearest: null });
    expect(without?.verdict).toEqual({ word: 'unknown', level: null, wrong: null });
  });

  it('stops with the query’s id at a number that is none, and measures nothing of it', async () => {
    const { queries } = await gatherQueries(app, { manifest: world.manifest, limit: 3 });
    const broken = queries.map((query, i) =>
      i === 1 ? { ...query, vector: query.vector.map(() => Number.NaN) as UnitVector } : query,
    );
    await expect(runEvaluation(broken, await app.locator(), await app.gazetteer())).rejects.toMatchObject({
      code: 'not_finite',
      message: expect.stringContaining(queries[1]?.id as string),
    });
    const bad = async () =>
      runEvaluation(queries, await app.locator(), await app.gazetteer(), {
        extra: {
          broken: () => ({
            point: { lat: Number.NaN, lon: 0 },
            probability: 1,
            spread: 0,
            radius50Km: 1,
            radius90Km: 1,
          }),
        },
      });
    await expect(bad()).rejects.toMatchObject({
      code: 'not_finite',
      message: expect.stringContaining(queries[0]?.id as string),
    });
  });

  it('stops when it is told to', async () => {
    const { queries } = await gatherQueries(app, { manifest: world.manifest });
    const stop = new AbortController();
    stop.abort();
    await expect(
      runEvaluation(queries, await app.locator(), await app.gazetteer(), { signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('can be summed up', async () => {
    const { queries, skipped, inIndex } = await gatherQueries(app, { manifest: world.manifest });
    const results = await runEvaluation(queries, await app.locator(), await app.gazetteer());
    const { overall, parts } = summarise(results, {
      ...{ protocol: 'test', date: '2026-01-01', model: { id: 'm', name: 'm' }, index: null, profile: null },
      ...{ skipped, inIndex, cities: [] },
    });
    expect(overall.queries).toBe(world.rows.length);
    expect(Object.keys(parts).sort()).toEqual(['indexed', 'unindexed']);
  });
});

function swappedRows(): string[] {
  return Array.from({ length: 20 }, (_, i) => `p${i}.jpg,${100 + i},${i}`);
}

/** Lines of JSON that a process writes, until one is like this or it ends. */
async function linesUntil(
  child: ChildProcess,
  enough: (line: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  return new Promise((resolve) => {
    const onData = (chunk: Buffer) => {
      const texts = (rest + chunk).split('\n');
      rest = texts.pop() as string;
      for (const text of texts) {
        const line = JSON.parse(text) as Record<string, unknown>;
        lines.push(line);
        if (!enough(line)) continue;
        child.stdout?.off('data', onData);
        resolve(lines);
        return;
      }
    };
    child.stdout?.on('data', onData);
    if (child.exitCode !== null || child.signalCode !== null) resolve(lines);
    child.once('close', () => resolve(lines));
  });
}
