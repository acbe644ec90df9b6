import { join } from 'node:path';
import { present } from '../../../domain/present.js';
import type { UnitVector } from '../../../domain/unit-vector.js';
import type { GraphBuilder } from '../graph/graph-builder.js';
import { floatLinear, type Linear, type LinearWriter } from '../graph/linear.js';
import { type WriteTowersOptions, writeTowers } from '../graph/write-towers.js';
import { LAYER_SITES, type LayerSite, layerSite } from './quantised-linear.js';
import { type TowerInput, TowerSession } from './tower-session.js';

/** A product's input for one picture or text. */
export interface ObservedInput {
  /** [inputs]: the highest and the lowest value of each channel over all tokens. */
  readonly high: Float32Array;
  readonly low: Float32Array;
  /** [some tokens, inputs]: the first token and evenly spaced others. */
  readonly rows: Float32Array;
}

/** The inputs of a layer's products, for each picture or text. */
export type LayerObservations = Readonly<Record<LayerSite, readonly ObservedInput[]>>;

export interface TowerObservations {
  readonly layers: readonly LayerObservations[];
  /** The float32 network's embeddings, in the order of the inputs. */
  readonly vectors: readonly UnitVector[];
}

export interface Observations {
  readonly vision: TowerObservations;
  readonly text: TowerObservations;
}

export interface ObserveOptions extends Pick<WriteTowersOptions, 'checkpoint' | 'architecture'> {
  /** An empty folder for graphs as large as the float32 ones; the caller removes it. */
  readonly folder: string;
  readonly images: readonly Float32Array[];
  readonly captions: readonly (readonly number[])[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** About so many tokens of a picture are kept. */
const ROWS = 8;
/** Of captions, which are short, every second token. */
const TEXT_STEP = 2;
const SUFFIX = '_observed';

/** Runs the float32 network over pictures and captions and keeps the inputs of its layers' products. */
export async function observeInputs(options: ObserveOptions): Promise<Observations> {
  const { checkpoint, architecture, folder, images, captions, onProgress } = options;
  const { vision, text } = architecture;
  const tokens = 1 + (vision.imageSize / vision.patchSize) ** 2;
  const step = Math.max(1, Math.floor((tokens - 1) / ROWS));
  const linear: LinearWriter = (builder, product) =>
    floatLinear('float32')(builder, observe(builder, product, product.site.tower === 'vision' ? step : TEXT_STEP));
  await writeTowers({ checkpoint, architecture, folder, precision: { suffix: SUFFIX, storage: 'float32', linear } });
  const total = images.length + captions.length;
  const inputs = images.map((tensor) => ({ tensor }));
  const ids = captions.map((caption) => ({ ids: caption }));
  return {
    vision: await run(join(folder, `vision_model${SUFFIX}.onnx`), inputs, vision.layers, (done) =>
      onProgress?.(done, total),
    ),
    text: await run(join(folder, `text_model${SUFFIX}.onnx`), ids, text.layers, (done) =>
      onProgress?.(images.length + done, total),
    ),
  };
}

/** Adds three outputs to the graph and leaves the product as it is. The last layer's `kv` sees all that its `q` sees. */
function observe(builder: GraphBuilder, linear: Linear, step: number): Linear {
  const { site, name, input, inputs } = linear;
  const place = layerSite(site.kind);
  if (place === null || site.kind === 'q') return linear;
  const key = `${site.layer}.${place}`;
  const shape = builder.ints(`${name}.observed.shape`, [-1, inputs]);
  const flat = builder.node(`${name}.observed`, 'Reshape', [input, shape]);
  const ints = (i: number, value: number) => builder.ints(`${name}.observed.slice.${i}`, [value]);
  const [begin, end, axis, steps] = [ints(0, 0), ints(1, 2 ** 31 - 1), ints(2, 0), ints(3, step)];
  builder.node(`rows.${key}`, 'Slice', [flat, begin, end, axis, steps]);
  builder.node(`high.${key}`, 'ReduceMax', [flat], { axes: [0], keepdims: 0 });
  builder.node(`low.${key}`, 'ReduceMin', [flat], { axes: [0], keepdims: 0 });
  builder.output(`rows.${key}`, 'float32', [`rows.${key}`, inputs]);
  builder.output(`high.${key}`, 'float32', [inputs]);
  builder.output(`low.${key}`, 'float32', [inputs]);
  return linear;
}

async function run(
  file: string,
  inputs: readonly TowerInput[],
  layers: number,
  onProgress: (done: number) => void,
): Promise<TowerObservations> {
  const session = await TowerSession.open(file);
  try {
    const seen = Array.from(
      { length: layers },
      (): Record<LayerSite, ObservedInput[]> => ({ qkv: [], out: [], fc1: [], fc2: [] }),
    );
    const vectors: UnitVector[] = [];
    for (const [i, input] of inputs.entries()) {
      const values = await session.run(input);
      for (const [layer, sites] of seen.entries()) {
        for (const site of LAYER_SITES) {
          const outputOf = (output: keyof ObservedInput) => present(values.get(`${output}.${layer}.${site}`));
          sites[site].push({ high: outputOf('high'), low: outputOf('low'), rows: outputOf('rows') });
        }
      }
      vectors.push(session.vectorOf(values));
      onProgress(i + 1);
    }
    return { layers: seen, vectors };
  } finally {
    await session.close();
  }
}
