import fs, { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ClipModel } from '../../src/clip/clip-model.js';
import { type AddModelOptions, addModel } from '../../src/clip/import/add-model.js';
import { removeModel } from '../../src/clip/import/stage-model.js';
import { openClipModel } from '../../src/clip/open-clip-model.js';
import { cosine, type UnitVector } from '../../src/domain/unit-vector.js';
import { dictPickle, op, safetensorsBytes, torchBytes } from '../support/checkpoints.js';
import { CLIP_642, type ClipFilesOptions, clipFiles, configOf } from '../support/clip-files.js';
import { failNext } from '../support/failing-call.js';
import { FakeHub, type FakeHubOptions } from '../support/fake-hub.js';
import { fixtureBytes } from '../support/fixtures.js';
import { modelSamples } from '../support/model-samples.js';
import { putFile, temporaryFolder } from '../support/temporary-folder.js';

const ID = 'someone/clip-s';
const README = '# A model\n## Out-of-scope use\nNot for **forests**.\n';
const CAPTION = 'A Street View photo in Japan.';

type Files = Record<string, string | Buffer>;

interface Card {
  readonly sha256: Record<string, string>;
  readonly measured: {
    readonly compared: unknown;
    readonly calibrated: unknown;
    readonly precisions: Record<string, { holds: boolean; seconds_per_image: number; lowest_cosine: number }>;
  };
  readonly probe: { readonly image: number[]; readonly text: number[] };
  readonly [key: string]: unknown;
}

const hubs: FakeHub[] = [];
const models: ClipModel[] = [];
afterEach(async () => {
  for (const model of models.splice(0)) await model.close();
  for (const hub of hubs.splice(0)) await hub[Symbol.asyncDispose]();
});

function place() {
  const root = temporaryFolder();
  const modelsFolder = join(root, 'models');
  const downloadsFolder = join(root, 'data', 'downloads');
  return { modelsFolder, downloadsFolder, below: () => everything(modelsFolder) };
}

/** Every file and folder, hidden ones too. */
function everything(folder: string): string[] {
  return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];
}

function options(what: string, at: { modelsFolder: string; downloadsFolder: string }, endpoint = 'http://127.0.0.1:9') {
  return {
    ...{ what, modelsFolder: at.modelsFolder, downloadsFolder: at.downloadsFolder },
    precision: 'fp32',
    hub: { endpoint, pauseMs: 1 },
    samples: () => modelSamples(),
  } satisfies AddModelOptions;
}

/** From a folder of these files. */
async function local(files: Files, more: Partial<AddModelOptions> = {}) {
  const at = place();
  const source = temporaryFolder(files);
  const add = () => addModel({ ...options(source, at), name: ID, ...more });
  return { ...at, source, add, folder: join(at.modelsFolder, ID) };
}

/** From a hub that has these files. */
async function hosted(files: Files, more: Partial<FakeHubOptions> = {}) {
  const at = place();
  const hub = await FakeHub.start({
    id: ID,
    files: { 'README.md': README, ...files },
    cardData: { license: 'mit' },
    ...more,
  });
  hubs.push(hub);
  const add = (rest: Partial<AddModelOptions> = {}) => addModel({ ...options(ID, at, hub.endpoint), ...rest });
  return { ...at, hub, add, folder: join(at.modelsFolder, ID) };
}

async function opened(folder: string, precision?: string): Promise<ClipModel> {
  const model = await openClipModel(folder, { threads: 1, prepareWorkers: 1, ...(precision ? { precision } : {}) });
  models.push(model);
  return model;
}

const cardOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'streetdex.json'), 'utf8')) as Card;

const coded = (code: string, message: RegExp = /./, family = 'operator') =>
  expect.objectContaining({ code, family, message: expect.stringMatching(message) });

const graphs = (suffix: string) =>
  ['text', 'vision'].flatMap((tower) => ['.onnx', '.onnx_data'].map((end) => `onnx/${tower}_model${suffix}${end}`));

async function embed(model: ClipModel): Promise<{ image: UnitVector; text: UnitVector }> {
  const { tensor } = await model.prepare(fixtureBytes('clip-preprocess', '416_264.jpg'));
  return { image: (await model.encode(tensor)).vector, text: (await model.embedText(CAPTION)).vector };
}

describe('a model of the hub', () => {
  it('becomes a folder that opens, with a record of its origin, its terms, its files and what it gives', async () => {
    const { add, hub, folder, below, downloadsFolder } = await hosted(
      await clipFiles({ weights: 'pytorch_model.bin' }),
    );
    const shown: unknown[] = [];
    const steps = new Set<string>();
    const { info, licence } = await add({
      onTerms: (terms) => void shown.push(terms),
      onStep: (what) => steps.add(what),
    });
    expect(shown).toEqual([expect.objectContaining({ name: ID, licence: 'MIT', limits: 'Not for forests.' })]);
    expect([...steps]).toEqual(['writing float32', 'float32']);
    expect(licence).toBe('MIT');
    expect(info).toMatchObject({ name: ID, precision: 'fp32', dimension: 48, imageSize: 32, licence: 'MIT' });
    expect(info.logitScale).toBeCloseTo(100, 3);

    const files = ['README.md', 'config.json', ...graphs(''), 'preprocessor_config.json', 'tokenizer.json'];
    expect(everything(folder)).toEqual([...files, 'onnx', 'streetdex.json'].sort());
    expect(below().filter((path) => !path.startsWith(ID))).toEqual(['someone']);
    expect(existsSync(downloadsFolder)).toBe(false);

    const card = cardOf(folder);
    expect(card).toMatchObject({
      ...{ name: ID, source: ID, revision: 'main', commit: hub.commit, licence: 'MIT', limits: 'Not for forests.' },
      ...{ precision: 'fp32', added_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
      measured: { compared: { images: 4, captions: 26 }, calibrated: null },
    });
    expect(Object.keys(card.sha256).sort()).toEqual(files.sort());
    expect(card.sha256['tokenizer.json']).toBe(hub.sha256('tokenizer.json'));
    expect(Object.keys(card.measured.precisions)).toEqual(['fp32']);
    expect(card.measured.precisions.fp32?.seconds_per_image).toBeGreaterThan(0);
    for (const vector of [card.probe.image, card.probe.text]) {
      expect(vector).toHaveLength(48);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    }
    const model = await opened(folder);
    expect(model.info.id).toBe(info.id);
    expect((await embed(model)).image).toHaveLength(48);
  });

  it('added again takes the place of the first, and nothing of the first stays', async () => {
    const { add, hub, folder, below } = await hosted(await clipFiles());
    const first = await add({ precision: 'fp16' });
    const again = await add();
    expect(first.info.id).not.toBe(again.info.id);
    expect(everything(folder).filter((path) => path.includes('_fp16'))).toEqual([]);
    expect((await opened(folder)).info.id).toBe(again.info.id);
    expect(below().filter((path) => !path.startsWith(ID))).toEqual(['someone']);
    expect(hub.asked('model.safetensors')).toHaveLength(2);
  });

  it('whose download is cut leaves nothing under the models, and the next try goes on where it was', async () => {
    const { add, hub, below, folder } = await hosted(await clipFiles());
    hub.fail(/^cdn:.*model\.safetensors/, { cutAfter: 100_000 });
    hub.fail(/^cdn:.*model\.safetensors/, { status: 503 }, 4);
    await expect(add()).rejects.toEqual(coded('hub_unavailable', /kept/, 'later'));
    expect(below()).toEqual([]);
    await add();
    expect(hub.asked('model.safetensors').at(-1)?.headers.range).toBe('bytes=100000-');
    expect((await opened(folder)).info.name).toBe(ID);
  });

  it.each([
    ['a wrong checksum', /^cdn:.*model\.safetensors/, 'hub_checksum_mismatch', 'later'],
    ['a list that is not there', /^hub:\/api/, 'hub_not_found', 'operator'],
    ['weights that are not there', /^hub:.*resolve.*model\.safetensors/, 'hub_not_found', 'operator'],
    ['a model that is closed', /^hub:\/api/, 'hub_denied', 'operator'],
  ])('with %s leaves nothing under the models', async (_name, match, code, family) => {
    const { add, hub, below } = await hosted(await clipFiles());
    const change = (body: Buffer) => Buffer.from(body.map((byte, i) => (i === 200_000 ? byte ^ 1 : byte)));
    const status = code === 'hub_denied' ? 403 : 404;
    hub.fail(match, code === 'hub_checksum_mismatch' ? { change } : { status }, 10);
    await expect(add()).rejects.toEqual(coded(code, /./, family));
    expect(below()).toEqual([]);
  });

  it('given up by its user while it comes leaves nothing under the models', async () => {
    const { add, hub, below } = await hosted(await clipFiles());
    hub.fail(/^cdn:.*model\.safetensors/, { stallAfter: 50_000 });
    const stop = new AbortController();
    const onProgress = ({ receivedBytes }: { readonly receivedBytes: number }) => {
      if (receivedBytes > 40_000) stop.abort();
    };
    await expect(add({ signal: stop.signal, onProgress })).rejects.toEqual(coded('interrupted', /./, 'later'));
    expect(below()).toEqual([]);
  });

  it('that two add at once is made by one of them; the other is told who is at it', async () => {
    const { add, below, folder } = await hosted(await clipFiles());
    const [first, second] = await Promise.allSettled([add(), add()]);
    expect(first.status).toBe('fulfilled');
    expect(second).toEqual({ status: 'rejected', reason: coded('model_add_busy', /adding someone\/clip-s/, 'later') });
    expect((await opened(folder)).info.name).toBe(ID);
    expect(below().filter((path) => !path.startsWith(ID))).toEqual(['someone']);
  });

  it('for which the disk has no room is not begun', async () => {
    const { add, hub, below } = await hosted(await clipFiles());
    await expect(add({ freeBytes: async () => 1000 })).rejects.toEqual(coded('disk_full', /free/, 'later'));
    expect(hub.asked('model.safetensors')).toEqual([]);
    expect(below()).toEqual([]);
  });
});

const HOSTILE = torchBytes(
  Buffer.concat([op.proto(), op.global('posix', 'system'), op.text('touch pwned'), op.reduce, op.stop]),
);

const without = (files: Files, ...names: string[]): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));

describe('a folder that is no good', () => {
  const bad: readonly [string, (files: Files) => Promise<Files> | Files, string, RegExp][] = [
    [
      'a pickle that would run a command',
      (files) => ({ ...without(files, 'model.safetensors'), 'pytorch_model.bin': HOSTILE }),
      'checkpoint_unsafe',
      /posix\.system/,
    ],
    [
      'a SigLIP',
      (files) => ({ ...files, 'config.json': JSON.stringify({ ...configOf(CLIP_642), model_type: 'siglip' }) }),
      'model_not_clip',
      /SigLIP/,
    ],
    [
      'a missing tensor',
      () => clipFiles({ shapeOf: (name, shape) => (name === 'text_projection.weight' ? null : shape) }),
      'model_tensor_missing',
      /text_projection\.weight/,
    ],
    [
      'a tensor of a wrong shape',
      () => clipFiles({ shapeOf: (name, shape) => (name === 'visual_projection.weight' ? [47, 96] : shape) }),
      'model_shape_mismatch',
      /visual_projection\.weight.*48.*47/,
    ],
    [
      'weights that are cut off',
      (files) => ({ ...files, 'model.safetensors': (files['model.safetensors'] as Buffer).subarray(0, 100_000) }),
      'checkpoint_truncated',
      /has been cut/,
    ],
    [
      'a type that is not read',
      (files) => ({
        ...files,
        'model.safetensors': safetensorsBytes({ a: { dtype: 'F8_E5M2', shape: [4], data_offsets: [0, 4] } }, 4),
      }),
      'tensor_type_unsupported',
      /F8_E5M2/,
    ],
    [
      'a pickle of something else',
      (files) => ({
        ...without(files, 'model.safetensors'),
        'pytorch_model.bin': torchBytes(dictPickle({ epoch: op.int(3) })),
      }),
      'checkpoint_damaged',
      /epoch/,
    ],
    [
      'a tokenizer with more ids than embeddings',
      () => clipFiles({ architecture: { ...CLIP_642, text: { ...CLIP_642.text, vocabSize: 600 } } }),
      'model_tokenizer_mismatch',
      /ids up to 641, but the model has 600/,
    ],
    ['no tokenizer', (files) => without(files, 'tokenizer.json'), 'model_file_missing', /tokenizer\.json/],
    [
      'a preprocessor for another size',
      (files) => ({
        ...files,
        'preprocessor_config.json': '{"size":{"shortest_edge":48},"crop_size":{"height":48,"width":48}}',
      }),
      'model_unsupported',
      /48 pixels/,
    ],
    ['a config that is no JSON', (files) => ({ ...files, 'config.json': '{' }), 'model_file_altered', /config\.json/],
  ];
  it.each(bad)('for %s is refused and leaves nothing under the models', async (_name, change, code, message) => {
    const { add, below } = await local(await change(await clipFiles()));
    await expect(add()).rejects.toEqual(coded(code, message));
    expect(below()).toEqual([]);
    expect(existsSync('pwned')).toBe(false);
  });

  it('does not touch the model that has the name already', async () => {
    const { add, source, folder, below } = await local(await clipFiles());
    await add();
    const before = below().map((path) => [path, statSync(join(folder, '..', '..', path)).mtimeMs]);
    writeFileSync(join(source, 'config.json'), '{');
    await expect(add()).rejects.toEqual(coded('model_file_altered'));
    expect(
      below()
        .map((path) => [path, statSync(join(folder, '..', '..', path)).mtimeMs])
        .slice(1),
    ).toEqual(before.slice(1));
    expect((await opened(folder)).info.name).toBe(ID);
  });
});

describe('a conversion that breaks off', () => {
  it.each(['writing float32', 'float32', 'calibrating', 'int8'])(
    'by Ctrl-C while at "%s" leaves nothing under the models',
    async (step) => {
      const stop = new AbortController();
      const seen: string[] = [];
      const onStep = (what: string, done: number) => {
        seen.push(what);
        if (what === step && done > 0) stop.abort();
      };
      const { add, below } = await local(await clipFiles(), { precision: 'auto', signal: stop.signal, onStep });
      await expect(add()).rejects.toEqual(coded('interrupted', /again/, 'later'));
      expect(seen.at(-1)).toBe(step);
      expect(below()).toEqual([]);
    },
  );

  it('for want of room, known before, leaves nothing under the models', async () => {
    const { add, below } = await local(await clipFiles(), { freeBytes: async () => (300 << 20) >> 1 });
    await expect(add()).rejects.toEqual(coded('disk_full', /free/, 'later'));
    expect(below()).toEqual([]);
  });

  const onLinux = existsSync('/dev/full') ? it : it.skip;
  onLinux('by a disk that is full while graphs are written leaves nothing under the models', async () => {
    const onStep = (what: string) => {
      // Where the text tower's weights will be written, every write now meets a full disk.
      const data = join(at.modelsFolder, '.adding', `${ID.replace('/', '@')}.new`, 'onnx', 'text_model.onnx_data');
      if (what === 'writing float32' && !existsSync(data)) symlinkSync('/dev/full', data);
    };
    const at = await local(await clipFiles(), { onStep });
    await expect(at.add()).rejects.toEqual(coded('disk_full', /Make room/, 'later'));
    expect(at.below()).toEqual([]);
  });

  it('with too few pictures to compare leaves nothing under the models', async () => {
    const samples = async () => ({ ...(await modelSamples()), pictures: [Buffer.from('no picture')] });
    const { add, below } = await local(await clipFiles(), { precision: 'int8', samples });
    await expect(add()).rejects.toEqual(coded('calibration_too_small', /at least 44/, 'caller'));
    expect(below()).toEqual([]);
  });
});

describe('a local folder', () => {
  it('is left as it was, and what is copied from it can be written though the source cannot', async () => {
    const { add, source, folder } = await local(await clipFiles());
    for (const name of readdirSync(source)) chmodSync(join(source, name), 0o444);
    const before = everything(source);
    await add();
    expect(everything(source)).toEqual(before);
    for (const name of readdirSync(folder).filter((name) => name !== 'onnx')) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o644);
    }
    expect(cardOf(folder)).toMatchObject({ source, revision: null, commit: null, licence: null });
  });

  it('gives the same from a pickle as from safetensors: the same files, so the same model', async () => {
    const ids = await Promise.all(
      (['model.safetensors', 'pytorch_model.bin'] as const).map(async (weights) => {
        const { add } = await local(await clipFiles({ weights }));
        return (await add()).info.id;
      }),
    );
    expect(ids[0]).toBe(ids[1]);
  });

  it('is added by its file of weights, and named after its folder', async () => {
    const at = await local(await clipFiles());
    const { info } = await addModel({ ...options(join(at.source, 'model.safetensors'), at) });
    expect(at.source.endsWith(`/${info.name}`)).toBe(true);
    expect(readdirSync(at.modelsFolder)).toEqual([info.name]);
  });
});

describe('precisions', () => {
  it.each([
    ['fp16', '_fp16', 0.9999],
    ['int8-block', '_int8-block', 0.98],
    ['int8', '_int8', 0.98],
  ] as const)('%s is made on request, near to float32, with its figures', async (precision, suffix, least) => {
    const files = await clipFiles({ seed: 4 });
    const [whole, rounded] = [await local(files), await local(files, { precision })];
    await whole.add();
    const { info, chosen } = await rounded.add();
    expect(info.precision).toBe(precision);
    expect(everything(join(rounded.folder, 'onnx')).map((file) => `onnx/${file}`)).toEqual(graphs(suffix));
    const figures = cardOf(rounded.folder).measured.precisions[precision];
    expect(figures?.lowest_cosine).toBe(chosen?.parity[precision]?.lowestCosine);
    const [a, b] = [await embed(await opened(whole.folder)), await embed(await opened(rounded.folder))];
    for (const kind of ['image', 'text'] as const) {
      expect(cosine(a[kind], b[kind])).toBeGreaterThan(least);
      expect(cosine(a[kind], b[kind])).toBeLessThan(0.9999999);
    }
  });

  it('auto takes the fastest of those that hold, and leaves its graphs alone', async () => {
    const { add, folder } = await local(await clipFiles({ seed: 4 }), { precision: 'auto' });
    const { info } = await add();
    const { measured, precision } = cardOf(folder);
    expect(Object.keys(measured.precisions).sort()).toEqual(['fp32', 'int8', 'int8-block']);
    const holding = Object.entries(measured.precisions).filter(([, one]) => one.holds);
    const [fastest] = holding.sort(([, a], [, b]) => a.seconds_per_image - b.seconds_per_image)[0] ?? [];
    expect(precision).toBe(fastest);
    expect(info.precision).toBe(fastest);
    expect(measured.calibrated).toEqual({ images: 12, captions: 14, provenance: '44 made-up pictures' });
    expect(measured.compared).toEqual({ images: 32, captions: 26 });
    const suffix = fastest === 'fp32' ? '' : `_${fastest}`;
    expect(everything(join(folder, 'onnx')).map((file) => `onnx/${file}`)).toEqual(graphs(suffix));
  });

  it('auto takes float32 where neither holds on every count, however fast they are', async () => {
    // At this scale the smallest difference of a cosine is more than a logit.
    const { add, folder } = await local(await clipFiles({ architecture: { ...CLIP_642, logitScale: 100_000 } }), {
      precision: 'auto',
    });
    const { info } = await add();
    const { precisions } = cardOf(folder).measured;
    expect([precisions.int8?.holds, precisions['int8-block']?.holds]).toEqual([false, false]);
    expect(info.precision).toBe('fp32');
    expect(everything(join(folder, 'onnx')).map((file) => `onnx/${file}`)).toEqual(graphs(''));
  });

  it('auto never takes one that fails, for checkpoints with strong channels', async () => {
    for (const [seed, outliers] of [
      [6, [7, 33, 50]],
      [7, [3]],
    ] as const) {
      const { add, folder } = await local(await clipFiles({ seed, outliers }), { precision: 'auto' });
      const { info } = await add();
      expect(cardOf(folder).measured.precisions[info.precision]?.holds).toBe(true);
    }
  });
});

describe('a model that was added', () => {
  const added = async (more: ClipFilesOptions = {}) => {
    const at = await local(await clipFiles(more));
    await at.add();
    return at;
  };

  it('is refused once a byte of its weights is another', async () => {
    const { folder } = await added();
    const file = join(folder, 'onnx', 'vision_model.onnx_data');
    const bytes = readFileSync(file);
    bytes[5000] = (bytes[5000] as number) ^ 1;
    writeFileSync(file, bytes);
    await expect(openClipModel(folder)).rejects.toEqual(coded('model_file_altered', /vision_model\.onnx_data/));
  });

  it('is refused where it does not give what it gave', async () => {
    const { folder } = await added();
    const card = cardOf(folder);
    const image = card.probe.image.map((value, i) => (i === 0 ? value + 0.2 : value));
    writeFileSync(join(folder, 'streetdex.json'), JSON.stringify({ ...card, probe: { ...card.probe, image } }));
    await expect(openClipModel(folder)).rejects.toEqual(coded('model_differs', /Add it again/));
  });

  it('goes when it is removed, with the folder of its owner, and nothing else goes', async () => {
    const { modelsFolder, below } = await added();
    putFile(modelsFolder, 'pocket/config.json', '{}');
    await removeModel(modelsFolder, ID);
    expect(below()).toEqual(['pocket', 'pocket/config.json']);
    await expect(removeModel(modelsFolder, ID)).rejects.toEqual(coded('model_not_found', /model list/));
    expect(below()).toEqual(['pocket', 'pocket/config.json']);
  });

  it('of which a byte could not be deleted says so and is gone, and the next who adds or removes one finds no lock', async () => {
    const { modelsFolder, below } = await added();
    failNext(promises, 'rm', /@clip-s\.new\/[0-9a-f-]{36}$/, 'EIO');
    await expect(removeModel(modelsFolder, ID)).rejects.toMatchObject({ code: 'disk_error' });
    await expect(removeModel(modelsFolder, ID)).rejects.toEqual(coded('model_not_found'));
    expect(below()).toEqual([]);
  });

  it.each(['EIO', 'EMFILE'])('is refused in a sentence while it is added to a disk that says %s', async (code) => {
    const { add, below } = await local(await clipFiles());
    failNext(promises, 'writeFile', /streetdex\.json$/, code);
    await expect(add()).rejects.toMatchObject({ code: 'disk_error', message: expect.stringContaining(code) });
    expect(below()).toEqual([]);
  });

  it('is refused in a sentence where the folder of its graphs cannot be made', async () => {
    const { add, below } = await local(await clipFiles());
    failNext(fs, 'mkdirSync', /\.new\/onnx$/, 'EMFILE');
    await expect(add()).rejects.toMatchObject({ code: 'disk_error', message: expect.stringContaining('EMFILE') });
    expect(below()).toEqual([]);
  });
});
