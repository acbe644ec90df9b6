import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { failuresSchema, ingestionListSchema, ingestionSchema } from '../../src/api/ingestions.js';
import { problemSchema } from '../../src/api/service.js';
import { App } from '../../src/app.js';
import { settingsSchema } from '../../src/config/settings.js';
import { appParts } from '../../src/http/app-parts.js';
import { createServer } from '../../src/http/create-server.js';
import { listen, type RunningServer } from '../../src/http/listen.js';
import { databaseFile } from '../../src/references/embedded/index-folder.js';
import { openSqlite } from '../../src/store/sqlite.js';
import { fixture } from '../support/fixtures.js';
import { makePhoto } from '../support/make-photo.js';
import { eventually } from '../support/references.js';
import { smallGazetteer } from '../support/small-gazetteer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const COUNT = 12;
let folder: string;
let app: App;
let server: RunningServer;

function open(): App {
  const settings = {
    index: join(folder, 'index'),
    data_dir: join(folder, 'data'),
    ingest_roots: join(folder, 'photos'),
  };
  return new App(settingsSchema.parse({ ...settings, model: fixture('tiny-clip'), port: 0, threads: 1 }));
}

const serve = (of: App) => listen(createServer(appParts(of), { version: '0', logger: pino({ level: 'silent' }) }));

beforeAll(async () => {
  folder = temporaryFolder();
  smallGazetteer(join(folder, 'data'));
  const [walk, secret] = [join(folder, 'photos', 'walk'), join(folder, 'secret')];
  mkdirSync(walk, { recursive: true });
  mkdirSync(join(secret, 'deep'), { recursive: true });
  for (let i = 0; i < COUNT; i++)
    writeFileSync(join(walk, `${i}.jpg`), await makePhoto(i, { lat: 54 + i / 100, lon: 18.6 }));
  writeFileSync(join(walk, 'damaged.jpg'), 'no picture at all');
  for (const path of ['a.jpg', 'deep/b.jpg'])
    writeFileSync(join(secret, path), await makePhoto(100, { lat: 1, lon: 1 }));
  symlinkSync(join(secret, 'a.jpg'), join(walk, 'link.jpg'));
  symlinkSync(join(secret, 'deep'), join(walk, 'deeper'));
  app = open();
  await app.withWriter(async () => undefined);
  server = await serve(app);
}, 300_000);

afterAll(async () => {
  await server?.close();
  await app?.close();
});

const begin = (body: unknown) =>
  fetch(`${server.url}/v1/ingestions`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  });
const statusOf = async (id: string) =>
  ingestionSchema.parse(await (await fetch(`${server.url}/v1/ingestions/${id}`)).json());
const list = async () => ingestionListSchema.parse(await (await fetch(`${server.url}/v1/ingestions`)).json());

/** Paths of what failed in an ingestion, by the index. */
async function failuresOf(id: string): Promise<string[]> {
  const response = await fetch(`${server.url}/v1/failures?ingestion=${id}`);
  const { failures, total } = failuresSchema.parse(await response.json());
  expect(total).toBe(failures.length);
  return failures.map(({ path }) => path);
}

interface Heard {
  readonly status: number;
  readonly events: readonly { readonly id: number; readonly event: string; readonly data: Record<string, unknown> }[];
}

/** Reads a stream to its end. */
function hear(id: string, lastEventId?: number): Promise<Heard> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
  return new Promise((resolve, reject) => {
    get(`${server.url}/v1/ingestions/${id}/events`, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const events = text.split('\n\n').flatMap((block) => {
          const match = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block);
          return match === null
            ? []
            : [{ id: Number(match[1]), event: match[2] as string, data: JSON.parse(match[3] as string) }];
        });
        resolve({ status: response.statusCode ?? 0, events });
      });
    }).on('error', reject);
  });
}

describe('an ingestion over HTTP', () => {
  let id: string;
  let last = 0;

  it('is refused outside the allowed folders', async () => {
    for (const source of ['secret', 'photos/walk/deeper', 'photos/../secret', folder]) {
      const response = await begin({ sources: [source] });
      expect([response.status, problemSchema.parse(await response.json()).code]).toEqual([403, 'source_not_allowed']);
    }
    const missing = await begin({ sources: ['photos/none'] });
    expect([missing.status, problemSchema.parse(await missing.json()).code]).toEqual([404, 'source_not_found']);
    expect((await list()).ingestions).toEqual([]);
  });

  it('brings photos in and says how far it is, with failures and their reasons; links lead nowhere', async () => {
    const response = await begin({ sources: ['photos/walk'] });
    expect(response.status).toBe(202);
    id = ingestionSchema.parse(await response.json()).id;
    expect(response.headers.get('location')).toBe(`/v1/ingestions/${id}`);
    const { status, events } = await hear(id);
    expect(status).toBe(200);
    expect(events[0]?.event).toBe('status');
    const numbers = events.map((event) => event.id);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    last = numbers.at(-1) as number;
    expect(events.at(-1)?.data).toMatchObject({ state: 'finished', counts: { added: COUNT, failed: 2 } });
    const done = await statusOf(id);
    expect(done).toMatchObject({ state: 'finished', done: COUNT + 2, problem: null });
    expect(done.failures.map(({ path, code }) => [path, code]).sort()).toEqual([
      ['damaged.jpg', 'not_an_image'],
      ['link.jpg', 'file_outside_allowed'],
    ]);
    expect(JSON.stringify(done)).not.toContain(folder);
    const failures = failuresSchema.parse(await (await fetch(`${server.url}/v1/failures?limit=1`)).json());
    expect([failures.failures.length, failures.total]).toEqual([1, 2]);
    expect(await failuresOf(id)).toEqual(['damaged.jpg', 'link.jpg']);
    expect(await eventually(async () => (await (await app.index()).catalogue.counts()).references === COUNT)).toBe(
      true,
    );
  });

  it('tells a reader who comes back what it missed, and at the end that there is no more', async () => {
    const missed = await hear(id, last - 2);
    expect(missed.events.map((event) => event.id)).toEqual([last - 1, last]);
    expect((await hear(id, last)).status).toBe(204);
    const fromElsewhere = await hear(id, 999_999);
    expect(fromElsewhere.status).toBe(204);
  });

  it('changes nothing when it is begun again', async () => {
    const again = ingestionSchema.parse(await (await begin({ sources: ['photos'] })).json());
    await hear(again.id);
    const other = await statusOf(again.id);
    // Of another root, hence other paths of the same photos.
    expect(other).toMatchObject({ state: 'finished', counts: { added: 0, linked: COUNT } });
    const third = ingestionSchema.parse(await (await begin({ sources: ['photos'] })).json());
    await hear(third.id);
    expect((await statusOf(third.id)).counts).toMatchObject({ added: 0, unchanged: COUNT });
    // The third met what the second had met; the first was of another folder.
    expect(await Promise.all([id, again.id, third.id].map(failuresOf))).toEqual([
      ['damaged.jpg', 'link.jpg'],
      [],
      ['walk/damaged.jpg', 'walk/link.jpg'],
    ]);
  });

  it('runs by itself alone, can be cancelled, and others who write are told to come again', async () => {
    for (let i = 0; i < 60; i++)
      writeFileSync(join(folder, 'photos', `more-${i}.jpg`), await makePhoto(1000 + i, { lat: 50, lon: i / 10 }));
    const { id: running } = ingestionSchema.parse(await (await begin({ sources: ['photos'] })).json());
    const second = await begin({ sources: ['photos'] });
    expect([second.status, problemSchema.parse(await second.json()).code]).toEqual([409, 'ingestion_running']);
    const form = new FormData();
    form.append('image', new Blob([Uint8Array.from(await makePhoto(7777, { lat: 1, lon: 1 }))]), 'a.jpg');
    const add = await fetch(`${server.url}/v1/references`, { method: 'POST', body: form });
    expect([add.status, problemSchema.parse(await add.json()).code]).toEqual([409, 'ingestion_running']);
    const cancelled = await fetch(`${server.url}/v1/ingestions/${running}`, { method: 'DELETE' });
    expect(cancelled.status).toBe(202);
    await hear(running);
    const stopped = await statusOf(running);
    expect(stopped.state).toBe('stopped');
    const rest = ingestionSchema.parse(await (await begin({ sources: ['photos'] })).json());
    await hear(rest.id);
    const { counts } = await statusOf(rest.id);
    expect((counts.added as number) + (stopped.counts.added as number)).toBe(60);
  });

  it('that is not there is 404', async () => {
    for (const method of ['GET', 'DELETE'])
      expect((await fetch(`${server.url}/v1/ingestions/none`, { method })).status).toBe(404);
    expect((await hear('none')).status).toBe(404);
    const failures = await fetch(`${server.url}/v1/failures?ingestion=none`);
    expect([failures.status, problemSchema.parse(await failures.json()).code]).toEqual([404, 'ingestion_not_found']);
  });

  it('is remembered by the index; one whose process ended before it did is shown as interrupted', async () => {
    const before = await list();
    await server.close();
    await app.close();
    const db = openSqlite(databaseFile(join(folder, 'index')));
    db.exec(`UPDATE runs SET state = 'running', ended_at = NULL, counts = '{}' WHERE id = (SELECT max(id) FROM runs)`);
    db.close();
    app = open();
    server = await serve(app);
    const after = await list();
    expect(after.roots).toEqual(['photos']);
    expect(after.ingestions.map((one) => one.id)).toEqual(before.ingestions.map((one) => one.id));
    expect(after.ingestions.map(({ state }) => state)).toEqual([
      'interrupted',
      'stopped',
      ...Array(3).fill('finished'),
    ]);
    expect(after.ingestions.at(-1)).toMatchObject({ id, sources: ['photos/walk'], counts: { added: COUNT } });
    expect(JSON.stringify(after)).not.toContain(folder);
    expect(await failuresOf(id)).toEqual(['damaged.jpg', 'link.jpg']);
    const ended = await hear(id, 0);
    expect(ended.status).toBe(204);
  });

  it('is stopped by a server that shuts down, and the streams end', async () => {
    for (let i = 0; i < 200; i++)
      writeFileSync(join(folder, 'photos', `last-${i}.jpg`), await makePhoto(5000 + i, { lat: 40, lon: i / 10 }));
    const { id: running } = ingestionSchema.parse(await (await begin({ sources: ['photos'] })).json());
    const heard = hear(running);
    expect(await eventually(async () => (await statusOf(running)).done > 0)).toBe(true);
    expect(await server.close()).toBe(true);
    expect((await heard).events.at(-1)?.data).toMatchObject({ state: 'stopped' });
  });
});
