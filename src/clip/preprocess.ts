import { present as checked } from '../domain/present.js';
import type { RgbImage } from '../images/decode-image.js';
import type { PreprocessConfig } from './preprocess-config.js';
import { type Crop, resizeAndCrop } from './resample.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/**
 * A picture as the encoder's input: float32 [3, imageSize, imageSize], CHW, RGB, rescaled and normalised. The same steps and
 * roundings as transformers' CLIPImageProcessor on Pillow images.
 */
export function preprocess(image: RgbImage, config: PreprocessConfig): Float32Array {
  const { width, height } = resizedSize(image, config.resize);
  return normalise(
    resizeAndCrop(image, width, height, centreCrop(width, height, config.imageSize), config.filter),
    config,
  );
}

/** Size before the crop: the shorter side as asked, the other `trunc(size · long / short)`. */
export function resizedSize(
  image: { readonly width: number; readonly height: number },
  resize: PreprocessConfig['resize'],
): { readonly width: number; readonly height: number } {
  if ('exact' in resize) return { width: resize.exact, height: resize.exact };
  const { width, height } = image;
  const size = resize.shortest;
  return width < height
    ? { width: size, height: Math.trunc((size * height) / width) }
    : { width: Math.trunc((size * width) / height), height: size };
}

/** transformers' rule: half the difference, rounded down (openai/CLIP rounds half to even). */
export function centreCrop(width: number, height: number, size: number): Crop {
  return { left: Math.floor((width - size) / 2), top: Math.floor((height - size) / 2), width: size, height: size };
}

/** Levels to float32 planes, through a table of the 256 values of each channel. */
export function normalise(image: RgbImage, config: Pick<PreprocessConfig, 'rescale' | 'mean' | 'std'>): Float32Array {
  const pixels = image.width * image.height;
  const tensor = new Float32Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    const mean = Math.fround(present(config.mean[channel]));
    const std = Math.fround(present(config.std[channel]));
    const table = Float32Array.from({ length: 256 }, (_, level) => {
      return Math.fround(Math.fround(level * config.rescale) - mean) / std;
    });
    const plane = tensor.subarray(channel * pixels, (channel + 1) * pixels);
    for (let i = 0, at = channel; i < pixels; i++, at += 3) plane[i] = present(table[present(image.data[at])]);
  }
  return tensor;
}
