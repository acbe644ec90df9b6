import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCheckpoint } from '../../src/clip/import/checkpoint/checkpoint.js';
import { readClipArchitecture } from '../../src/clip/import/checkpoint/clip-architecture.js';
import type { ClipArchitecture } from '../../src/clip/import/checkpoint/clip-shapes.js';
import { FLOAT_PRECISIONS, writeTowers } from '../../src/clip/import/graph/write-towers.js';
import { cosine, toUnitVector, type UnitVector } from '../../src/domain/unit-vector.js';
import { describeShared } from '../support/shared.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openTowers, type RunTowers } from '../support/towers.js';

interface Expected {
  readonly input_ids: readonly (readonly number[])[];
  readonly image_embeds: readonly (readonly number[])[];
  readonly text_embeds: readonly (readonly number[])[];
  readonly logits_per_image: readonly (readonly number[])[];
}

const SIDE = 48;

describeShared('graphs written from the reference checkpoints', (shared) => {
  describe.each([
    ['quickgelu-eos2', 'model.safetensors', 'fp32', 0.99999, 1e-3],
    ['quickgelu-eos2', 'pytorch_model.bin', 'fp32', 0.99999, 1e-3],
    ['gelu-eos49407', 'model.safetensors', 'fp32', 0.99999, 1e-3],
    ['quickgelu-eos2', 'model.safetensors', 'fp16', 0.9999, 0.03],
    ['gelu-eos49407', 'model.safetensors', 'fp16', 0.9999, 0.03],
  ] as const)('%s, %s, as %s', (name, file, precision, cosineMin, logitMax) => {
    const reference = join(shared, 'clip-import-reference', name);
    const json = (path: string) => JSON.parse(readFileSync(join(reference, path), 'utf8'));
    let architecture: ClipArchitecture;
    let towers: RunTowers;
    let expected: Expected;
    let pixels: Float32Array;

    beforeAll(async () => {
      const folder = join(temporaryFolder(), 'onnx');
      await mkdir(folder);
      const checkpoint = await openCheckpoint(join(reference, file));
      architecture = await readClipArchitecture(json('config.json'), checkpoint);
      await writeTowers({ checkpoint, architecture, folder, precision: FLOAT_PRECISIONS[precision] });
      await checkpoint.close();
      towers = await openTowers(folder, FLOAT_PRECISIONS[precision].suffix);
      expected = json('expected.json');
      const bytes = readFileSync(join(reference, 'pixel_values.f32'));
      pixels = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    });

    afterAll(() => towers.close());

    it('give the vectors and logits that transformers gives', async () => {
      const images = await towers.images(pixels, SIDE);
      const texts: UnitVector[] = [];
      for (const ids of expected.input_ids) texts.push(...(await towers.texts([ids])));
      const wantedImages = expected.image_embeds.map((vector) => toUnitVector(vector));
      const wantedTexts = expected.text_embeds.map((vector) => toUnitVector(vector));
      expect([images.length, texts.length]).toEqual([wantedImages.length, wantedTexts.length]);
      const cosines = [...images, ...texts].map((vector, i) =>
        cosine(vector, [...wantedImages, ...wantedTexts][i] as UnitVector),
      );
      expect(Math.min(...cosines)).toBeGreaterThanOrEqual(cosineMin);
      const differences = images.flatMap((image, i) =>
        texts.map(
          (text, j) => architecture.logitScale * cosine(image, text) - (expected.logits_per_image[i]?.[j] as number),
        ),
      );
      expect(Math.max(...differences.map(Math.abs))).toBeLessThanOrEqual(logitMax);
    });

    it('give each picture of a batch what they give it alone', async () => {
      const half = pixels.length / 2;
      const together = await towers.images(pixels, SIDE);
      const apart = [
        ...(await towers.images(pixels.slice(0, half), SIDE)),
        ...(await towers.images(pixels.slice(half), SIDE)),
      ];
      expect(together).toHaveLength(2);
      for (const [i, vector] of together.entries()) {
        expect(cosine(vector, apart[i] as UnitVector)).toBeGreaterThan(0.999999);
      }
      expect(cosine(apart[0] as UnitVector, apart[1] as UnitVector)).toBeLessThan(0.9999);
    });
  });
});
