import { decodeImage, type RgbImage } from '../images/decode-image.js';
import type { DecodeShare } from '../images/decode-memory.js';
import type { ToldFacts } from '../images/known-facts.js';
import { readPhotoFacts } from '../images/photo-facts.js';
import { readXmp } from '../images/read-xmp.js';
import type { PreparedImage } from './clip-model.js';
import { preprocess } from './preprocess.js';
import type { PreprocessConfig } from './preprocess-config.js';

export interface PrepareOptions {
  readonly preprocess: PreprocessConfig;
  readonly pixelsMax: number;
}

/** Asks for the facts in a photo's or an XMP sidecar's bytes, which may take a second of parsing. */
export interface FactsJob {
  readonly of: FactsOf;
  readonly bytes: Uint8Array;
}

export type FactsOf = 'photo' | 'xmp';

export function readFacts({ of, bytes }: FactsJob): ToldFacts {
  return of === 'photo' ? readPhotoFacts(bytes) : readXmp(bytes);
}

/** A file's bytes (`facts`: read its own facts too), or a picture that was decoded elsewhere. */
export type PrepareJob =
  | { readonly bytes: Uint8Array; readonly facts: boolean }
  | { readonly image: RgbImage; readonly decodeMs: number };

/**
 * Decodes a picture, unless that is done, and makes the encoder's input. Memory for decoding is taken of `share`, which the
 * caller releases.
 */
export async function prepare(
  job: PrepareJob,
  options: PrepareOptions,
  share?: Pick<DecodeShare, 'take'>,
): Promise<PreparedImage> {
  const { image, decodeMs } = 'bytes' in job ? await decode(job.bytes, options, share) : job;
  const decoded = performance.now();
  const tensor = preprocess(image, options.preprocess);
  const { width, height } = image;
  const preprocessMs = performance.now() - decoded;
  const facts = 'bytes' in job && job.facts ? readPhotoFacts(job.bytes) : null;
  return { tensor, width, height, decodeMs, preprocessMs, facts };
}

async function decode(
  bytes: Uint8Array,
  { pixelsMax }: PrepareOptions,
  share: Pick<DecodeShare, 'take'> | undefined,
): Promise<{ readonly image: RgbImage; readonly decodeMs: number }> {
  const started = performance.now();
  const image = await decodeImage(bytes, { pixelsMax }, share === undefined ? {} : { share });
  return { image, decodeMs: performance.now() - started };
}
