import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problemSchema } from '../../src/api/service.js';
import { childrenOf } from '../support/children-of.js';
import { makePhoto } from '../support/make-photo.js';
import { makePipe } from '../support/odd-entries.js';
import { eventually } from '../support/references.js';
import { Installed } from '../support/served.js';
import { putFile } from '../support/temporary-folder.js';

let installed: Installed;
let server: Awaited<ReturnType<Installed['serve']>>;
beforeAll(async () => {
  installed = new Installed();
  const photos = join(installed.folder, 'photos');
  for (let i = 0; i < 4; i++) putFile(photos, `${i}.jpg`, await makePhoto(40 * i, { lat: 50 + i, lon: 10 }));
  expect(installed.run('ingest', photos, '--index', installed.index, '--model', 'tiny').status).toBe(0);
  server = await installed.serve();
}, 120_000);
afterAll(() => installed.end());

/** The process that answers. */
function serving(): number {
  return childrenOf(server.child.pid as number)[0] ?? 0;
}

const get = (path: string) => fetch(server.url + path, { signal: AbortSignal.timeout(10_000) });

async function isReady(): Promise<boolean> {
  return (await get('/readyz')).status === 200;
}

async function locate(): Promise<unknown> {
  const form = new FormData();
  form.append('image', new Blob([Uint8Array.from(await makePhoto(77))]), 'a.jpg');
  const answer = await fetch(`${server.url}/v1/locate`, { method: 'POST', body: form });
  const { took_ms: _, ...rest } = (await answer.json()) as { took_ms: unknown };
  return rest;
}

/** Until another process answers. The log says what ended. */
async function die(signal: NodeJS.Signals): Promise<void> {
  const dying = serving();
  process.kill(dying, signal);
  expect(await eventually(async () => serving() !== dying && (await isReady()), 20_000)).toBe(true);
  const said = server
    .said()
    .split('\n')
    .filter((line) => line.includes('the process that answers ended'));
  expect(said.at(-1)).toContain(`"ended_with":"${signal}"`);
}

describe('a server whose process that answers dies', () => {
  // What native code does when it finds itself broken, whichever it is: the system ends the process.
  it('by SIGABRT answers again soon, and the same', async () => {
    expect(await eventually(isReady)).toBe(true);
    const before = await locate();
    await die('SIGABRT');
    expect(await locate()).toEqual(before);
  }, 60_000);

  it('by SIGSEGV has what it said is stored', async () => {
    expect(await eventually(isReady)).toBe(true);
    const form = new FormData();
    form.append('image', new Blob([Uint8Array.from(await makePhoto(123))]), 'new.jpg');
    form.append('metadata', JSON.stringify({ lat: 1, lon: 2 }));
    const added = await fetch(`${server.url}/v1/references`, { method: 'POST', body: form });
    expect(added.status).toBe(201);
    const { reference } = (await added.json()) as { reference: { id: string } };
    await die('SIGSEGV');
    expect((await get(`/v1/references/${reference.id}`)).status).toBe(200);
  }, 60_000);

  it('says meanwhile that it lives and is not ready, and refuses calls so that they come again', async () => {
    expect(await eventually(isReady)).toBe(true);
    process.kill(serving(), 'SIGSTOP');
    const hanging = get('/v1/index');
    // It is in hand: nothing comes back from a process that stands still.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await get('/livez')).status).toBe(200);
    process.kill(serving(), 'SIGKILL');
    const answers = [await hanging, await get('/readyz'), await get('/v1/index')];
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(problemSchema.parse(await answer.json())).toMatchObject({ code: 'server_restarting', status: 503 });
    }
    expect((await get('/livez')).status).toBe(200);
    expect(await eventually(isReady, 20_000)).toBe(true);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(/^streetdex_serving_restarts_total [1-9]\d*$/m);
    expect(metrics).toMatch(/^streetdex_references 5$/m);
  }, 60_000);
});

describe('a server', () => {
  it('passes on whose call it is, whatever the caller says', async () => {
    const own = await installed.serve(['--rate-limit-per-minute', '3']);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      const headers = { 'x-forwarded-for': `10.0.0.${i}` };
      statuses.push((await fetch(`${own.url}/v1/index`, { headers })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    own.child.kill('SIGTERM');
    expect(await own.ended).toBe('code 0');
  }, 60_000);

  it.each(['supervised', 'alone'])(
    'opens its audit log again on SIGHUP, %s',
    async (how) => {
      const file = join(installed.folder, `audit-${how}.jsonl`);
      const own = await installed.serve(['--audit-log', file, ...(how === 'alone' ? ['--no-supervise'] : [])]);
      await fetch(`${own.url}/v1/index`);
      expect(await eventually(() => readFileSync(file, 'utf8').includes('/v1/index'))).toBe(true);
      renameSync(file, `${file}.1`);
      own.child.kill('SIGHUP');
      await eventually(async () => {
        await fetch(`${own.url}/v1/places?q=x`);
        return existsSync(file) && readFileSync(file, 'utf8').includes('/v1/places');
      });
      expect((await fetch(`${own.url}/readyz`)).status).toBe(200);
      own.child.kill('SIGTERM');
      expect(await own.ended).toBe('code 0');
    },
    60_000,
  );

  it('whose supervisor is killed ends too', async () => {
    const own = await installed.serve();
    const [pid] = childrenOf(own.child.pid as number);
    own.child.kill('SIGKILL');
    expect(await eventually(() => spawnSync('kill', ['-0', String(pid)]).status !== 0, 20_000)).toBe(true);
  }, 60_000);

  it('that is stopped while it starts leaves nothing behind that runs', async () => {
    const pipe = join(installed.folder, 'starting');
    makePipe(pipe);
    // Keeps the process that answers from ending by itself, as long work at its start does.
    const hang = join(installed.folder, 'starting.cjs');
    const opens = `require('node:fs').open(${JSON.stringify(pipe)}, () => {})`;
    writeFileSync(hang, `if (process.send && require('node:worker_threads').isMainThread) ${opens};`);
    const own = installed.spawn({ NODE_OPTIONS: `--require=${hang}` }, 'serve', '--model', 'tiny', '--port', '0');
    let pid: number | undefined;
    expect(
      await eventually(() => {
        [pid] = childrenOf(own.pid as number);
        return pid !== undefined;
      }),
    ).toBe(true);
    own.kill('SIGINT');
    expect(await eventually(() => spawnSync('kill', ['-0', String(pid)]).status !== 0, 10_000)).toBe(true);
  }, 60_000);

  it('says what keeps it from starting as any command does', async () => {
    const folder = join(installed.folder, 'other');
    mkdirSync(folder);
    copyFileSync(join(process.cwd(), 'package.json'), join(folder, 'package.json'));
    const { status, stderr } = installed.run('serve', '--index', folder, '--model', 'tiny', '--port', '0');
    expect(stderr).toContain('[not_an_index]');
    expect(status).toBe(2);
  }, 60_000);

  it('says what is missing where its socket finds no place', () => {
    const missing = join(installed.folder, 'missing');
    const { status, stderr } = installed.runIn({ TMPDIR: missing }, 'serve', '--index', installed.index, '--port', '0');
    expect(stderr).toContain(`${missing} can't be`);
    expect(stderr).toContain('[folder_read_only]');
    expect(status).toBe(2);
  }, 60_000);

  it('whose process that answers dies at its start says so, and ends', async () => {
    const crash = join(installed.folder, 'crash.cjs');
    writeFileSync(crash, 'if (process.send) process.abort();');
    const own = await installed.serve([], { NODE_OPTIONS: `--require=${crash}` });
    expect(await own.ended).toBe('code 1');
    expect(own.said()).toContain('SIGABRT');
    expect(own.said()).toContain('[serving_failed]');
  }, 60_000);

  it('can be without a supervisor', async () => {
    const own = await installed.serve(['--no-supervise']);
    expect((await fetch(`${own.url}/readyz`)).status).toBe(200);
    expect(childrenOf(own.child.pid as number)).toEqual([]);
    own.child.kill('SIGTERM');
    expect(await own.ended).toBe('code 0');
  }, 60_000);
});
