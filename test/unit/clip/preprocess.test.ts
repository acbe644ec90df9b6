import { describe, expect, it } from '@jest/globals';
import { centreCrop, preprocess, resizedSize } from '../../../src/clip/preprocess.js';
import { parsePreprocessConfig } from '../../../src/clip/preprocess-config.js';

const CLIP = {
  imageSize: 224,
  resize: { shortest: 224 },
  filter: 'bicubic',
  rescale: 1 / 255,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

describe('parsePreprocessConfig', () => {
  it("has CLIP's values where a file says nothing", () => {
    expect(parsePreprocessConfig({})).toEqual(CLIP);
  });

  it('reads sizes as plain integers (old files) and as objects (new ones) alike', () => {
    const old = parsePreprocessConfig({ size: 336, crop_size: 336, feature_extractor_type: 'CLIPFeatureExtractor' });
    const recent = parsePreprocessConfig({ size: { shortest_edge: 336 }, crop_size: { height: 336, width: 336 } });
    expect(old).toEqual({ ...CLIP, imageSize: 336, resize: { shortest: 336 } });
    expect(recent).toEqual(old);
  });

  it('honours a resize that is larger than the crop, a forced size, and other filters', () => {
    expect(parsePreprocessConfig({ size: 256, crop_size: 224 })).toMatchObject({
      imageSize: 224,
      resize: { shortest: 256 },
    });
    const exact = parsePreprocessConfig({ size: { height: 256, width: 256 }, do_center_crop: false, resample: 2 });
    expect(exact).toMatchObject({ imageSize: 256, resize: { exact: 256 }, filter: 'bilinear' });
  });

  it('honours do_rescale and do_normalize when they are off', () => {
    const raw = parsePreprocessConfig({ do_rescale: false, do_normalize: false });
    expect(raw).toMatchObject({ rescale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  });

  it.each([
    [{ resample: 0 }, /resample 0/],
    [{ do_resize: false }, /do_resize/],
    [{ do_center_crop: false }, /do_center_crop/],
    [{ crop_size: 336 }, /crop_size 336 is larger than size 224/],
    [{ crop_size: { height: 10, width: 20 } }, /not square/],
    [{ image_mean: [0.5] }, /image_mean/],
    [{ image_std: [0, 1, 1] }, /image_std/],
    [{ size: 'big' }, /size/],
  ])('refuses %j in a sentence', (json, reason) => {
    expect(() => parsePreprocessConfig(json)).toThrow(reason);
    expect(() => parsePreprocessConfig(json)).toThrow(
      /Expected a preprocessor_config.json that this program can follow/,
    );
  });
});

describe('the geometry', () => {
  it('makes the shorter side as asked and truncates the other', () => {
    expect(resizedSize({ width: 910, height: 512 }, { shortest: 224 })).toEqual({ width: 398, height: 224 });
    expect(resizedSize({ width: 512, height: 910 }, { shortest: 224 })).toEqual({ width: 224, height: 398 });
    expect(resizedSize({ width: 100, height: 100 }, { shortest: 336 })).toEqual({ width: 336, height: 336 });
    expect(resizedSize({ width: 100, height: 7 }, { exact: 50 })).toEqual({ width: 50, height: 50 });
  });

  it('cuts out the middle and rounds half the rest down', () => {
    expect(centreCrop(399, 224, 224)).toEqual({ left: 87, top: 0, width: 224, height: 224 });
    expect(centreCrop(224, 301, 224)).toEqual({ left: 0, top: 38, width: 224, height: 224 });
  });
});

describe('preprocess', () => {
  it('gives planes of red, green and blue, rescaled and normalised', () => {
    const config = parsePreprocessConfig({ size: 2, crop_size: 2 });
    const image = { data: Uint8Array.from([255, 0, 51, 255, 0, 51, 255, 0, 51, 255, 0, 51]), width: 2, height: 2 };
    const tensor = preprocess(image, config);
    [1, 0, 0.2].forEach((level, channel) => {
      const wanted = (level - (CLIP.mean[channel] as number)) / (CLIP.std[channel] as number);
      for (const value of tensor.subarray(channel * 4, channel * 4 + 4))
        expect(Math.abs(value - wanted)).toBeLessThan(1e-6);
    });
  });

  it('takes a picture of one pixel', () => {
    const tensor = preprocess({ data: Uint8Array.from([9, 8, 7]), width: 1, height: 1 }, parsePreprocessConfig({}));
    expect(tensor.length).toBe(3 * 224 * 224);
    expect(new Set(tensor).size).toBe(3);
  });
});
