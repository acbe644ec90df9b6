import { fault, StreetdexError } from '../../domain/errors.js';
import { decodeImage } from '../../images/decode-image.js';
import { preprocess } from '../preprocess.js';
import type { PreprocessConfig } from '../preprocess-config.js';
import { ClipTokenizer, type TokenizerFiles } from '../tokenizer.js';
import type { ClipArchitecture } from './checkpoint/clip-shapes.js';
import type { ChoosePrecisionOptions } from './precision/choose-precision.js';

/** Samples that precisions are fitted and compared with. */
export interface ModelSamples {
  /** Files of pictures, each different. */
  readonly pictures: readonly Uint8Array[];
  /** Origin of the pictures, to be recorded: `212 photos of /data/streets`. */
  readonly provenance: string;
  readonly captions: readonly SampleCaption[];
}

export interface SampleCaption {
  readonly text: string;
  /** Whether it names a country and nothing smaller. */
  readonly country: boolean;
}

const CALIBRATION_PICTURES = 12;
const COMPARED_PICTURES = { least: 32, most: 200 } as const;
/** Multiplications of one comparison, in 10^9: ViT-B/32 gets 200 pictures, ViT-L/14 at 336 pixels the minimum. */
const BUDGET = 1_000;
/** One of so many captions is for calibration. */
const CALIBRATION_CAPTION_EVERY = 3;

/** Number of pictures to ask for: 12 for calibration, and 32 to 200 to compare precisions with. */
export function picturesWanted({ vision }: ClipArchitecture): number {
  const tokens = (vision.imageSize / vision.patchSize) ** 2 + 1;
  const perPicture = (vision.layers * tokens * vision.width * (4 * vision.width + 2 * vision.intermediate)) / 1e9;
  const compared = Math.floor(BUDGET / perPicture);
  return CALIBRATION_PICTURES + Math.min(COMPARED_PICTURES.most, Math.max(COMPARED_PICTURES.least, compared));
}

/**
 * Tensors and token ids for calibration and for comparison, without overlap. Pictures that can't be decoded are skipped.
 * @throws `calibration_too_small` with fewer than 44 pictures that can be decoded
 */
export async function prepareSamples(
  { pictures, provenance, captions }: ModelSamples,
  model: { readonly preprocess: PreprocessConfig; readonly tokenizer: TokenizerFiles; readonly lengthMax: number },
): Promise<Pick<ChoosePrecisionOptions, 'calibration' | 'sample'>> {
  const tensors: Float32Array[] = [];
  for (const picture of pictures) {
    const image = await decodeImage(picture).catch(passOver);
    if (image !== null) tensors.push(preprocess(image, model.preprocess));
  }
  const least = CALIBRATION_PICTURES + COMPARED_PICTURES.least;
  if (tensors.length < least) {
    throw fault(
      'calibration_too_small',
      `Expected at least ${least} pictures to fit and compare precisions with, got ${tensors.length} that can be decoded (${provenance}). Give a folder with more, or leave --calibration out.`,
    );
  }
  const tokenizer = ClipTokenizer.read(model.tokenizer, model.lengthMax);
  const texts = captions.map(({ text, country }) => ({ ids: tokenizer.encode(text), country }));
  const isFitted = (_: unknown, i: number) => i % CALIBRATION_CAPTION_EVERY === 0;
  return {
    calibration: {
      images: tensors.slice(0, CALIBRATION_PICTURES),
      captions: texts.filter(isFitted).map(({ ids }) => ids),
      provenance,
    },
    sample: {
      images: tensors.slice(CALIBRATION_PICTURES),
      captions: texts.filter((text, i) => !isFitted(text, i)),
    },
  };
}

function passOver(error: unknown): null {
  if (error instanceof StreetdexError && error.family === 'caller') return null;
  throw error;
}
