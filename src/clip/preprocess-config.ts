import { z } from 'zod';
import { fault } from '../domain/errors.js';
import type { Filter } from './resample.js';

/** A model's preprocessor_config.json. */
export interface PreprocessConfig {
  /** Side of the encoder's square input, in pixels. */
  readonly imageSize: number;
  /** `shortest`: the shorter side becomes so long, and the centre is cropped; `exact`: width and height are both set. */
  readonly resize: { readonly shortest: number } | { readonly exact: number };
  readonly filter: Filter;
  /** A level of 0 to 255 is multiplied by this. */
  readonly rescale: number;
  /** Subtracted and divided by, per channel, after the rescaling. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

const side = z.number().int().min(1).max(4096);
const three = z.tuple([z.number(), z.number(), z.number()]);

/** Old files have sizes as integers, newer ones as objects; missing values have CLIPImageProcessor's defaults. */
const schema = z.object({
  do_resize: z.boolean().default(true),
  size: z
    .union([side, z.object({ shortest_edge: side }), z.object({ height: side, width: side })])
    .default({ shortest_edge: 224 }),
  resample: z.number().default(3),
  do_center_crop: z.boolean().default(true),
  crop_size: z.union([side, z.object({ height: side, width: side })]).optional(),
  do_rescale: z.boolean().default(true),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: three.default([0.48145466, 0.4578275, 0.40821073]),
  image_std: three.default([0.26862954, 0.26130258, 0.27577711]),
});

/** Pillow's numbers of its filters. */
const FILTERS: Readonly<Record<number, Filter>> = { 1: 'lanczos', 2: 'bilinear', 3: 'bicubic' };

/**
 * Checks the contents of a preprocessor_config.json.
 * @throws `model_unsupported` for what is not supported
 */
export function parsePreprocessConfig(json: unknown): PreprocessConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw unsupported(z.prettifyError(parsed.error).replaceAll('\n', ' '));
  const asked = parsed.data;
  const filter = FILTERS[asked.resample];
  if (filter === undefined)
    throw unsupported(`resample ${asked.resample} is not 1 (Lanczos), 2 (bilinear) or 3 (bicubic)`);
  if (!asked.do_resize) throw unsupported('do_resize is false, but the encoder takes one size only');
  const resize = resizeOf(asked.size);
  const crop = asked.do_center_crop ? squareOf(asked.crop_size ?? 224, 'crop_size') : null;
  const resized = 'exact' in resize ? resize.exact : resize.shortest;
  if (crop === null && 'shortest' in resize) {
    throw unsupported('do_center_crop is false and size gives one side only, so that pictures would differ in shape');
  }
  if (crop !== null && crop > resized) throw unsupported(`crop_size ${crop} is larger than size ${resized}`);
  if (asked.image_std.some((value) => value === 0)) throw unsupported('image_std has a zero');
  return {
    imageSize: crop ?? resized,
    resize,
    filter,
    rescale: asked.do_rescale ? asked.rescale_factor : 1,
    mean: asked.do_normalize ? asked.image_mean : [0, 0, 0],
    std: asked.do_normalize ? asked.image_std : [1, 1, 1],
  };
}

function resizeOf(size: z.infer<typeof schema>['size']): PreprocessConfig['resize'] {
  if (typeof size === 'number') return { shortest: size };
  return 'shortest_edge' in size ? { shortest: size.shortest_edge } : { exact: squareOf(size, 'size') };
}

function squareOf(size: number | { height: number; width: number }, name: string): number {
  if (typeof size === 'number') return size;
  if (size.height !== size.width) throw unsupported(`${name} ${size.width} x ${size.height} is not square`);
  return size.width;
}

function unsupported(reason: string): Error {
  return fault('model_unsupported', `Expected a preprocessor_config.json that this program can follow, but ${reason}.`);
}
