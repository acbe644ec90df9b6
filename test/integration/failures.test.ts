import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { pino } from 'pino';
import sharp from 'sharp';
import { failuresSchema, ingestionSchema } from '../../src/api/ingestions.js';
import { problemSchema } from '../../src/api/service.js';
import { App } from '../../src/app.js';
import { settingsSchema } from '../../src/config/settings.js';
import { appParts } from '../../src/http/app-parts.js';
import { createServer } from '../../src/http/create-server.js';
import { listen, type RunningServer } from '../../src/http/listen.js';
import type { IngestOptions } from '../../src/ingest/ingest-options.js';
import { runIngest } from '../../src/ingest/run-ingest.js';
import { databaseFile } from '../../src/references/embedded/index-folder.js';
import { pruneSources } from '../../src/references/embedded/prune-sources.js';
import { remapRoot } from '../../src/references/embedded/remap-root.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { fixture } from '../support/fixtures.js';
import { makePhoto } from '../support/make-photo.js';
import { backToFormat } from '../support/older-format.js';
import { smallGazetteer } from '../support/small-gazetteer.js';
import { putFile, temporaryFolder } from '../support/temporary-folder.js';

let data: string;
let folder: string;
let photos: string;
let app: App;
let server: RunningServer;

beforeAll(() => {
  data = temporaryFolder();
  smallGazetteer(data);
});

beforeEach(async () => {
  await server?.close();
  await app?.close();
  folder = temporaryFolder();
  photos = join(folder, 'photos');
  mkdirSync(photos);
  await start();
});

async function start(): Promise<void> {
  app = new App(
    settingsSchema.parse({
      ...{ index: join(folder, 'index'), data_dir: data, ingest_roots: photos },
      ...{ model: fixture('tiny-clip'), port: 0, threads: 1 },
    }),
  );
  await app.withWriter(async () => undefined);
  server = await listen(createServer(appParts(app), { version: '0', logger: pino({ level: 'silent' }) }));
}

afterAll(async () => {
  await server?.close();
  await app?.close();
});

/** As the command line does. */
const ingest = (source: string, options: IngestOptions = {}) =>
  app.withWriter(async (writer) =>
    runIngest({ sources: [source], options, writer, model: await app.model(), countryAt: () => null }),
  );

const call = (path: string, init: RequestInit = {}) => fetch(server.url + path, init);
const post = (path: string, json: unknown) =>
  call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) });
const list = async (query = '') => failuresSchema.parse(await (await call(`/v1/failures${query}`)).json());
const paths = async (query = '') => (await list(query)).failures.map(({ path }) => path);

async function idOf(path: string): Promise<number> {
  return (await list()).failures.find((one) => one.path === path)?.id as number;
}

/** Begins an ingestion over HTTP and waits for its end. */
async function ended(begun: Response) {
  expect(begun.status).toBe(202);
  const { id } = ingestionSchema.parse(await begun.json());
  await (await call(`/v1/ingestions/${id}/events`)).text();
  return ingestionSchema.parse(await (await call(`/v1/ingestions/${id}`)).json());
}

const refusal = async (response: Response) => [response.status, problemSchema.parse(await response.json()).code];

describe('a failure whose photo comes in later leaves the list', () => {
  it('by the same path, with a position that a manifest gives it', async () => {
    putFile(photos, 'a.jpg', await makePhoto(1));
    await ingest(photos);
    expect(await paths()).toEqual(['a.jpg']);
    putFile(photos, 'labels.csv', 'file,lat,lon\na.jpg,10,20\n');
    await ingest(photos);
    expect(await list()).toMatchObject({ failures: [], total: 0, codes: [] });
  });

  it('where it is as it was stored before it failed', async () => {
    const row = 'file,lat,lon\na.jpg,10,20\n';
    putFile(photos, 'a.jpg', await makePhoto(1));
    putFile(photos, 'list.csv', row);
    const manifest = join(photos, 'list.csv');
    await ingest(manifest);
    renameSync(photos, `${photos}-away`);
    mkdirSync(photos);
    putFile(photos, 'list.csv', row);
    await ingest(manifest);
    expect(await paths()).toEqual(['a.jpg']);
    rmSync(photos, { recursive: true });
    renameSync(`${photos}-away`, photos);
    expect(await ingest(manifest)).toMatchObject({ unchanged: 1, failed: 0 });
    expect(await paths()).toEqual([]);
  });

  it.each([
    ['an ingest', () => ingest(join(folder, 'others'))],
    [
      'an ingestion over HTTP',
      async () => {
        renameSync(join(folder, 'others'), join(photos, 'others'));
        return ended(await post('/v1/ingestions', { sources: ['photos/others'] }));
      },
    ],
    [
      'an upload',
      async () => {
        const form = new FormData();
        form.append('image', new Blob([Uint8Array.from(await makePhoto(2))]), 'b.jpg');
        form.append('metadata', JSON.stringify({ lat: 10, lon: 20 }));
        return call('/v1/references', { method: 'POST', body: form });
      },
    ],
  ])('by its bytes at another path, through %s; and is no failure of the next run', async (_how, comeIn) => {
    putFile(photos, 'a.jpg', await makePhoto(2));
    putFile(photos, 'z.jpg', await makePhoto(3));
    await ingest(photos);
    expect(await paths()).toEqual(['a.jpg', 'z.jpg']);
    putFile(folder, 'others/b.jpg', await makePhoto(2));
    putFile(folder, 'others/labels.csv', 'file,lat,lon\nb.jpg,10,20\n');
    await comeIn();
    expect(await paths()).toEqual(['z.jpg']);
    expect(await (await app.index()).journal.failures()).toHaveLength(1);
    expect(await ingest(photos)).toMatchObject({ failed: 1 });
    expect(await ingest(photos, { retryFailed: true })).toMatchObject({ failed: 1 });
    expect(await paths()).toEqual(['z.jpg']);
    const id = (await (await app.index()).reader.list({ limit: 1 })).references[0]?.id as string;
    expect((await call(`/v1/references/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await paths()).toEqual(['a.jpg', 'z.jpg']);
  });

  it('where its file is gone, by a prune; not where its whole folder is', async () => {
    putFile(photos, 'a.jpg', 'no picture');
    putFile(photos, 'b.jpg', 'no picture');
    await ingest(photos);
    rmSync(join(photos, 'a.jpg'));
    expect(await pruneSources(app.indexFolder(), { dryRun: true })).toMatchObject({ failures: [{ path: 'a.jpg' }] });
    expect(await paths()).toEqual(['a.jpg', 'b.jpg']);
    await pruneSources(app.indexFolder());
    expect(await paths()).toEqual(['b.jpg']);
    renameSync(photos, `${photos}-away`);
    expect(await pruneSources(app.indexFolder())).toMatchObject({ failures: [], missingRoots: [photos] });
    expect(await paths()).toEqual(['b.jpg']);
  });

  it('where its folder becomes one in which it has come in', async () => {
    const other = join(folder, 'other');
    putFile(photos, 'a.jpg', await makePhoto(1));
    putFile(photos, 'b.jpg', 'no picture');
    putFile(other, 'a.jpg', await makePhoto(4, { lat: 1, lon: 2 }));
    await ingest(photos);
    await ingest(other);
    remapRoot(app.indexFolder(), photos, other);
    expect(await paths()).toEqual(['b.jpg']);
  });
});

it('a failure of an index of before is kept, and read once more for the id of its bytes', async () => {
  putFile(photos, 'a.jpg', await makePhoto(2));
  putFile(photos, 'b.jpg', 'no picture');
  await ingest(photos);
  const db = openSqlite(databaseFile(app.indexFolder()));
  backToFormat(db, 6);
  db.close();
  await server.close();
  await app.close();
  await start();
  expect((await list()).failures).toMatchObject([
    { path: 'a.jpg', code: 'no_position', thumbnail: false },
    { path: 'b.jpg', code: 'not_an_image' },
  ]);
  expect(await ingest(photos)).toMatchObject({ failed: 2 });
  expect((await list()).failures).toMatchObject([{ path: 'a.jpg', thumbnail: true }, { path: 'b.jpg' }]);
});

describe('the list of failures', () => {
  beforeEach(async () => {
    putFile(photos, 'sub/no "place", ü.jpg', await makePhoto(1));
    putFile(photos, 'sub/broken.jpg', 'no picture');
    putFile(photos, 'list.csv', 'file,lat,lon\ngone.jpg,1,2\n');
    await ingest(photos);
    await ingest(join(photos, 'list.csv'));
  });

  it('is filtered by code and by text, and says how many there are of each code', async () => {
    expect(await list()).toMatchObject({
      failures: [{ root: 'photos', path: 'gone.jpg' }, { path: 'sub/broken.jpg' }, { path: 'sub/no "place", ü.jpg' }],
      total: 3,
      codes: [
        { code: 'file_missing', count: 1 },
        { code: 'no_position', count: 1 },
        { code: 'not_an_image', count: 1 },
      ],
    });
    expect(await list('?code=no_position&limit=1')).toMatchObject({ failures: [{ thumbnail: true }], total: 1 });
    expect((await list('?code=no_position')).codes).toHaveLength(3);
    expect(await paths('?q=BROKEN')).toEqual(['sub/broken.jpg']);
    expect(await paths('?q=position in a manifest')).toEqual(['sub/no "place", ü.jpg']);
    expect(await paths('?q=%25')).toEqual([]);
    expect(await refusal(await call('/v1/failures?colour=red'))).toEqual([400, 'request_invalid']);
  });

  it('tells nobody over HTTP where the folders lie, not even by what a search finds', async () => {
    const all = await list();
    expect(JSON.stringify(all)).not.toContain(folder);
    expect(all.failures[0]?.reason).toContain('below photos');
    expect(await paths(`?q=${encodeURIComponent(folder)}`)).toEqual([]);
  });

  it('is a table with a line for each, over HTTP and on the command line', async () => {
    const response = await call('/v1/failures?code=no_position', { headers: { accept: 'text/csv' } });
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const rows = parse(await response.text(), { columns: true }) as Record<string, string>[];
    expect(rows).toEqual([
      {
        ...{ root: 'photos', path: 'sub/no "place", ü.jpg', code: 'no_position' },
        ...{ reason: expect.stringContaining('Expected a position'), at: expect.stringMatching(/^\d{4}-.*Z$/) },
      },
    ]);
    const csv = execFileSync(process.execPath, [
      'dist/cli/main.js',
      'index',
      'failures',
      '--csv',
      '--index',
      app.indexFolder(),
    ]);
    const printed = parse(csv, { columns: true }) as Record<string, string>[];
    expect(printed.map(({ root, path, code }) => [root, path, code])).toEqual([
      [photos, 'gone.jpg', 'file_missing'],
      [photos, 'sub/broken.jpg', 'not_an_image'],
      [photos, 'sub/no "place", ü.jpg', 'no_position'],
    ]);
  });
});

describe('the picture of a failure', () => {
  const thumbnail = (id: number | string) => call(`/v1/failures/${id}/thumbnail`);
  const NONE = [404, 'image_not_found'];

  it('is there for a photo that failed for want of a position, and small', async () => {
    const picture = sharp({ create: { width: 900, height: 600, channels: 3, background: '#385' } });
    putFile(photos, 'a.jpg', await picture.jpeg().toBuffer());
    await ingest(photos);
    const response = await thumbnail(await idOf('a.jpg'));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/webp']);
    expect(await sharp(Buffer.from(await response.arrayBuffer())).metadata()).toMatchObject({
      width: 320,
      height: 213,
    });
  });

  it('is not there without such a failure, nor for a file that is no picture', async () => {
    putFile(photos, 'a.jpg', 'secret words, no picture');
    await ingest(photos);
    for (const id of [await idOf('a.jpg'), 999, 'none', '-1', '1e3'])
      expect(await refusal(await thumbnail(id))).toEqual(NONE);
  });

  it('is no way to a file elsewhere: by a row, by a link, by a file or folder that becomes a link', async () => {
    const secret = join(folder, 'secret');
    const hidden = await makePhoto(50);
    putFile(secret, 'x.jpg', hidden);
    putFile(secret, 'other.jpg', hidden);
    const rows = ['../secret/other.jpg', join(secret, 'other.jpg')].map((path) => `${path},1,2\n`);
    putFile(photos, 'rows.csv', `file,lat,lon\n${rows.join('')}`);
    symlinkSync(join(secret, 'x.jpg'), join(photos, 'link.jpg'));
    putFile(photos, 'plain/x.jpg', hidden);
    putFile(photos, 'plain/y.jpg', await makePhoto(51));
    await ingest(join(photos, 'rows.csv'));
    await ingest(photos);
    await ended(await post('/v1/ingestions', { sources: ['photos'], retry_failed: true }));
    const ids = new Map((await list()).failures.map(({ path, id }) => [path, id]));
    expect([...ids.keys()]).toEqual(expect.arrayContaining(['link.jpg', 'plain/x.jpg', 'plain/y.jpg']));
    expect(ids.size).toBeGreaterThanOrEqual(4);
    for (const [path, id] of ids) {
      if (!path.startsWith('plain/')) expect([path, await refusal(await thumbnail(id))]).toEqual([path, NONE]);
    }
    const [x, y] = [ids.get('plain/x.jpg') as number, ids.get('plain/y.jpg') as number];
    expect((await thumbnail(x)).status).toBe(200);
    rmSync(join(photos, 'plain'), { recursive: true });
    symlinkSync(secret, join(photos, 'plain'));
    expect(await refusal(await thumbnail(x))).toEqual(NONE);
    rmSync(join(photos, 'plain'));
    putFile(photos, 'plain/y.jpg', readFileSync(join(secret, 'x.jpg')));
    expect(await refusal(await thumbnail(y))).toEqual(NONE);
    expect(await refusal(await thumbnail(x))).toEqual(NONE);
  });
});

describe('trying again what failed', () => {
  it('does the same ingestion again, its manifest and options included, for what failed and nothing else', async () => {
    const time = JSON.stringify({ photoTakenTime: { timestamp: `${Date.UTC(2020, 5, 1, 12, 0, 10) / 1000}` } });
    putFile(photos, 'walk/a.jpg', await makePhoto(1));
    putFile(photos, 'walk/a.jpg.json', time);
    putFile(photos, 'walk/b.jpg', 'no picture');
    const point = (lon: number, seconds: string) =>
      `<trkpt lat="10" lon="${lon}"><time>2020-06-01T15:00:${seconds}Z</time></trkpt>`;
    const track = `<gpx><trk><trkseg>${point(20, '00')}${point(21, '40')}</trkseg></trk></gpx>`;
    putFile(photos, 't.gpx', track);
    const first = await ended(await post('/v1/ingestions', { sources: ['photos/walk'], gpx: ['photos/t.gpx'] }));
    expect(first.counts).toMatchObject({ failed: 2 });
    expect((await list()).failures.map(({ ingestion }) => ingestion)).toEqual([first.id, first.id]);
    putFile(photos, 't.gpx', track.replaceAll('T15', 'T12'));
    putFile(photos, 'walk/new.jpg', await makePhoto(2, { lat: 1, lon: 1 }));
    const second = await ended(await post(`/v1/ingestions/${first.id}/retry`, { code: 'no_position' }));
    expect(second).toMatchObject({
      sources: ['photos/walk'],
      state: 'finished',
      total: 1,
      counts: { added: 1, failed: 0 },
    });
    expect((await list()).failures).toMatchObject([{ path: 'b.jpg', ingestion: first.id }]);
    putFile(photos, 'walk/b.jpg', await makePhoto(3, { lat: 1, lon: 1 }));
    expect((await ended(await post(`/v1/ingestions/${first.id}/retry`, {}))).counts).toMatchObject({ added: 1 });
    expect(await paths()).toEqual([]);
    expect((await (await app.index()).catalogue.counts()).references).toBe(2);
  });

  it('does what was begun on the command line too where it lies in the allowed folders, and nothing elsewhere', async () => {
    putFile(photos, 'a.jpg', 'no picture');
    putFile(folder, 'elsewhere/b.jpg', 'no picture');
    await ingest(photos);
    await ingest(join(folder, 'elsewhere'));
    const [there, here] = (await list()).failures;
    expect([here?.path, there?.path, there?.root]).toEqual(['a.jpg', 'b.jpg', 'elsewhere']);
    putFile(photos, 'a.jpg', await makePhoto(1, { lat: 1, lon: 1 }));
    expect((await ended(await post(`/v1/ingestions/${here?.ingestion}/retry`, {}))).counts).toMatchObject({ added: 1 });
    const refused = await post(`/v1/ingestions/${there?.ingestion}/retry`, {});
    const problem = problemSchema.parse(await refused.json());
    expect([refused.status, problem.code]).toEqual([403, 'source_not_allowed']);
    expect(problem.detail).not.toContain(folder);
    expect(await refusal(await post('/v1/ingestions/none/retry', {}))).toEqual([404, 'ingestion_not_found']);
  });
});
