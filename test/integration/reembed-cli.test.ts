import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore } from '../../src/references/open-store.js';
import { commandLine } from '../support/command-line.js';
import { fixture } from '../support/fixtures.js';
import { eventually } from '../support/references.js';
import { smallGazetteer } from '../support/small-gazetteer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PHOTOS = readdirSync(fixture('clip-preprocess')).filter((name) => name.endsWith('.jpg'));
let folder: string;
let photos: string;
let index: string;
let server: ChildProcess | undefined;

function environment() {
  return {
    ...process.env,
    STREETDEX_MODELS_DIR: join(folder, 'models'),
    STREETDEX_DATA_DIR: join(folder, 'data'),
    STREETDEX_THREADS: '1',
  };
}

const { run } = commandLine();
const streetdex = (...args: string[]) => run(args, environment());

/** The tiny model, and one of the same size that sees other colours. */
function makeModels(): void {
  for (const name of ['tiny', 'other']) cpSync(fixture('tiny-clip'), join(folder, 'models', name), { recursive: true });
  const file = join(folder, 'models', 'other', 'preprocessor_config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...config, image_mean: [0.4, 0.5, 0.6] }));
}

beforeAll(() => {
  folder = temporaryFolder();
  smallGazetteer(join(folder, 'data'));
  makeModels();
  photos = join(folder, 'photos of a walk');
  index = join(folder, 'my index');
  mkdirSync(photos);
  for (const name of PHOTOS) copyFileSync(join(fixture('clip-preprocess'), name), join(photos, name));
  const rows = PHOTOS.map((name, i) => `${name},${54 + i / 10},18.6,w${i}`);
  writeFileSync(join(photos, 'labels.csv'), ['file,lat,lon,sequence', ...rows, ''].join('\n'));
  expect(streetdex('ingest', photos, '--index', index, '--model', 'tiny').status).toBe(0);
}, 120_000);

afterAll(async () => {
  if (server === undefined || server.exitCode !== null) return;
  const closed = new Promise((resolve) => server?.once('close', resolve));
  server.kill('SIGTERM');
  await closed;
});

async function serve(): Promise<string> {
  server = spawn(process.execPath, ['dist/cli/main.js', 'serve', '--index', index, '--port', '0'], {
    env: environment(),
  });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (data) => {
      said += data;
    });
  }
  const url = () => /answers at (http:\/\/\S+)/.exec(said)?.[1];
  await eventually(() => url() !== undefined || server?.exitCode !== null, 60_000);
  return url() ?? `no server: ${said}`;
}

function photo(i: number): string {
  return join(photos, PHOTOS[i] as string);
}

describe('an index that is asked with another model than its own', () => {
  it.each([
    ['locate', () => ['locate', photo(0)]],
    ['similar', () => ['similar', photo(0)]],
    ['ingest', () => ['ingest', photos]],
    ['serve', () => ['serve', '--port', '0']],
  ])('%s says both ways on: the right model, and the command that brings the index over', (_name, args) => {
    const { status, stderr } = streetdex(...args(), '--index', index, '--model', 'other');
    expect(status).toBe(2);
    expect(stderr).toContain('[index_model_mismatch]');
    expect(stderr).toContain('Ask with --model tiny');
    expect(stderr).toContain(`streetdex index reembed --index '${index}' --model other [`);
    expect(streetdex('index', 'stats', '--index', index).stdout).toContain('tiny');
  });

  it('needs to be told which model it is brought over to', () => {
    const { status, stderr } = streetdex('index', 'reembed', '--index', index);
    expect([status, stderr]).toEqual([2, expect.stringContaining('--model NAME')]);
    expect(streetdex('index', 'reembed', '--index', join(folder, 'none'), '--model', 'other').stderr).toContain(
      '[index_not_found]',
    );
    expect(streetdex('index', 'reembed', '--index', index, '--model', 'none').stderr).toContain('[model_not_found]');
  });
});

describe('index copy --model', () => {
  it('has the vectors that an ingest by that model makes, and leaves out what is gone until it is back', async () => {
    const [copy, fresh] = [join(folder, 'copy'), join(folder, 'fresh')];
    const copying = () => streetdex('index', 'copy', '--from', index, '--to', copy, '--model', 'other');
    renameSync(photo(1), `${photo(1)}.away`);
    const part = copying();
    renameSync(`${photo(1)}.away`, photo(1));
    expect([part.status, part.stdout]).toEqual([
      1,
      expect.stringContaining(`1 of ${PHOTOS.length} references are not in`),
    ]);
    expect(part.stdout).toMatch(new RegExp(`unreadable|file_missing +${PHOTOS[1]}`));
    const whole = copying();
    expect([whole.status, whole.stdout]).toEqual([0, expect.stringContaining('1 embedded by other')]);
    expect(streetdex('ingest', photos, '--index', fresh, '--model', 'other').status).toBe(0);
    const vectors = async (at: string) => {
      const store = openStore(at);
      const opened = await store.open();
      const { references } = await opened.reader.list({ limit: 100 });
      const found = await opened.reader.vectors(references.map(({ id }) => id));
      await opened.close();
      await store.close();
      return [(await store.identity())?.modelName, found];
    };
    expect(await vectors(copy)).toEqual(await vectors(fresh));
    expect((await vectors(index))[1]).not.toEqual((await vectors(copy))[1]);
    // Of its own model it is a copy, which looks at no photo.
    const own = streetdex('index', 'copy', '--from', index, '--to', join(folder, 'own'), '--model', 'tiny');
    expect([own.status, own.stdout]).toEqual([0, expect.stringContaining('copied in')]);
  });
});

describe('index reembed', () => {
  it('does not switch where a photo is gone, and names the ways out', () => {
    renameSync(photo(1), `${photo(1)}.away`);
    const { status, stdout } = streetdex('index', 'reembed', '--index', index, '--model', 'other');
    renameSync(`${photo(1)}.away`, photo(1));
    expect(status).toBe(1);
    expect(stdout).toContain(`1 of ${PHOTOS.length} references have no vector of other`);
    expect(stdout).toMatch(/file_missing +\S+\.jpg/);
    expect(stdout).toContain('index prune');
    expect(stdout).toContain('--without-missing');
    expect(streetdex('similar', photo(0), '--index', index).stdout).toContain(PHOTOS[0] as string);
    expect(streetdex('index', 'verify', '--index', index).stdout).toContain(
      `index reembed --index '${index}' --model other`,
    );
  });

  it('switches when all is there; a server that is running says so instead of mixing the two', async () => {
    const url = await serve();
    const body = JSON.stringify({ text: 'a street' });
    const headers = { 'content-type': 'application/json' };
    const ask = () => fetch(`${url}/v1/similar`, { method: 'POST', headers, body });
    const before = await ask();
    expect(before.status).toBe(200);
    const { status, stdout } = streetdex('index', 'reembed', '--index', index, '--model', 'other', '--json');
    expect(status).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; report?: unknown });
    expect(events.at(-1)).toMatchObject({
      type: 'done',
      report: { switched: true, embedded: 1, embeddedBefore: PHOTOS.length - 1, failed: 0 },
    });
    expect(await eventually(async () => (await ask()).status === 503)).toBe(true);
    expect(await (await ask()).json()).toMatchObject({ code: 'index_model_changed', status: 503 });
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { code: 'index_model_changed' }]);
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: 'failed' });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    const form = new FormData();
    form.append(
      'image',
      new Blob([new Uint8Array(readFileSync(fixture('clip-preprocess', PHOTOS[0] as string))), 'another']),
      'new.jpg',
    );
    form.append('lat', '1');
    form.append('lon', '2');
    const added = await fetch(`${url}/v1/references`, { method: 'POST', body: form });
    expect([added.status, await added.json()]).toMatchObject([503, { code: 'index_model_changed' }]);
    const closed = new Promise((resolve) => server?.once('close', resolve));
    server?.kill('SIGTERM');
    expect(await closed).toBe(0);
  }, 120_000);

  it('leaves an index that answers with the new model, unasked, and that refuses the former one', () => {
    const answer = JSON.parse(streetdex('locate', photo(0), '--index', index, '--json').stdout);
    expect(answer.candidates.length).toBeGreaterThan(0);
    expect(streetdex('index', 'verify', '--index', index)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('graph current'),
    });
    expect(streetdex('ingest', photos, '--index', index).stdout).toContain(`${PHOTOS.length} unchanged`);
    const former = streetdex('similar', photo(0), '--index', index, '--model', 'tiny');
    expect(former.stderr).toContain(`streetdex index reembed --index '${index}' --model tiny`);
    const again = streetdex('index', 'reembed', '--index', index, '--model', 'other');
    expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining('holds vectors of other already') });
  });

  it('brings it back without the photos that are gone, and says which references that deletes', () => {
    renameSync(photo(1), `${photo(1)}.away`);
    const { status, stdout } = streetdex('index', 'reembed', '--index', index, '--model', 'tiny', '--without-missing');
    expect(status).toBe(0);
    expect(stdout).toContain('answers with tiny now, in place of other');
    expect(stdout).toContain('1 references were deleted');
    const stats = JSON.parse(streetdex('index', 'stats', '--index', index, '--json').stdout);
    expect(stats).toMatchObject({ references: PHOTOS.length - 1, model_name: 'tiny' });
  });

  it('of an index whose model is lost says how to go on', () => {
    renameSync(join(folder, 'models', 'tiny'), join(folder, 'models', 'gone'));
    const { status, stderr } = streetdex('locate', photo(0), '--index', index);
    expect(status).toBe(2);
    expect(stderr).toContain(`streetdex index reembed --index '${index}' --model NAME`);
  });
});
