import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { op, torchBytes } from '../support/checkpoints.js';
import { clipFiles } from '../support/clip-files.js';
import { commandLine } from '../support/command-line.js';
import { FakeHub } from '../support/fake-hub.js';
import { modelSamples } from '../support/model-samples.js';
import { smallGazetteer } from '../support/small-gazetteer.js';
import { putFile, temporaryFolder } from '../support/temporary-folder.js';

const ID = 'someone/clip-s';
const README = '# A model\n## Limitations\nNot for **forests**.\n';

let folder: string;
let streets: string;
let modelsFolder: string;
let hub: FakeHub;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const line = commandLine();
const argsOf = (args: readonly string[]) => [
  ...['model', ...args, '--models-dir', modelsFolder],
  ...['--data-dir', join(folder, 'data')],
];
function environment() {
  const { HF_ENDPOINT: _, HF_TOKEN: __, ...env } = process.env;
  return { ...env, HF_ENDPOINT: hub.endpoint };
}

/** In a process of its own. Not spawnSync: the hub answers from this process. */
function start(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['dist/cli/main.js', ...argsOf(args)], { env: environment() });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text.stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (status) => resolve({ status, ...text })));
  return { child, ended };
}

const model = (...args: string[]) => line.later(argsOf(args), environment());

/** Every file and folder under the models, hidden ones too. */
const below = () =>
  existsSync(modelsFolder) ? (readdirSync(modelsFolder, { recursive: true }) as string[]).sort() : [];

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}

beforeAll(async () => {
  folder = temporaryFolder();
  modelsFolder = join(folder, 'models');
  streets = join(folder, 'streets');
  smallGazetteer(join(folder, 'data'));
  const { pictures } = await modelSamples();
  pictures.forEach((picture, i) => {
    putFile(streets, `${i}.png`, picture);
  });
  const files = { 'README.md': README, ...(await clipFiles({ weights: 'pytorch_model.bin' })) };
  hub = await FakeHub.start({ id: ID, files, cardData: { license: 'mit' } });
}, 120_000);
afterAll(() => hub[Symbol.asyncDispose]());

describe('models', () => {
  it('are none before the first is added', async () => {
    const { status, stdout } = await model('list', '--json');
    expect({ status, models: JSON.parse(stdout) }).toEqual({ status: 0, models: [] });
  });
});

describe('model add', () => {
  it('says whose terms hold before it downloads, compares on photos of the folder, and says what to do next', async () => {
    const { status, stdout, stderr } = await model('add', ID, '--precision', 'int8', '--calibration', streets);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^someone\/clip-s: \d MB, licence MIT\.\nNot for forests\.\n/);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/cosine +centred +logit p99 +neighbour +country +s\/image +s\/caption/);
    expect(lines[1]).toMatch(/^limit +≥ 0\.99 +≥ 0\.98 +≤ 1 /);
    expect(lines[2]).toMatch(/^fp32 +1\.0000 .*holds$/);
    expect(lines[3]).toMatch(/^int8 .*chosen$/);
    expect(stdout).toMatch(/someone\/clip-s is ready in int8: 48 dimensions at 32 pixels, licence MIT\. Use it: /);
    const card = JSON.parse(readFileSync(join(modelsFolder, ID, 'streetdex.json'), 'utf8'));
    expect(card.measured.calibrated).toMatchObject({ images: 12, provenance: `44 photos of ${streets}` });
    expect(card.measured.compared.images).toBe(32);
    expect(existsSync(join(folder, 'data', 'downloads'))).toBe(false);
  });

  it('again, with other settings, takes its place; as JSON with the figures', async () => {
    // As auto chooses where there is a card.
    const { status, stdout } = await model('add', ID, '--device', 'webgpu', '--calibration', streets, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ name: ID, precision: 'fp16', licence: 'MIT', limits: 'Not for forests.' },
      measured: { fp16: { holds: true } },
    });
    expect(readdirSync(join(modelsFolder, ID, 'onnx')).every((file) => file.includes('_fp16'))).toBe(true);
  });

  it('calibrates with rendered scenes where no photos are given, and says so', async () => {
    const { status } = await model('add', ID, '--precision', 'int8-block', '--name', 'rendered');
    expect(status).toBe(0);
    const card = JSON.parse(readFileSync(join(modelsFolder, 'rendered', 'streetdex.json'), 'utf8'));
    expect(card).toMatchObject({ name: 'rendered', source: ID });
    expect(card.measured.calibrated.provenance).toMatch(/^\d+ rendered scenes$/);
    expect((await model('remove', 'rendered')).status).toBe(0);
  }, 180_000);
});

describe('a model that was added', () => {
  it('is listed and verified', async () => {
    const list = await model('list');
    expect(list.stdout).toMatch(/someone\/clip-s +48 +32 +fp16 +MIT/);
    const [listed] = JSON.parse((await model('list', '--json')).stdout);
    expect(listed).toMatchObject({ name: ID, dimension: 48, precision: 'fp16', licence: 'MIT' });
    const verified = await model('verify', ID, '--json');
    expect(JSON.parse(verified.stdout)).toEqual({ ok: true, id: listed.id, name: ID });
  });

  it('is timed: a picture, a caption, loading, peak memory, for each precision that it has', async () => {
    const { status, stdout } = await model('bench', ID, '--json', '--threads', '1');
    expect(status).toBe(0);
    const results = JSON.parse(stdout) as Record<string, unknown>[];
    expect(results.map(({ precision }) => precision)).toEqual(['fp16']);
    for (const figure of ['seconds_per_image', 'seconds_per_caption', 'load_seconds', 'peak_memory_mib']) {
      expect(results[0]?.[figure]).toBeGreaterThan(0);
    }
    const wrong = await model('bench', ID, '--precision', 'int8');
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringMatching(/fp16.*got int8.*\[usage\]/) });
  });

  it('is refused by verify once a byte of its weights is another, and shown by list as such', async () => {
    const file = join(modelsFolder, ID, 'onnx', 'text_model_fp16.onnx_data');
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.from(bytes.map((byte, i) => (i === 9000 ? byte ^ 1 : byte))));
    const verified = await model('verify', ID);
    expect(verified).toMatchObject({ status: 2, stderr: expect.stringContaining('[model_file_altered]') });
    expect(verified.stderr).toContain('text_model_fp16.onnx_data');
    expect((await model('list')).stdout).toContain('[model_file_altered]');
    writeFileSync(file, bytes);
    expect((await model('verify', ID)).status).toBe(0);
  });

  it('is gone when it was removed, and can’t be removed twice', async () => {
    const { status, stdout } = await model('remove', ID);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'someone/clip-s is gone.\n' });
    expect(below()).toEqual([]);
    const again = await model('remove', ID);
    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('[model_not_found]') });
  });
});

describe('model add that fails', () => {
  it.each([
    ['the caller’s fault is 2: no such folder', ['./nowhere'], 2, 'model_source_not_found'],
    ['the caller’s fault is 2: no such precision', [ID, '--precision', 'fast'], 2, 'usage'],
    ['the caller’s fault is 2: no such model', ['someone/else'], 2, 'hub_not_found'],
    ['the caller’s fault is 2: a name that climbs', [ID, '--name', '../up'], 2, 'model_name_invalid'],
  ])('%s', async (_name, args, status, code) => {
    expect(await model('add', ...args)).toMatchObject({ status, stderr: expect.stringContaining(`[${code}]`) });
    expect(below()).toEqual([]);
  });

  it('for a pickle that would run a command exits with 2, and has not run it', async () => {
    const call = [op.proto(), op.global('posix', 'system'), op.text('touch pwned'), op.reduce, op.stop];
    const { 'model.safetensors': _, ...files } = await clipFiles();
    const source = temporaryFolder({ ...files, 'pytorch_model.bin': torchBytes(Buffer.concat(call)) });
    const { status, stderr } = await model('add', source);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/posix\.system.*\[checkpoint_unsafe\]/),
    });
    expect(below()).toEqual([]);
    expect(existsSync('pwned')).toBe(false);
  });

  it('for too many requests exits with 3: later', async () => {
    hub.fail(/^hub:\/api/, { status: 429, headers: { 'retry-after': '600' } });
    const { status, stderr } = await model('add', ID);
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringContaining('[hub_rate_limited]') });
    expect(below()).toEqual([]);
  });

  it('for another that is at it exits with 3, and Ctrl-C ends that one without a trace under the models', async () => {
    hub.fail(/^cdn:.*pytorch_model\.bin/, { stallAfter: 50_000 });
    const asked = hub.asked('pytorch_model.bin').length;
    const first = start('add', ID);
    await until(() => hub.asked('pytorch_model.bin').length > asked);
    const second = await model('add', ID);
    expect(second).toMatchObject({ status: 3, stderr: expect.stringContaining('[model_add_busy]') });
    expect(second.stderr).toContain(String(first.child.pid));
    first.child.kill('SIGINT');
    const { status, stderr } = await first.ended;
    expect({ status, stderr }).toEqual({ status: 130, stderr: expect.stringContaining('[interrupted]') });
    expect(below()).toEqual([]);
  });
});
