import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { listSupportedBackends } from 'onnxruntime-node';
import sharp from 'sharp';
import type { ClipModel } from '../../../src/clip/clip-model.js';
import { openModelFolder } from '../../../src/clip/model-folder.js';
import { measureProbe, openClipModel } from '../../../src/clip/open-clip-model.js';
import { cosine } from '../../../src/domain/unit-vector.js';
import { DecodeMemory } from '../../../src/images/decode-memory.js';
import { HeicThread } from '../../../src/images/heic/heic-thread.js';
import { fixture, fixtureBytes } from '../../support/fixtures.js';
import { fakeLibheif, noHeic } from '../../support/heic.js';

let folder = '';
const open: ClipModel[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'streetdex-model-'));
});
afterEach(async () => {
  for (const model of open.splice(0)) await model.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

let copies = 0;

/** A copy of the small model as transformers.js would lay it out, without streetdex.json. */
function copy(): string {
  const path = join(folder, `copy-${copies++}`);
  mkdirSync(join(path, 'onnx'), { recursive: true });
  for (const file of ['config.json', 'preprocessor_config.json', 'tokenizer.json']) {
    cpSync(fixture('tiny-clip', file), join(path, file));
  }
  for (const file of ['vision_model.onnx', 'text_model.onnx']) {
    cpSync(fixture('tiny-clip', 'onnx', file), join(path, 'onnx', file));
  }
  return path;
}

function card(path: string, contents: object): void {
  writeFileSync(join(path, 'streetdex.json'), JSON.stringify(contents));
}

function change(file: string, edit: (json: Record<string, unknown>) => void): void {
  const json = JSON.parse(readFileSync(file, 'utf8'));
  edit(json);
  writeFileSync(file, JSON.stringify(json));
}

async function opened(path: string, options: Parameters<typeof openClipModel>[1] = {}): Promise<ClipModel> {
  const model = await openClipModel(path, { threads: 1, prepareWorkers: 1, ...options });
  open.push(model);
  return model;
}

/** Bytes that say where they were taken. */
const GPS = {
  IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '54/1 0/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '18/1 0/1 0/1' },
};

it('reads what photos and sidecars say of themselves, in a thread and without one', async () => {
  const photo = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } })
    .withExif(GPS)
    .jpeg()
    .toBuffer();
  const xmp = Buffer.from(
    '<x xmlns:exif="http://ns.adobe.com/exif/1.0/"><rdf:RDF><rdf:Description exif:GPSLatitude="10,0N" exif:GPSLongitude="20,0E"/></rdf:RDF></x>',
  );
  const path = copy();
  for (const prepareWorkers of [1, 0]) {
    const model = await opened(path, { prepareWorkers });
    expect((await model.photoFacts(photo)).facts.point).toEqual({ lat: 54, lon: 18 });
    expect((await model.xmpFacts(xmp, { wait: true })).facts.point).toEqual({ lat: 10, lon: 20 });
  }
});

it('decodes pictures one after the other where the memory has room for one, and has none of it afterwards', async () => {
  const memory = new DecodeMemory(12 * 2 ** 20);
  const model = await opened(copy(), { prepareWorkers: 2, memory });
  const webp = await sharp({ create: { width: 1000, height: 1000, channels: 3, background: '#fff' } })
    .webp()
    .toBuffer();
  const made = await Promise.all([1, 2, 3, 4].map(() => model.prepare(webp)));
  expect(made.map(({ width }) => width)).toEqual([1000, 1000, 1000, 1000]);
  const larger = await sharp(webp).resize(1100).webp().toBuffer();
  await expect(model.prepare(larger)).rejects.toMatchObject({ family: 'caller', code: 'image_too_large' });
  expect(memory.bytesFree).toBe(12 * 2 ** 20);
});

async function embed(model: ClipModel, file: string): Promise<Float32Array> {
  const { tensor } = await model.prepare(fixtureBytes('clip-preprocess', file));
  return (await model.encode(tensor)).vector;
}

describe('a model folder', () => {
  it('as transformers.js lays it out runs as it is', async () => {
    const model = await opened(copy(), { name: 'someone/tiny' });
    expect(model.info).toMatchObject({
      name: 'someone/tiny',
      dimension: 24,
      imageSize: 48,
      logitScale: 100,
      precision: 'fp32',
      licence: null,
      notice: null,
      templates: { city: 'A Street View photo from {city}.' },
    });
    const { vector } = await model.embedText('A Street View photo in Japan.');
    expect(cosine(vector, vector)).toBeCloseTo(1, 6);
  });

  it('embeds captions together as it embeds each alone, in their order, in float32 and quantised', async () => {
    const places = [
      'Japan',
      'Peru',
      'the Isle of Man',
      'Chad',
      'São Tomé and Príncipe',
      'Cuba',
      'Mali',
      'Oman',
      'Japan',
    ];
    const texts = Array.from({ length: 40 }, (_, i) => `A Street View photo in ${places[i % places.length]}.`);
    const quantised = copy();
    for (const tower of ['vision', 'text']) {
      const [plain, small] = ['', '_quantized'].map((end) => join(quantised, `onnx/${tower}_model${end}.onnx`));
      cpSync(
        tower === 'vision' ? fixture('tiny-clip/onnx/vision_model_quantized.onnx') : (plain as string),
        small as string,
      );
      rmSync(plain as string);
    }
    for (const path of [copy(), quantised]) {
      const model = await opened(path);
      const together = await model.embedTexts(texts);
      expect(together).toHaveLength(texts.length);
      for (const [i, text] of texts.entries()) {
        const alone = (await model.embedText(text)).vector;
        expect(cosine(alone, together[i] as typeof alone)).toBeGreaterThan(0.999_999);
      }
      expect(await model.embedTexts([])).toEqual([]);
    }
  });

  it('with a config that leaves a section to the defaults runs', async () => {
    const path = copy();
    const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));
    delete config.text_config;
    writeFileSync(join(path, 'config.json'), JSON.stringify(config));
    expect((await opened(path)).info).toMatchObject({ dimension: 24, imageSize: 48 });
  });

  it('is named by its owner too where it lies in models/<owner>/<name>', async () => {
    const path = join(folder, 'models', 'owner', 'tiny');
    cpSync(copy(), path, { recursive: true });
    expect((await openModelFolder(path)).info.name).toBe('owner/tiny');
  });

  it('with quantised files only is opened with these, near to float32 and under another id', async () => {
    const path = copy();
    const whole = await opened(path);
    const quantised = copy();
    cpSync(fixture('tiny-clip/onnx/vision_model_quantized.onnx'), join(quantised, 'onnx/vision_model_quantized.onnx'));
    cpSync(join(quantised, 'onnx/text_model.onnx'), join(quantised, 'onnx/text_model_quantized.onnx'));
    rmSync(join(quantised, 'onnx/vision_model.onnx'));
    const small = await opened(quantised);
    expect(small.info.precision).toBe('quantized');
    expect(small.info.id).not.toBe(whole.info.id);
    const [a, b] = [await embed(whole, '389_535.jpg'), await embed(small, '389_535.jpg')];
    const similar = a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
    expect(similar).toBeGreaterThan(0.99);
    expect(similar).toBeLessThan(0.999999);
  });

  it('with streetdex.json says what that says', async () => {
    const path = copy();
    const templates = { country: 'In {country}', region: '{region}', city: '{city}' };
    card(path, { licence: 'MIT', notice: 'It knows nothing.', templates, logit_scale: 42, precision: 'fp32' });
    const { info } = await openModelFolder(path);
    expect(info).toMatchObject({ licence: 'MIT', notice: 'It knows nothing.', templates, logitScale: 42 });
  });

  it('has an id that follows its weights, tokenizer and preprocessing, and nothing else', async () => {
    const path = copy();
    const { id } = (await openModelFolder(path)).info;
    card(path, { notice: 'A word.' });
    expect((await openModelFolder(path)).info.id).toBe(id);
    change(join(path, 'preprocessor_config.json'), (json) => {
      json.image_mean = [0.5, 0.5, 0.5];
    });
    const other = (await openModelFolder(path)).info.id;
    expect(other).not.toBe(id);
    writeFileSync(join(path, 'onnx/vision_model.onnx_data'), 'weights');
    expect((await openModelFolder(path)).info.id).not.toBe(other);
  });

  it("takes a logit scale from a config that has a trained model's", async () => {
    const path = copy();
    change(join(path, 'config.json'), (json) => {
      json.logit_scale_init_value = Math.log(50);
    });
    expect((await openModelFolder(path)).info.logitScale).toBeCloseTo(50, 9);
  });
});

describe('a model folder is refused', () => {
  it('when it is not there', async () => {
    await expect(openModelFolder(join(folder, 'nowhere'))).rejects.toMatchObject({
      family: 'operator',
      code: 'model_not_found',
    });
  });

  it.each([
    'config.json',
    'preprocessor_config.json',
    'tokenizer.json',
    'onnx/vision_model.onnx',
    'onnx/text_model.onnx',
  ])('when %s is missing, and says which file it is', async (file) => {
    const path = copy();
    rmSync(join(path, file));
    const error = await openModelFolder(path).catch((reason) => reason);
    expect(error).toMatchObject({ family: 'operator', code: 'model_file_missing' });
    expect(error.message).toContain(file);
  });

  it('when external data is missing that was recorded', async () => {
    const path = copy();
    card(path, { sha256: { 'onnx/text_model.onnx_data': 'a'.repeat(64) } });
    await expect(openModelFolder(path)).rejects.toMatchObject({ code: 'model_file_missing' });
  });

  it('when a file differs from what was recorded', async () => {
    const path = copy();
    const file = join(path, 'onnx/text_model.onnx');
    const bytes = readFileSync(file);
    card(path, { sha256: { 'onnx/text_model.onnx': createHash('sha256').update(bytes).digest('hex') } });
    await openModelFolder(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(file, bytes);
    const error = await openClipModel(path).catch((reason) => reason);
    expect(error).toMatchObject({ family: 'operator', code: 'model_file_altered' });
    expect(error.message).toContain('onnx/text_model.onnx');
  });

  it.each(['config.json', 'preprocessor_config.json'])('when %s is not JSON', async (file) => {
    const path = copy();
    writeFileSync(join(path, file), '{"');
    await expect(openModelFolder(path)).rejects.toMatchObject({ code: 'model_file_altered' });
  });

  it('when it is not a CLIP, with the name of what it is', async () => {
    const path = copy();
    change(join(path, 'config.json'), (json) => {
      json.model_type = 'siglip';
    });
    const error = await openModelFolder(path).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'model_unsupported' });
    expect(error.message).toContain('siglip');
  });

  it('when config and preprocessing disagree about the size of pictures', async () => {
    const path = copy();
    change(join(path, 'preprocessor_config.json'), (json) => {
      json.size = json.crop_size = 64;
    });
    await expect(openModelFolder(path)).rejects.toMatchObject({ code: 'model_unsupported' });
  });

  it('when a graph cannot be loaded', async () => {
    const path = copy();
    writeFileSync(join(path, 'onnx/text_model.onnx'), 'not a graph');
    await expect(openClipModel(path)).rejects.toMatchObject({ family: 'operator', code: 'model_unreadable' });
  });

  it('when the towers are mixed up', async () => {
    const path = copy();
    cpSync(join(path, 'onnx/vision_model.onnx'), join(path, 'onnx/text_model.onnx'));
    await expect(openClipModel(path)).rejects.toMatchObject({ code: 'model_unsupported' });
  });

  it('when its vectors are longer or shorter than its config says', async () => {
    const path = copy();
    change(join(path, 'config.json'), (json) => {
      json.projection_dim = 32;
    });
    await expect(openClipModel(path)).rejects.toMatchObject({ code: 'model_unsupported' });
  });
});

describe('the built-in picture and caption', () => {
  it('pass where they give what was recorded, and refuse the model where they do not', async () => {
    const path = copy();
    const { image, text } = await measureProbe(await opened(path), await openModelFolder(path));
    card(path, { probe: { image: [...image], text: [...text] } });
    await opened(path);
    const turned = [...image].map((value, i) => value + (i === 0 ? 0.1 : 0));
    const length = Math.hypot(...turned);
    card(path, { probe: { image: turned.map((value) => value / length), text: [...text] } });
    const error = await openClipModel(path).catch((reason) => reason);
    expect(error).toMatchObject({ family: 'operator', code: 'model_differs' });
    expect(error.message).toContain('0.999');
    card(path, { probe: { image: [...image].slice(1), text: [...text] } });
    await expect(openClipModel(path)).rejects.toMatchObject({ code: 'model_differs' });
  });
});

describe('an execution provider', () => {
  it('that the installed runtime was not built with is refused by name, not passed over', async () => {
    const there = listSupportedBackends().map(({ name }) => name);
    const device = (['coreml', 'dml'] as const).find((name) => !there.includes(name));
    if (device === undefined) throw new Error('This runtime has both Apple’s and Microsoft’s providers.');
    await expect(openClipModel(fixture('tiny-clip'), { device })).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringMatching(new RegExp(`${device}.*cpu`)),
    });
  });
});

describe('a model opened for throughput', () => {
  it('has several encoders that give the same bits as one', async () => {
    const one = await openClipModel(fixture('tiny-clip'), { threads: 2 });
    const several = await openClipModel(fixture('tiny-clip'), { threads: 2, throughput: true });
    open.push(one, several);
    const pictures = ['123_456', '321_421', '524_316'].map((name) => fixtureBytes('clip-preprocess', `${name}.jpg`));
    const tensors = await Promise.all(pictures.map(async (bytes) => (await one.prepare(bytes)).tensor));
    const jobs = [...tensors, ...tensors, ...tensors];
    const embed = (model: ClipModel) =>
      Promise.all(jobs.map(async (tensor) => (await model.encode(tensor, { wait: true })).vector));
    expect(await embed(several)).toEqual(await embed(one));
  });
});

describe('an open model', () => {
  it('gives the same bits for a picture whatever else is in its queue', async () => {
    const model = await opened(copy(), { threads: 2, prepareWorkers: 2, queueMax: 200 });
    const alone = await embed(model, '416_264.jpg');
    const names = ['208_495.jpg', '416_264.jpg', '524_316.jpg', '389_535.jpg'];
    const crowd = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        if (i % 3 === 0) await model.embedText(`A Street View photo from ${'x'.repeat(i)}.`);
        return { name: names[i % 4], vector: await embed(model, names[i % 4] as string) };
      }),
    );
    const same = crowd.filter(({ name }) => name === '416_264.jpg');
    expect(same).toHaveLength(15);
    for (const { vector } of same) expect(vector).toEqual(alone);
  });

  it('prepares the same in the thread of its caller, where it is opened without others', async () => {
    const [here, elsewhere] = [await opened(copy(), { prepareWorkers: 0 }), await opened(copy())];
    for (const file of ['321_421.jpg', '416_264.jpg']) {
      const bytes = fixtureBytes('clip-preprocess', file);
      const [one, other] = [await here.prepare(bytes), await elsewhere.prepare(bytes)];
      expect(one).toMatchObject({ width: other.width, height: other.height });
      expect(one.tensor).toEqual(other.tensor);
    }
    await expect(here.prepare(new Uint8Array())).rejects.toMatchObject({ family: 'caller', code: 'image_empty' });
  });

  it('hands on what is wrong with a picture', async () => {
    const model = await opened(copy(), { pixelsMax: 100_000 });
    await expect(model.prepare(new Uint8Array())).rejects.toMatchObject({ family: 'caller', code: 'image_empty' });
    await expect(model.prepare(fixtureBytes('clip-preprocess', '416_264.jpg'))).rejects.toMatchObject({
      code: 'image_too_large',
    });
  });

  it('has HEIC decoded apart, and says what is missing where it cannot be', async () => {
    const heic = new HeicThread({ find: () => fakeLibheif });
    const model = await opened(copy(), { heic });
    const bytes = fixtureBytes('heic', 'plain.heic');
    const prepared = await Promise.all([model.prepare(bytes), model.prepare(bytes, { wait: true })]);
    for (const { width, height, tensor } of prepared)
      expect([width, height, tensor.length]).toEqual([2, 1, 3 * 48 * 48]);
    await heic.end();
    const without = await opened(copy(), { heic: noHeic });
    await expect(without.prepare(bytes)).rejects.toMatchObject({ family: 'caller', code: 'heic_decoder_missing' });
    expect((await without.prepare(fixtureBytes('decode', 'rgb.avif'))).width).toBe(40);
  });

  it('leaves the bytes and the tensor that it was given as they were', async () => {
    const model = await opened(copy());
    const bytes = new Uint8Array(fixtureBytes('clip-preprocess', '208_495.jpg'));
    const before = Uint8Array.from(bytes);
    const { tensor, width, height } = await model.prepare(bytes);
    expect(bytes).toEqual(before);
    expect([width, height, tensor.length]).toEqual([208, 495, 3 * 48 * 48]);
    await model.encode(tensor);
    expect(tensor.length).toBe(3 * 48 * 48);
  });

  it('gives the same bits for a tensor that is handed over, which is empty then', async () => {
    const model = await opened(copy());
    const { tensor } = await model.prepare(fixtureBytes('clip-preprocess', '208_495.jpg'));
    const kept = await model.encode(tensor);
    const given = await model.encode(tensor, { handOver: true });
    expect(given.vector).toEqual(kept.vector);
    expect(tensor.length).toBe(0);
  });

  it('refuses a tensor of another size, and one that is not finite', async () => {
    const model = await opened(copy());
    await expect(model.encode(new Float32Array(5))).rejects.toMatchObject({ code: 'tensor_wrong_size' });
    const tensor = new Float32Array(3 * 48 * 48);
    tensor[7] = Number.NaN;
    const error = await model.encode(tensor).catch((reason) => reason);
    expect(error).toMatchObject({ family: 'ours', code: 'vector_not_finite' });
    expect(error.message).toContain('preprocessing');
  });

  it('refuses work when its queue is full and says when to try again', async () => {
    const model = await opened(copy(), { queueMax: 3 });
    const tensor = new Float32Array(3 * 48 * 48);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => model.encode(tensor)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(20 - 3 - 2);
    for (const { reason } of refused) expect(reason).toMatchObject({ family: 'later', code: 'encoder_busy' });
    const waiting = Array.from({ length: 20 }, () => model.encode(tensor, { wait: true }));
    expect(await Promise.all(waiting)).toHaveLength(20);
  });

  it('takes no more work once it is closed', async () => {
    const model = await opened(copy());
    await model.close();
    await expect(model.embedText('x')).rejects.toMatchObject({ code: 'encoder_closed' });
  });
});
