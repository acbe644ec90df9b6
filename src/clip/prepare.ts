import { decodeImage, type RgbImage } from '../images/decode-image.js';
import type { PreparedImage } from './clip-model.js';
import { preprocess } from './preprocess.js';
import type { PreprocessConfig } from './preprocess-config.js';

export interface PrepareOptions {
  readonly preprocess: PreprocessConfig;
  readonly pixelsMax: number;
}

/** A file's bytes, or a picture that was decoded elsewhere. */
export type PrepareJob = Uint8Array | { readonly image: RgbImage; readonly decodeMs: number };

/** Decodes a picture where it is still to be decoded, and makes the encoder's input of it. */
export async function prepare(job: PrepareJob, options: PrepareOptions): Promise<PreparedImage> {
  const { image, decodeMs } = job instanceof Uint8Array ? await decode(job, options) : job;
  const decoded = performance.now();
  const tensor = preprocess(image, options.preprocess);
  const { width, height } = image;
  return { tensor, width, height, decodeMs, preprocessMs: performance.now() - decoded };
}

async function decode(bytes: Uint8Array, { pixelsMax }: PrepareOptions): Promise<Exclude<PrepareJob, Uint8Array>> {
  const started = performance.now();
  const image = await decodeImage(bytes, { pixelsMax });
  return { image, decodeMs: performance.now() - started };
}
