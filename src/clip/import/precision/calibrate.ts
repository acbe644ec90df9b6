import { present as checked } from '../../../domain/present.js';
import type { TowerShape } from '../checkpoint/clip-shapes.js';
import type { Checkpoint } from '../checkpoint/stored-tensor.js';
import type { LayerSmoothing, Smoothing } from '../graph/tower-smoothing.js';
import { type LayerObservations, type Observations, type ObserveOptions, observeInputs } from './observe-inputs.js';
import { type Copies, LAYER_SITES, type LayerSite, type LinearForm } from './quantised-linear.js';
import {
  type ComparedProduct,
  type InputChange,
  roundedError,
  type SampledProduct,
  withExact,
} from './rounded-error.js';
import { SmallProduct } from './small-product.js';
import { columnMagnitudes, smoothingFactors } from './smoothing.js';
import { furtherCopies, timesThere } from './split-channels.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

export type RoundedForm = Exclude<LinearForm, 'float'>;

/** A product's relative error after rounding, by form, with the best factors for it. */
export type SiteErrors = Readonly<Record<RoundedForm, number>>;

export interface TowerCalibration {
  readonly layers: readonly Readonly<Record<LayerSite, SiteErrors>>[];
}

/** How a checkpoint is best rounded, found on pictures and captions. */
export interface Calibration {
  readonly vision: TowerCalibration;
  readonly text: TowerCalibration;
  /** `rows` for the forms `tensor` and `token`, whose weights have one scale for each output; `blocks` for `block`. */
  readonly smoothing: { readonly rows: Smoothing; readonly blocks: Smoothing };
  /** Copies of outlier channels, for the forms `tensor` and `token`, and the factors that go with them. */
  readonly split: { readonly copies: Copies; readonly smoothing: Smoothing };
  /** Pictures and captions with their float32 embeddings, to compare with. */
  readonly observations: Observations;
}

/** SmoothQuant's strengths that are tried for each product, besides no smoothing. */
export const STRENGTHS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8] as const;
/** Copies of outlier channels cost time; they are worth it where the error is this many times smaller. */
const SPLIT_GAIN_MIN = 1.3;
const NONE = new Int32Array();
/** A product's error is measured on so many of its outputs; outputs are rounded independently. */
const OUTPUTS_SAMPLED = 192;
/** An error is measured on so many pictures or captions; the factors come from the ranges of all. */
const SEARCHED = 6;

/**
 * Runs the float32 network over calibration pictures and captions, then finds for each product of the layers the strength of
 * smoothing with the smallest error after rounding, and that error. Memory: some rows of every product's input, and one layer's
 * weights.
 */
export async function calibrate(options: ObserveOptions): Promise<Calibration> {
  const observations = await observeInputs(options);
  const { checkpoint, architecture } = options;
  const product = await SmallProduct.open();
  try {
    const towers = {
      vision: await calibrateTower(checkpoint, 'vision', architecture.vision, observations, product),
      text: await calibrateTower(checkpoint, 'text', architecture.text, observations, product),
    };
    const layersOf = (tower: 'vision' | 'text', kind: 'rows' | 'blocks' | 'split') => ({
      layers: towers[tower].map((layer) => layer.smoothing[kind]),
    });
    return {
      vision: { layers: towers.vision.map(({ errors }) => errors) },
      text: { layers: towers.text.map(({ errors }) => errors) },
      smoothing: {
        rows: { vision: layersOf('vision', 'rows'), text: layersOf('text', 'rows') },
        blocks: { vision: layersOf('vision', 'blocks'), text: layersOf('text', 'blocks') },
      },
      split: {
        copies: { vision: towers.vision.map(({ copies }) => copies), text: towers.text.map(({ copies }) => copies) },
        smoothing: { vision: layersOf('vision', 'split'), text: layersOf('text', 'split') },
      },
      observations,
    };
  } finally {
    await product.close();
  }
}

interface LayerCalibration {
  readonly errors: Record<LayerSite, SiteErrors>;
  readonly smoothing: Readonly<Record<'rows' | 'blocks' | 'split', LayerSmoothing>>;
  readonly copies: Readonly<Record<LayerSite, Int32Array>>;
}

async function calibrateTower(
  checkpoint: Checkpoint,
  tower: 'vision' | 'text',
  shape: TowerShape,
  observations: Observations,
  product: SmallProduct,
): Promise<LayerCalibration[]> {
  const layers: LayerCalibration[] = [];
  for (const [layer, observed] of observations[tower].layers.entries()) {
    layers.push(await calibrateLayer(checkpoint, `${tower}_model.encoder.layers.${layer}`, shape, observed, product));
  }
  return layers;
}

/** A layer's weights by place, [outputs, inputs] each, stacked. */
const TENSORS: Readonly<Record<LayerSite, readonly string[]>> = {
  qkv: ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
  out: ['self_attn.out_proj'],
  fc1: ['mlp.fc1'],
  fc2: ['mlp.fc2'],
};

async function calibrateLayer(
  checkpoint: Checkpoint,
  prefix: string,
  shape: TowerShape,
  observed: LayerObservations,
  product: SmallProduct,
): Promise<LayerCalibration> {
  const errors: Partial<Record<LayerSite, SiteErrors>> = {};
  const rows: Partial<Record<LayerSite, Float32Array | null>> = {};
  const blocks: Partial<Record<LayerSite, Float32Array | null>> = {};
  const split: Partial<Record<LayerSite, Float32Array | null>> = {};
  const copies: Partial<Record<LayerSite, Int32Array>> = {};
  for (const site of LAYER_SITES) {
    const inputs = site === 'fc2' ? shape.intermediate : shape.width;
    const sample = await samplesOf(checkpoint, prefix, site, inputs, observed[site]);
    const compared = await withExact(product, sample.product);
    const isSmoothed = site !== 'fc2';
    const plain = isSmoothed ? sample.candidates : [UNTOUCHED];
    const forRows = await best(product, compared, 'token', plain);
    const withCopies = isSmoothed ? await best(product, compared, 'token', sample.split) : forRows;
    const chosen = forRows.error > SPLIT_GAIN_MIN * withCopies.error ? withCopies : forRows;
    const forBlocks = await best(product, compared, 'block', plain);
    rows[site] = forRows.factors;
    split[site] = chosen.factors;
    copies[site] = chosen.further;
    blocks[site] = forBlocks.factors;
    errors[site] = {
      tensor: await roundedError(product, compared, 'tensor', chosen),
      token: chosen.error,
      block: forBlocks.error,
    };
  }
  // The loop above has filled every site.
  const smoothing = { rows: folded(rows), blocks: folded(blocks), split: folded(split) };
  return {
    ...{ errors: errors as Record<LayerSite, SiteErrors>, smoothing },
    copies: copies as Record<LayerSite, Int32Array>,
  };
}

/** fc2's input comes from the activation function, through which no factor can be folded. */
function folded(factors: Partial<Record<LayerSite, Float32Array | null>>): LayerSmoothing {
  return { qkv: factors.qkv ?? null, out: factors.out ?? null, fc1: factors.fc1 ?? null };
}

async function samplesOf(
  checkpoint: Checkpoint,
  prefix: string,
  site: LayerSite,
  inputs: number,
  observed: SampledProduct['observed'],
) {
  const kept: Float32Array[] = [];
  const magnitudes = new Float32Array(inputs);
  const tensors = TENSORS[site];
  for (const tensor of tensors) {
    const weight = await checkpoint.read(`${prefix}.${tensor}.weight`);
    for (const [i, value] of columnMagnitudes(weight, inputs).entries()) {
      magnitudes[i] = Math.max(present(magnitudes[i]), value);
    }
    const outputs = weight.length / inputs;
    const step = Math.max(1, Math.floor((outputs * tensors.length) / OUTPUTS_SAMPLED));
    for (let row = 0; row < outputs; row += step) kept.push(weight.slice(row * inputs, (row + 1) * inputs));
  }
  const weight = new Float32Array(kept.length * inputs);
  for (const [i, row] of kept.entries()) weight.set(row, i * inputs);
  const input = inputMagnitudes(observed, inputs);
  const further = furtherCopies(input, magnitudes);
  const times = timesThere(inputs, further);
  const shared = magnitudes.map((magnitude, i) => magnitude / present(times[i]));
  return {
    product: { weight, inputs, observed: observed.slice(0, SEARCHED) } satisfies SampledProduct,
    candidates: [UNTOUCHED, ...changes(input, magnitudes, NONE)],
    split: further.length === 0 ? [] : changes(input, shared, further),
  };
}

const UNTOUCHED: InputChange = { factors: null, further: NONE };

function changes(input: Float32Array, weight: Float32Array, further: Int32Array): InputChange[] {
  return STRENGTHS.map((strength) => ({ factors: smoothingFactors(input, weight, strength), further }));
}

function inputMagnitudes(observed: SampledProduct['observed'], inputs: number): Float32Array {
  const largest = new Float32Array(inputs);
  for (const { high, low } of observed) {
    for (let i = 0; i < inputs; i++) {
      largest[i] = Math.max(present(largest[i]), Math.abs(present(high[i])), Math.abs(present(low[i])));
    }
  }
  return largest;
}

interface BestChange extends InputChange {
  readonly error: number;
}

async function best(
  product: SmallProduct,
  sample: ComparedProduct,
  form: RoundedForm,
  candidates: readonly InputChange[],
): Promise<BestChange> {
  let least: BestChange = { ...UNTOUCHED, error: Number.POSITIVE_INFINITY };
  for (const change of candidates) {
    const error = await roundedError(product, sample, form, change);
    if (error < least.error) least = { ...change, error };
  }
  return least;
}
