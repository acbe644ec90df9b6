import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fault } from '../../../domain/errors.js';
import { present } from '../../../domain/present.js';
import { cosine } from '../../../domain/unit-vector.js';
import type { VisionShape } from '../checkpoint/clip-shapes.js';
import type { Smoothing } from '../graph/tower-smoothing.js';
import { type PrecisionWriter, type WriteTowersOptions, writeTowers } from '../graph/write-towers.js';
import type { Calibration, RoundedForm, SiteErrors, TowerCalibration } from './calibrate.js';
import { embedAll } from './measure-parity.js';
import type { TowerObservations } from './observe-inputs.js';
import { type Copies, type LinearForm, quantisedLinear, type TowerForms } from './quantised-linear.js';
import type { TowerInput } from './tower-session.js';

export type RoundedPrecision = 'int8-block' | 'int8';

export const ROUNDED_SUFFIXES: Readonly<Record<RoundedPrecision, string>> = {
  'int8-block': '_int8-block',
  int8: '_int8',
};

/** A product whose relative error by rounding is larger than this stays in float. Ordinary ones have 0.01 to 0.02. */
const ERROR_MAX = 0.08;
/** One scale for the whole input is the fastest; a scale for each row is used where its error is this many times smaller. */
const TOKEN_GAIN_MIN = 1.5;
/**
 * Lowest cosine of calibration's own pictures and captions for a tower to count as fitted: somewhat more than parity asks,
 * since others will have less.
 */
const COSINE_MIN = 0.996;
/** Shares of the layers that are tried in float, from the first on. */
export const FLOAT_SHARES: readonly number[] = [0, 1 / 6, 1 / 3];
/**
 * From so many tokens on it is faster to round the input of queries, keys and values three times than to split their product.
 */
const APART_TOKENS_MIN = 256;
/** Pictures or captions that a fit is checked on. */
const CHECKED = 8;

export interface FitOptions extends Pick<WriteTowersOptions, 'checkpoint' | 'architecture' | 'folder'> {
  readonly calibration: Calibration;
  readonly images: readonly Float32Array[];
  readonly captions: readonly (readonly number[])[];
  /** Which of FLOAT_SHARES is tried first (default 0): more in float is slower and nearer to float32. */
  readonly firstShare?: number;
}

/** How a tower was fitted, to be recorded. */
export interface FittedTower {
  /** Number of leading layers left in float: their errors would pass through all the others. */
  readonly floatLayers: number;
  /** Number of products by form. */
  readonly products: Readonly<Record<LinearForm, number>>;
  /** Lowest cosine with float32 on the calibration's own pictures or captions. */
  readonly lowestCosine: number;
  /** Median time for one of these. */
  readonly seconds: number;
}

export interface FittedPrecision {
  readonly vision: FittedTower;
  readonly text: FittedTower;
}

/**
 * Writes both towers of a rounded precision, smoothed, with forms by the measured errors, and with as many leading layers in
 * float as it takes for the calibration's embeddings to agree with float32's, at most a third.
 */
export async function fitPrecision(precision: RoundedPrecision, options: FitOptions): Promise<FittedPrecision> {
  const pictures = options.images.map((tensor) => ({ tensor }));
  const texts = options.captions.map((ids) => ({ ids }));
  return {
    vision: await fitTower(precision, 'vision', pictures, options),
    text: await fitTower(precision, 'text', texts, options),
  };
}

/**
 * The forms of a tower's products with the first layers in float. Texts are packed and share runs, so one scale for a whole
 * input would let each change the others. With a scale for each row, which is slower with few rows, captions still take a
 * quarter of the time that they take one by one.
 */
export function formsOf(
  precision: RoundedPrecision,
  tower: 'vision' | 'text',
  errors: TowerCalibration,
  floatLayers: number,
): TowerForms {
  const form = (layer: number, site: SiteErrors): LinearForm => {
    if (layer < floatLayers) return 'float';
    const rounded = roundedForm(precision, tower, site);
    return site[rounded] > ERROR_MAX ? 'float' : rounded;
  };
  return errors.layers.map(({ qkv, out, fc1, fc2 }, layer) => ({
    qkv: form(layer, qkv),
    out: form(layer, out),
    fc1: form(layer, fc1),
    fc2: form(layer, fc2),
  }));
}

function roundedForm(precision: RoundedPrecision, tower: 'vision' | 'text', site: SiteErrors): RoundedForm {
  if (precision === 'int8-block') return 'block';
  if (tower === 'text') return 'token';
  return site.tensor > TOKEN_GAIN_MIN * site.token ? 'token' : 'tensor';
}

async function fitTower(
  precision: RoundedPrecision,
  tower: 'vision' | 'text',
  inputs: readonly TowerInput[],
  options: FitOptions,
): Promise<FittedTower> {
  const { calibration, checkpoint, architecture, folder } = options;
  const suffix = ROUNDED_SUFFIXES[precision];
  const file = join(folder, `${tower}_model${suffix}.onnx`);
  const smoothing = calibration.smoothing[precision === 'int8' ? 'rows' : 'blocks'];
  const write = async (forms: TowerForms, smoothed: Smoothing, copies: Copies | null) => {
    const writer: PrecisionWriter = {
      ...{ suffix, storage: 'float16', linear: quantisedLinear({ vision: forms, text: forms }, copies) },
      projectionsApart: precision === 'int8' && tokensOf(architecture.vision) >= APART_TOKENS_MIN,
    };
    await rm(file, { force: true });
    await writeTowers({ checkpoint, architecture, folder, precision: writer, smoothing: smoothed, towers: [tower] });
    return checkFit(file, inputs, calibration.observations[tower]);
  };
  for (const share of FLOAT_SHARES.slice(options.firstShare ?? 0)) {
    const floatLayers = Math.ceil(share * architecture[tower].layers);
    const forms = formsOf(precision, tower, calibration[tower], floatLayers);
    const checked = await write(forms, smoothing, null);
    if (checked.lowestCosine < COSINE_MIN && share !== FLOAT_SHARES.at(-1)) continue;
    // Copies reduce the mean error, but not always that of single pictures: they are no reason to leave less in float.
    const { split } = calibration;
    const hasCopies = precision === 'int8' && split.copies[tower].some(isCopying(floatLayers));
    const last = hasCopies ? await write(forms, split.smoothing, split.copies) : checked;
    return { floatLayers, products: count(forms), ...last };
  }
  throw fault('graph_invalid', `Expected a share of layers to leave in float, got none for ${tower}.`);
}

function isCopying(floatLayers: number) {
  return (sites: Copies['vision'][number], layer: number) =>
    layer >= floatLayers && Object.values(sites).some((further) => further.length > 0);
}

async function checkFit(file: string, inputs: readonly TowerInput[], observed: TowerObservations) {
  const { vectors, seconds } = await embedAll(file, inputs.slice(0, CHECKED));
  const cosines = vectors.map((vector, i) => cosine(vector, present(observed.vectors[i])));
  return { lowestCosine: Math.min(1, ...cosines), seconds };
}

function tokensOf({ imageSize, patchSize }: VisionShape): number {
  return 1 + (imageSize / patchSize) ** 2;
}

function count(forms: TowerForms): Record<LinearForm, number> {
  const products = { float: 0, tensor: 0, token: 0, block: 0 };
  for (const layer of forms) for (const form of Object.values(layer)) products[form]++;
  return products;
}
