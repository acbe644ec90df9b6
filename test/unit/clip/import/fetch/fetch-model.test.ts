import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fetchModel } from '../../../../../src/clip/import/fetch/fetch-model.js';
import type { FetchModelOptions } from '../../../../../src/clip/import/fetch/fetch-options.js';
import type { DownloadProgress } from '../../../../../src/clip/import/fetch/fetched-model.js';
import { acquireWriterLock } from '../../../../../src/store/writer-lock.js';
import { FakeHub, type FakeHubOptions } from '../../../../support/fake-hub.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

const WEIGHTS = randomBytes(3_000_000);
const ID = 'someone/clip-b';
const FILES = {
  'README.md': '# A model\n## Out-of-scope use\nNot for **forests**.\n## Else\nx\n',
  'config.json': '{"model_type":"clip"}',
  'preprocessor_config.json': '{"size":224}',
  'vocab.json': '{"a":0}',
  'merges.txt': '#version: 0.2\n',
  'pytorch_model.bin': WEIGHTS,
  'photo.jpg': 'not wanted',
};
const CHOSEN = [
  'README.md',
  'config.json',
  'merges.txt',
  'preprocessor_config.json',
  'pytorch_model.bin',
  'vocab.json',
];

const hubs: FakeHub[] = [];
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub[Symbol.asyncDispose]();
});

async function start(options: Partial<FakeHubOptions> = {}) {
  const hub = await FakeHub.start({ id: ID, files: FILES, cardData: { license: 'mit' }, ...options });
  hubs.push(hub);
  const downloadsFolder = join(temporaryFolder(), 'downloads');
  const get = (more: Partial<FetchModelOptions> & { token?: string; stallMs?: number } = {}) => {
    const { token, stallMs, ...rest } = more;
    return fetchModel({
      what: ID,
      downloadsFolder,
      hub: {
        endpoint: hub.endpoint,
        pauseMs: 1,
        ...(token === undefined ? {} : { token }),
        ...(stallMs === undefined ? {} : { stallMs }),
      },
      ...rest,
    });
  };
  return { hub, get, downloadsFolder };
}

/** Everything below a folder; [] where it is not. */
const below = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort()
    : [];

const coded = (code: string, message: RegExp = /./, family = 'operator') =>
  expect.objectContaining({ code, family, message: expect.stringMatching(message) });

describe('a model of the hub', () => {
  it('comes with the files that are needed, their hashes, commit and terms, and leaves nothing when given up', async () => {
    const { hub, get, downloadsFolder } = await start();
    const model = await get();
    expect(model).toMatchObject({
      name: ID,
      source: ID,
      revision: 'main',
      commit: hub.commit,
      licence: 'MIT',
      limits: 'Not for forests.',
      kind: 'checkpoint',
      checkpoint: model.folder,
      weights: ['pytorch_model.bin'],
    });
    expect(model.files.map((file) => file.path)).toEqual(CHOSEN);
    for (const file of model.files) expect(file.sha256).toBe(hub.sha256(file.path));
    expect(readFileSync(join(model.folder, 'pytorch_model.bin')).equals(WEIGHTS)).toBe(true);
    expect(below(model.folder)).toEqual(CHOSEN);
    expect(hub.seen.some((request) => request.path.includes('photo.jpg'))).toBe(false);
    await model.discard();
    expect(existsSync(downloadsFolder)).toBe(false);
  });

  it('is asked for by its revision, with slashes in it', async () => {
    const { hub, get } = await start({ revisions: ['refs/pr/1'] });
    expect(await get({ revision: 'refs/pr/1' })).toMatchObject({ revision: 'refs/pr/1', commit: hub.commit });
    expect(hub.seen[0]?.path).toBe(`/api/models/${ID}/revision/refs/pr/1?blobs=true`);
  });

  it('shows its terms before any weights are asked for, and stops when they are refused', async () => {
    const { hub, get, downloadsFolder } = await start();
    const total = CHOSEN.reduce((sum, file) => sum + FILES[file as keyof typeof FILES].length, 0);
    await expect(
      get({
        onTerms: (terms) => {
          expect(terms).toEqual({ name: ID, licence: 'MIT', limits: 'Not for forests.', bytes: total });
          throw new Error('refused');
        },
      }),
    ).rejects.toThrow('refused');
    expect(hub.asked('pytorch_model.bin', 'hub')).toEqual([]);
    expect(below(downloadsFolder)).toEqual([]);
  });

  it('tells of every byte, up to the whole', async () => {
    const { get } = await start();
    const steps: DownloadProgress[] = [];
    await get({ onProgress: (step) => steps.push(step) });
    const last = steps.at(-1) as DownloadProgress;
    expect(last.receivedBytes).toBe(last.totalBytes);
    expect(steps.length).toBeGreaterThan(CHOSEN.length);
    expect(steps.every((step, i) => step.receivedBytes >= (steps[i - 1]?.receivedBytes ?? 0))).toBe(true);
  });

  it('comes from a mirror whose list has neither sizes nor hashes, and is checked all the same', async () => {
    const { hub, get } = await start({ sizes: false });
    const model = await get();
    expect(model.files.find((file) => file.path === 'pytorch_model.bin')?.bytes).toBe(WEIGHTS.length);
    await model.discard();
    hub.fail(/^cdn:.*pytorch_model.bin/, { change: flip }, 2);
    // The first of the two goes to the question for the size.
    await expect(get()).rejects.toEqual(coded('hub_checksum_mismatch', /pytorch_model.bin/, 'later'));
  });

  it('comes in shards, in graphs with their data, and in safetensors where there are both', async () => {
    const small = { ...FILES, 'model.safetensors': 'whole' };
    expect((await (await start({ files: small })).get()).weights).toEqual(['model.safetensors']);

    const { 'pytorch_model.bin': _none, ...rest } = FILES;
    const index = JSON.stringify({ weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } });
    const shards = { 'model-1.safetensors': 'one', 'model-2.safetensors': 'two' };
    const sharded = await (await start({ files: { ...rest, ...shards, 'model.safetensors.index.json': index } })).get();
    expect(sharded.weights).toEqual(['model.safetensors.index.json', 'model-1.safetensors', 'model-2.safetensors']);
    expect(below(sharded.folder)).toEqual(expect.arrayContaining(sharded.weights as string[]));

    const graphs = {
      'onnx/vision_model.onnx': 'v',
      'onnx/vision_model.onnx_data': 'vd',
      'onnx/text_model.onnx': 't',
      'onnx/vision_model_int8.onnx': 'v8',
      'onnx/text_model_int8.onnx': 't8',
    };
    const { get } = await start({ files: { ...FILES, ...graphs } });
    const float = await get();
    expect(float).toMatchObject({ kind: 'onnx', precision: 'fp32', checkpoint: null });
    expect(float.weights).toEqual(['onnx/vision_model.onnx', 'onnx/text_model.onnx', 'onnx/vision_model.onnx_data']);
    await float.discard();
    expect((await get({ precision: 'int8' })).weights).toEqual([
      'onnx/vision_model_int8.onnx',
      'onnx/text_model_int8.onnx',
    ]);
  });
});

describe('an unfinished download', () => {
  it('of a connection that broke off goes on from there in the same run', async () => {
    const { hub, get } = await start();
    hub.fail(/^cdn:/, { cutAfter: 1_200_000 });
    const model = await get();
    expect(readFileSync(join(model.folder, 'pytorch_model.bin')).equals(WEIGHTS)).toBe(true);
    const [first, second] = hub.asked('pytorch_model.bin');
    expect(first?.headers.range).toBeUndefined();
    const from = Number(/^bytes=(\d+)-$/.exec(second?.headers.range ?? '')?.[1]);
    expect(from).toBeGreaterThan(0);
    expect(from).toBeLessThanOrEqual(1_200_000);
    expect(second?.headers['if-range']).toBe(`"cdn-${hub.sha256('pytorch_model.bin').slice(0, 16)}"`);
    expect(hub.asked('pytorch_model.bin')).toHaveLength(2);
  });

  it('of a run that gave up goes on in the next one, which asks for nothing that is there', async () => {
    const { hub, get, downloadsFolder } = await start();
    hub.fail(/^cdn:/, { cutAfter: 500_000 });
    hub.fail(/^cdn:/, { cutAfter: 0 }, 4);
    await expect(get()).rejects.toEqual(coded('hub_cut', /3000000 bytes of pytorch_model.bin.*goes on/, 'later'));
    expect(below(downloadsFolder)).toContain('pytorch_model.bin.incomplete');
    expect(below(downloadsFolder)).not.toContain('pytorch_model.bin');
    const before = hub.seen.length;
    const model = await get();
    expect(readFileSync(join(model.folder, 'pytorch_model.bin')).equals(WEIGHTS)).toBe(true);
    const later = hub.seen.slice(before);
    expect(later.filter((request) => request.host === 'cdn').map((request) => request.headers.range)).toEqual([
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
    ]);
    expect(later.some((request) => request.path.endsWith('/config.json'))).toBe(false);
  });

  it('stopped by its signal leaves no file under its final name', async () => {
    const { hub, get, downloadsFolder } = await start();
    hub.fail(/^cdn:/, { stallAfter: 900_000 });
    const stop = new AbortController();
    await expect(
      get({
        signal: stop.signal,
        onProgress: ({ file, receivedBytes }) => {
          if (file === 'pytorch_model.bin' && receivedBytes > 500_000) stop.abort();
        },
      }),
    ).rejects.toEqual(coded('interrupted', /run the same command again/, 'later'));
    expect(below(downloadsFolder)).not.toContain('pytorch_model.bin');
    expect(below(downloadsFolder)).toContain('pytorch_model.bin.incomplete');
    expect((await get()).files).toHaveLength(CHOSEN.length);
    expect(hub.asked('pytorch_model.bin').at(-1)?.headers.range).toMatch(/^bytes=\d+-$/);
  });

  it('in which nothing comes any more is begun again', async () => {
    const { hub, get } = await start();
    hub.fail(/^cdn:/, { stallAfter: 900_000 });
    expect((await get({ stallMs: 300 })).files).toHaveLength(CHOSEN.length);
    // More than once more where this machine itself stalls so long.
    expect(hub.asked('pytorch_model.bin').length).toBeGreaterThan(1);
  });

  it('whose part on the disk was damaged is taken once more from the start', async () => {
    const { hub, get, downloadsFolder } = await start();
    hub.fail(/^cdn:/, { cutAfter: 500_000 });
    hub.fail(/^cdn:/, { cutAfter: 0 }, 4);
    await expect(get()).rejects.toThrow();
    const part = join(downloadsFolder, ID.replace('/', '@'), hub.commit, 'pytorch_model.bin.incomplete');
    writeFileSync(part, Buffer.alloc(readFileSync(part).length));
    expect(readFileSync(join((await get()).folder, 'pytorch_model.bin')).equals(WEIGHTS)).toBe(true);
    expect(
      hub
        .asked('pytorch_model.bin')
        .slice(-2)
        .map((request) => request.headers.range),
    ).toEqual([expect.stringMatching(/^bytes=/), undefined]);
  });

  it('starts over where the server ignores Range or says that the range is none', async () => {
    for (const fault of [{ status: 416 }, { status: 206, headers: { 'content-range': 'bytes 7-9/10' } }]) {
      const { hub, get } = await start();
      hub.fail(/^cdn:/, { cutAfter: 500_000 });
      hub.fail(/^cdn:/, fault);
      expect(readFileSync(join((await get()).folder, 'pytorch_model.bin')).equals(WEIGHTS)).toBe(true);
      expect(hub.asked('pytorch_model.bin').map((request) => request.headers.range === undefined)).toEqual([
        true,
        false,
        true,
      ]);
    }
  });

  it('of another commit is cleared away', async () => {
    const { get, downloadsFolder, hub } = await start();
    const old = join(downloadsFolder, ID.replace('/', '@'), 'a'.repeat(40));
    mkdirSync(old, { recursive: true });
    await get();
    expect(readdirSync(join(old, '..'))).toEqual([hub.commit]);
  });
});

describe('bad answers', () => {
  const cases: [string, Parameters<FakeHub['fail']>, string, RegExp, string][] = [
    ['wrong bytes', [/^cdn:/, { change: flip }, 9], 'hub_checksum_mismatch', /pytorch_model.bin.*dropped/, 'later'],
    [
      'wrong bytes of a small file',
      [/resolve-cache.*config.json/, { change: flip }, 9],
      'hub_checksum_mismatch',
      /config.json/,
      'later',
    ],
    [
      'more bytes than announced',
      [/^cdn:/, { change: (body) => Buffer.concat([body, body]) }, 9],
      'hub_size_mismatch',
      /3000000 bytes of pytorch_model.bin/,
      'operator',
    ],
    ['401', [/api\/models/, { status: 401 }, 9], 'hub_denied', /401.*HF_TOKEN/, 'operator'],
    ['403', [/^hub:.*\.bin/, { status: 403 }, 9], 'hub_denied', /pytorch_model.bin.*terms/, 'operator'],
    ['404', [/api\/models/, { status: 404 }, 9], 'hub_not_found', /someone\/clip-b at the revision main/, 'operator'],
    [
      '429 without end',
      [/api\/models/, { status: 429, headers: { 'retry-after': '0' } }, 99],
      'hub_rate_limited',
      /429/,
      'later',
    ],
    ['500 without end', [/^hub:.*\.bin/, { status: 500 }, 99], 'hub_unavailable', /500/, 'later'],
    ['an odd status', [/api\/models/, { status: 418 }, 9], 'hub_bad_answer', /got 418/, 'operator'],
    [
      'a redirect to plain http elsewhere',
      [/^hub:.*\.bin/, { redirect: 'http://files.example/x' }, 9],
      'hub_insecure_redirect',
      /http:\/\/files\.example/,
      'operator',
    ],
    [
      'redirects without end',
      [/api\/models/, { redirect: '/api/models/x' }, 99],
      'hub_bad_answer',
      /more than/,
      'operator',
    ],
    [
      'another commit',
      [/^hub:.*\.bin/, { headers: { 'x-repo-commit': 'd'.repeat(40) } }, 9],
      'hub_bad_answer',
      /dddd/,
      'operator',
    ],
    [
      'another hash than the list has',
      [/^hub:.*\.bin/, { headers: { 'x-linked-etag': `"${'e'.repeat(64)}"` } }, 9],
      'hub_checksum_mismatch',
      /pytorch_model.bin/,
      'later',
    ],
  ];

  it.each(cases)('%s', async (name, fault, code, message, family) => {
    const { hub, get, downloadsFolder } = await start();
    hub.fail(...fault);
    await expect(get()).rejects.toEqual(coded(code, message, family));
    expect(below(downloadsFolder)).not.toContain(name.includes('small') ? 'config.json' : 'pytorch_model.bin');
    if (family === 'operator' && code !== 'hub_denied') expect(existsSync(downloadsFolder)).toBe(false);
  });

  it('that pass are outlasted: 429 with Retry-After, 503, and a signed link that has expired', async () => {
    const { hub, get } = await start();
    hub.fail(/api\/models/, { status: 429, headers: { 'retry-after': '1' } });
    hub.fail(/^hub:.*vocab/, { status: 503 }, 2);
    hub.fail(/^cdn:/, { status: 403 });
    const before = Date.now();
    expect((await get()).files).toHaveLength(CHOSEN.length);
    expect(Date.now() - before).toBeGreaterThanOrEqual(990);
    expect(hub.asked('pytorch_model.bin', 'hub')).toHaveLength(2);
  });

  it('that ask for more patience than there is are not waited for', async () => {
    const { hub, get } = await start();
    hub.fail(/api\/models/, { status: 429, headers: { 'retry-after': '3600' } }, 9);
    await expect(get()).rejects.toEqual(coded('hub_rate_limited', /429/, 'later'));
    expect(hub.seen).toHaveLength(1);
  });

  it.each(['../../evil.txt', '/etc/evil', 'a\\..\\evil', 'C:evil', 'a//b', './config.json'])(
    'a file called %s: nothing of the model is taken',
    async (path) => {
      const { hub, get, downloadsFolder } = await start({ files: { ...FILES, [path]: 'x' } });
      await expect(get()).rejects.toEqual(coded('hub_bad_path', /below the model's folder/));
      expect(hub.seen).toHaveLength(1);
      expect(existsSync(downloadsFolder)).toBe(false);
    },
  );

  it('an index of shards that climbs out or is no index', async () => {
    const { 'pytorch_model.bin': _none, ...rest } = FILES;
    for (const [index, code] of [
      ['{"weight_map":{"a":"../x.safetensors"}}', 'model_file_missing'],
      ['[]', 'hub_bad_answer'],
    ] as const) {
      const { get } = await start({ files: { ...rest, 'model.safetensors.index.json': index } });
      await expect(get()).rejects.toEqual(coded(code));
    }
  });

  it('a server that is not there', async () => {
    const { get } = await start();
    const gone = await FakeHub.start({ id: ID, files: {} });
    const endpoint = gone.endpoint;
    await gone[Symbol.asyncDispose]();
    await expect(get({ hub: { endpoint, pauseMs: 1 } })).rejects.toEqual(
      coded('hub_unreachable', /ECONNREFUSED/, 'later'),
    );
  });
});

describe('the access token', () => {
  it('opens what is closed, and goes to no other host than the hub', async () => {
    const { hub, get } = await start({ token: 'hf_secret' });
    await expect(get()).rejects.toEqual(coded('hub_denied', /HF_TOKEN/));
    await expect(get({ token: 'hf_wrong' })).rejects.toEqual(coded('hub_denied', /^(?!.*hf_wrong).*does not open it/));
    expect((await get({ token: 'hf_secret' })).files).toHaveLength(CHOSEN.length);
    const cdn = hub.seen.filter((request) => request.host === 'cdn');
    expect(cdn).toHaveLength(1);
    expect(cdn[0]?.headers.authorization).toBeUndefined();
    const resolved = hub.seen.filter((request) => request.path.includes('resolve-cache'));
    expect(resolved.at(-1)?.headers.authorization).toBe('Bearer hf_secret');
  });
});

describe('what keeps a download from starting', () => {
  it('too little room, said before any weights are asked for', async () => {
    const { hub, get } = await start();
    await expect(get({ freeBytes: async () => 256 << 20 })).rejects.toEqual(
      coded('disk_full', /272 MB free.*269 MB/, 'later'),
    );
    expect(hub.asked('pytorch_model.bin', 'hub')).toEqual([]);
  });

  it('another process that is at the same model', async () => {
    const { get, downloadsFolder } = await start();
    mkdirSync(downloadsFolder);
    const lock = acquireWriterLock(downloadsFolder, `${ID.replace('/', '@')}.lock`);
    await expect(get()).rejects.toEqual(coded('model_add_busy', new RegExp(`process ${process.pid} on `), 'later'));
    lock.release();
  });

  it('files that are missing, with what there is instead', async () => {
    const { 'pytorch_model.bin': _none, ...rest } = FILES;
    const { get } = await start({ files: { ...rest, 'tf_model.h5': 'x' } });
    await expect(get()).rejects.toEqual(coded('model_file_missing', /it holds tf_model.h5/));
    const { 'vocab.json': _vocab, ...bare } = FILES;
    await expect((await start({ files: bare })).get()).rejects.toEqual(coded('model_file_missing', /tokenizer.json/));
  });

  it('a name, an address or a revision that is none', async () => {
    const { get } = await start();
    for (const what of ['a/b/c', 'a/../b', 'has space', '']) {
      await expect(get({ what })).rejects.toEqual(coded('model_source_invalid'));
    }
    for (const endpoint of ['http://hub.example', 'ftp://hub.example', 'hub', 'https://user:pw@hub.example']) {
      await expect(get({ hub: { endpoint } })).rejects.toEqual(coded('hub_endpoint_invalid'));
    }
    await expect(get({ revision: 'nowhere' })).rejects.toEqual(coded('hub_not_found', /the revision nowhere of/));
  });
});

function flip(body: Buffer): Buffer {
  const changed = Buffer.from(body);
  changed[changed.length >> 1] = (changed[changed.length >> 1] as number) ^ 1;
  return changed;
}
