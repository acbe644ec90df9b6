import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CardSearch } from '../../src/clip/choose-device.js';
import type { ClipModel } from '../../src/clip/clip-model.js';
import { addModel } from '../../src/clip/import/add-model.js';
import { type OpenOptions, openClipModel } from '../../src/clip/open-clip-model.js';
import { cosine, type UnitVector } from '../../src/domain/unit-vector.js';
import { chooseTowns } from '../../src/pocket-world/choose-towns.js';
import { allCities } from '../../src/pocket-world/cities.js';
import { renderScene } from '../../src/pocket-world/render-scene.js';
import { CLIP_642, clipFiles } from '../support/clip-files.js';
import { fixture } from '../support/fixtures.js';
import { modelSamples } from '../support/model-samples.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PHOTOS = 30;
const CAPTIONS = 100;
const COSINE_MIN = 0.9999;
const POCKET = join(process.cwd(), 'models', 'pocket');
/** Another world in each run. */
const seed = `device ${process.env.DEVICE_SEED ?? Date.now()}`;

const open: ClipModel[] = [];
let photos: Buffer[] = [];
let captions: string[] = [];

beforeAll(async () => {
  const towns = chooseTowns({ count: PHOTOS, seed, regionName: () => 'a region' });
  photos = await Promise.all(towns.map((town) => renderScene(town, seed)));
  const step = Math.floor(allCities().length / CAPTIONS);
  captions = Array.from({ length: CAPTIONS }, (_, i) => `A Street View photo close to ${allCities()[i * step]?.name}.`);
});
afterEach(async () => {
  for (const model of open.splice(0)) await model.close();
});

async function opened(folder: string, options: OpenOptions = {}): Promise<ClipModel> {
  const model = await openClipModel(folder, options);
  open.push(model);
  return model;
}

async function embedPhotos(model: ClipModel): Promise<UnitVector[]> {
  const tensors = await Promise.all(photos.map(async (bytes) => (await model.prepare(bytes, { wait: true })).tensor));
  return Promise.all(tensors.map(async (tensor) => (await model.encode(tensor, { wait: true })).vector));
}

const lowest = (some: readonly UnitVector[], others: readonly UnitVector[]) =>
  some.reduce((least, one, i) => Math.min(least, cosine(one, others[i] as UnitVector)), 1);

/** What `model add` makes of a checkpoint with more tokens in a picture than a card's own attention gets right. */
async function addedModel(
  precision: 'fp32' | 'fp16',
  activation: 'quick_gelu' | 'gelu' = 'quick_gelu',
): Promise<string> {
  const root = temporaryFolder();
  const architecture = {
    ...CLIP_642,
    vision: { ...CLIP_642.vision, imageSize: 56, activation },
    text: { ...CLIP_642.text, activation },
  };
  const source = temporaryFolder(await clipFiles({ architecture, seed: Date.now() % 1e6 }));
  const folders = { modelsFolder: join(root, 'models'), downloadsFolder: join(root, 'downloads') };
  await addModel({
    ...{ what: source, name: 'added', precision, ...folders, hub: { endpoint: 'http://127.0.0.1:9' } },
    samples: () => modelSamples(),
  });
  return join(root, 'models', 'added');
}

describe.each([
  ['the pocket model', async () => POCKET, 1],
  ['a small reference checkpoint', async () => fixture('tiny-clip'), 8],
  ['a model that was added in float32', () => addedModel('fp32'), 4],
  ['a model that was added in float16', () => addedModel('fp16'), 4],
] as const)('%s on a graphics driver', (_, folderOf, batch) => {
  it(`embeds ${PHOTOS} photos and ${CAPTIONS} captions as the processor does`, async () => {
    const folder = await folderOf();
    const device = await opened(folder, { device: 'webgpu', batch });
    const processor = await opened(folder);
    expect(device.encoderState()).toMatchObject({ device: 'webgpu', batch, restarts: 0 });
    expect(device.info.id).toBe(processor.info.id);
    expect(lowest(await embedPhotos(device), await embedPhotos(processor))).toBeGreaterThanOrEqual(COSINE_MIN);
    const [there, here] = [await device.embedTexts(captions, { wait: true }), await processor.embedTexts(captions)];
    expect(lowest(there, here)).toBeGreaterThanOrEqual(COSINE_MIN);
    // Not the same photo thirty times, nor the same caption.
    expect(cosine(here[0] as UnitVector, here[1] as UnitVector)).toBeLessThan(COSINE_MIN);
  });
});

describe('what computes', () => {
  it.each([
    ['the pocket model', async () => POCKET, '_fp16'],
    ['an added model in float32', () => addedModel('fp32'), ''],
    ['an added model in float16 with another activation', () => addedModel('fp16', 'gelu'), '_fp16'],
  ] as const)('runs on the card, of %s', async (_, folderOf, end) => {
    const folder = await folderOf();
    for (const tower of ['vision', 'text']) {
      const args = [
        'test/support/placed-on-processor.mjs',
        join(folder, 'onnx', `${tower}_model${end}.onnx`),
        'webgpu',
      ];
      const { processor, card } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
      expect(card).toEqual(expect.arrayContaining(['MatMul', 'Softmax', 'LayerNormalization']));
      const computing = /MatMul|Gemm|Conv|Softmax|Normalization|Attention|Gelu/;
      expect(processor.filter((op: string) => computing.test(op))).toEqual([]);
    }
  });
});

describe('a graphics driver', () => {
  const card: CardSearch = {
    mayHaveCard: () => true,
    trial: async () => ({ deviceMs: 1, processorMs: 10, difference: 0 }),
  };

  it('that auto takes is named in a line, and its batch is measured', async () => {
    const notices: string[] = [];
    const onNotice = (sentence: string) => notices.push(sentence);
    const model = await opened(fixture('tiny-clip'), { device: 'auto', search: card, onNotice });
    expect(notices).toEqual([expect.stringMatching(/^The model runs on the graphics card \(webgpu\), 10 times/)]);
    const { device, batch } = model.encoderState();
    expect(device).toBe('webgpu');
    expect([1, 2, 4, 8, 16, 32, 64]).toContain(batch);
  });

  it('that computes something else than was recorded gives way to the processor, with a notice', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streetdex-device-'));
    for (const name of readdirSync(POCKET)) {
      if (name !== 'onnx') writeFileSync(join(folder, name), readFileSync(join(POCKET, name)));
    }
    mkdirSync(join(folder, 'onnx'));
    for (const name of readdirSync(join(POCKET, 'onnx'))) {
      writeFileSync(join(folder, 'onnx', name), readFileSync(join(POCKET, 'onnx', name)));
    }
    // A cosine between 0.999 and 0.9999 is near enough for another processor, not for a card.
    const cardFile = join(folder, 'streetdex.json');
    const record = JSON.parse(readFileSync(cardFile, 'utf8'));
    const turned = (record.probe.image as number[]).map((value, i) => value + (i === 0 ? 0.032 : 0));
    const length = Math.hypot(...turned);
    record.probe.image = turned.map((value) => value / length);
    writeFileSync(cardFile, JSON.stringify(record));
    const notices: string[] = [];
    const onNotice = (sentence: string) => notices.push(sentence);
    const model = await opened(folder, { device: 'gpu', search: card, onNotice });
    expect(model.encoderState().device).toBe('cpu');
    expect(notices).toEqual([expect.stringMatching(/^The model runs on the processor: .*cosine of 0\.999[0-8]/)]);
    await expect(openClipModel(folder, { device: 'webgpu' })).rejects.toMatchObject({ code: 'model_differs' });
    rmSync(folder, { recursive: true });
  });

  it('is shared by two processes that use it at once', async () => {
    const models = await Promise.all([1, 2].map(() => opened(fixture('tiny-clip'), { device: 'webgpu', batch: 2 })));
    const processor = await opened(fixture('tiny-clip'));
    const wanted = await embedPhotos(processor);
    for (const vectors of await Promise.all(models.map(embedPhotos))) {
      expect(lowest(vectors, wanted)).toBeGreaterThanOrEqual(COSINE_MIN);
    }
    for (const model of models) expect(model.encoderState()).toMatchObject({ device: 'webgpu', restarts: 0 });
  });

  it('whose process is killed amid the work costs no photo, and is started again', async () => {
    const notices: string[] = [];
    const onNotice = (sentence: string) => notices.push(sentence);
    const model = await opened(fixture('tiny-clip'), { device: 'webgpu', batch: 4, onNotice });
    const processor = await opened(fixture('tiny-clip'));
    const working = embedPhotos(model);
    // By then the first photos are with the card.
    await model.prepare(photos[0] as Buffer, { wait: true });
    process.kill(encoderProcess(), 'SIGKILL');
    expect(lowest(await working, await embedPhotos(processor))).toBeGreaterThanOrEqual(COSINE_MIN);
    expect(model.encoderState()).toMatchObject({ device: 'webgpu', restarts: 1 });
    expect(notices).toEqual([expect.stringMatching(/started again on webgpu, since it ended with SIGKILL\.$/)]);
  });
});

/** The child of this process that has the card. */
function encoderProcess(): number {
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const parent = Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (parent === process.pid && command.includes('job-process')) return Number(name);
    } catch {
      // It ended meanwhile.
    }
  }
  throw new Error('The encoder has no process of its own.');
}
