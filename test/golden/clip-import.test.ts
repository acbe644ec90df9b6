import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { addModel } from '../../src/clip/import/add-model.js';
import { openClipModel } from '../../src/clip/open-clip-model.js';
import { classify } from '../../src/clip/zero-shot.js';
import { cosine, type UnitVector } from '../../src/domain/unit-vector.js';
import { preprocessorOf } from '../support/clip-files.js';
import { fixture, fixtureBytes, floats } from '../support/fixtures.js';
import { modelSamples } from '../support/model-samples.js';
import { describeShared } from '../support/shared.js';
import { putFile, temporaryFolder } from '../support/temporary-folder.js';

interface Expected {
  readonly texts: readonly string[];
  readonly image_embeds: readonly number[][];
  readonly text_embeds: readonly number[][];
  readonly logits_per_image: readonly number[][];
}

/** `model add` of a local folder; resolves to the model's folder. */
async function added(source: string, precision: 'fp32' | 'fp16' | 'auto'): Promise<string> {
  const root = temporaryFolder();
  const modelsFolder = join(root, 'models');
  await addModel({
    ...{ what: source, name: 'reference', precision, modelsFolder, downloadsFolder: join(root, 'downloads') },
    hub: { endpoint: 'http://127.0.0.1:9' },
    samples: () => modelSamples(),
  });
  return join(modelsFolder, 'reference');
}

async function expectEqual(folder: string, pixels: Float32Array, expected: Expected, limits: [number, number]) {
  const [cosineLeast, logitMost] = limits;
  const model = await openClipModel(folder, { threads: 1, prepareWorkers: 1 });
  try {
    const size = pixels.length / expected.image_embeds.length;
    const images: UnitVector[] = [];
    const texts: UnitVector[] = [];
    for (let i = 0; i < expected.image_embeds.length; i++) {
      images.push((await model.encode(pixels.slice(i * size, (i + 1) * size))).vector);
    }
    for (const text of expected.texts) texts.push((await model.embedText(text)).vector);
    const wanted = [...expected.image_embeds, ...expected.text_embeds].map((row) => Float32Array.from(row));
    const cosines = [...images, ...texts].map((vector, i) => cosine(vector, wanted[i] as UnitVector));
    expect(cosines).toHaveLength(wanted.length);
    expect(Math.min(...cosines)).toBeGreaterThanOrEqual(cosineLeast);
    const differences = images.flatMap((image, row) =>
      classify(image, texts, model.info.logitScale).map(({ logit }, column) =>
        Math.abs(logit - (expected.logits_per_image[row]?.[column] as number)),
      ),
    );
    expect(differences).toHaveLength(images.length * texts.length);
    expect(Math.max(...differences)).toBeLessThanOrEqual(logitMost);
  } finally {
    await model.close();
  }
}

/** @param tokenizer the folder of vocab.json and merges.txt */
function giveWhatTransformersGives(reference: string, weights: string, tokenizer: string, side: number): void {
  // Sixteen channels even out less of what half precision is off by than thirty-two.
  const halfLogits = side < 48 ? 0.06 : 0.03;
  it.each([
    { precision: 'fp32', limits: [0.99999, 1e-3] },
    { precision: 'fp16', limits: [0.9999, halfLogits] },
  ] as const)(
    `give what transformers gives: ${basename(reference)}, ${weights}, $precision`,
    async ({ precision, limits }) => {
      const source = temporaryFolder({ 'preprocessor_config.json': preprocessorOf(side) });
      for (const file of ['config.json', weights]) copyFileSync(join(reference, file), join(source, file));
      for (const file of ['vocab.json', 'merges.txt']) putFile(source, file, readFileSync(join(tokenizer, file)));
      const expected = JSON.parse(readFileSync(join(reference, 'expected.json'), 'utf8')) as Expected;
      const pixels = floats(readFileSync(join(reference, 'pixel_values.f32')));
      await expectEqual(await added(source, precision), pixels, expected, [...limits]);
    },
  );
}

describe('small checkpoints, through model add,', () => {
  const folder = fixture('clip-import');
  giveWhatTransformersGives(join(folder, 'quickgelu-eos2'), 'model.safetensors', folder, 32);
  giveWhatTransformersGives(join(folder, 'quickgelu-eos2'), 'pytorch_model.bin', folder, 32);
  giveWhatTransformersGives(join(folder, 'gelu-eos'), 'model.safetensors', folder, 32);
});

describeShared('the reference checkpoints, through model add,', (shared) => {
  const [folder, tokenizer] = [join(shared, 'clip-import-reference'), join(shared, 'clip-tokenizer')];
  giveWhatTransformersGives(join(folder, 'quickgelu-eos2'), 'model.safetensors', tokenizer, 48);
  giveWhatTransformersGives(join(folder, 'quickgelu-eos2'), 'pytorch_model.bin', tokenizer, 48);
  giveWhatTransformersGives(join(folder, 'gelu-eos49407'), 'model.safetensors', tokenizer, 48);
});

describe('a folder as transformers.js has it', () => {
  const expected = JSON.parse(fixtureBytes('tiny-clip', 'expected.json').toString()) as {
    readonly images: readonly { readonly file: string; readonly vector: number[] }[];
    readonly captions: readonly { readonly text: string; readonly vector: number[] }[];
  };
  const exported = (precision: '' | '_quantized') =>
    temporaryFolder(
      Object.fromEntries([
        ...['config.json', 'preprocessor_config.json', 'tokenizer.json'].map(
          (file) => [file, fixtureBytes('tiny-clip', file)] as const,
        ),
        ...['vision', 'text'].map((tower) => {
          const file = `onnx/${tower}_model${precision}.onnx`;
          return [file, readFileSync(fixture('transformers-js', file))] as const;
        }),
      ]),
    );

  it.each([
    ['', 'fp32', 0.99999],
    ['_quantized', 'quantized', 0.98],
  ] as const)('runs unchanged, with its extra inputs and outputs: *%s.onnx', async (suffix, precision, least) => {
    const source = exported(suffix);
    const folder = await added(source, 'auto');
    for (const tower of ['vision', 'text']) {
      const file = `onnx/${tower}_model${suffix}.onnx`;
      expect(readFileSync(join(folder, file)).equals(readFileSync(join(source, file)))).toBe(true);
    }
    const model = await openClipModel(folder, { threads: 1, prepareWorkers: 1 });
    try {
      expect(model.info.precision).toBe(precision);
      const vectors: UnitVector[] = [];
      for (const { file } of expected.images) {
        const { tensor } = await model.prepare(fixtureBytes('tiny-clip', file));
        vectors.push((await model.encode(tensor)).vector);
      }
      for (const { text } of expected.captions) vectors.push((await model.embedText(text)).vector);
      const wanted = [...expected.images, ...expected.captions].map(({ vector }) => Float32Array.from(vector));
      const cosines = vectors.map((vector, i) => cosine(vector, wanted[i] as UnitVector));
      expect(cosines).toHaveLength(5);
      expect(Math.min(...cosines)).toBeGreaterThanOrEqual(least);
      if (suffix !== '') expect(Math.min(...cosines)).toBeLessThan(0.999999);
    } finally {
      await model.close();
    }
  });
});
