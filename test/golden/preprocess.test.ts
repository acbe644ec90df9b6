import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { centreCrop, normalise, preprocess, resizedSize } from '../../src/clip/preprocess.js';
import { parsePreprocessConfig } from '../../src/clip/preprocess-config.js';
import { resizeAndCrop } from '../../src/clip/resample.js';
import { decodeImage } from '../../src/images/decode-image.js';
import { fixtureBytes, floats } from '../support/fixtures.js';
import { describeShared } from '../support/shared.js';

const config = parsePreprocessConfig({});

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}

describe("CLIP's own preprocessing at 224 pixels", () => {
  const names = ['123_456', '208_495', '321_421', '389_535', '416_264', '456_123'];

  it.each(names)('is met within 1e-6 for %s', async (name) => {
    const image = await decodeImage(fixtureBytes('clip-preprocess', `${name}.jpg`));
    const reference = floats(fixtureBytes('clip-preprocess', `${name}.f32.br`));
    expect(largestDifference(preprocess(image, config), reference)).toBeLessThanOrEqual(1e-6);
  });

  it('is met for 524_316 with the crop that openai/CLIP rounds to the even side, and by no other', async () => {
    const image = await decodeImage(fixtureBytes('clip-preprocess', '524_316.jpg'));
    const reference = floats(fixtureBytes('clip-preprocess', '524_316.f32.br'));
    const { width, height } = resizedSize(image, config.resize);
    const crop = centreCrop(width, height, 224);
    expect((width - 224) / 2 - crop.left).toBe(0.5);
    const shifted = resizeAndCrop(image, width, height, { ...crop, left: crop.left + 1 });
    expect(largestDifference(normalise(shifted, config), reference)).toBeLessThanOrEqual(1e-6);
    expect(largestDifference(preprocess(image, config), reference)).toBeGreaterThan(0.1);
  });
});

describeShared("CLIP's own preprocessing at 336 pixels", (shared) => {
  const lines = shared
    ? readFileSync(join(shared, 'clip-preprocess-reference/at-336/labels.csv'), 'utf8').trim().split('\n').slice(1)
    : [];

  it('is met bit for bit by all seven photos, among them of 12 megapixels and turned ones', async () => {
    expect(lines).toHaveLength(7);
    for (const line of lines) {
      const [photo, png, width, height] = line.split(',') as [string, string, string, string];
      const image = await decodeImage(readFileSync(join(shared, 'photos', photo)));
      expect([image.width, image.height]).toEqual([Number(width), Number(height)]);
      const resized = resizedSize(image, { shortest: 336 });
      const { data } = resizeAndCrop(
        image,
        resized.width,
        resized.height,
        centreCrop(resized.width, resized.height, 336),
      );
      const file = join(shared, 'clip-preprocess-reference/at-336', png);
      const reference = await sharp(file).removeAlpha().raw().toBuffer();
      expect({ photo, equal: Buffer.compare(data, reference) === 0 }).toEqual({ photo, equal: true });
    }
  });
});
