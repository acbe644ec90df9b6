import type { ClipArchitecture } from '../../src/clip/import/checkpoint/clip-shapes.js';
import { dictPickle, type HeaderEntry, safetensorsBytes, tensorPickle, torchBytes } from './checkpoints.js';
import { fixtureBytes } from './fixtures.js';
import { randomClip, SMALL_CLIP } from './random-clip.js';

/** A small CLIP for the 642 tokens of tiny-clip's tokenizer. */
export const CLIP_642: ClipArchitecture = {
  ...SMALL_CLIP,
  text: { ...SMALL_CLIP.text, vocabSize: 642, positions: 40 },
};

export interface ClipFilesOptions {
  readonly seed?: number;
  readonly architecture?: ClipArchitecture;
  /** Channels with strong activations, as trained CLIPs have them. */
  readonly outliers?: readonly number[];
  readonly weights?: 'model.safetensors' | 'pytorch_model.bin';
  /** What to say of a tensor's shape, or null to leave the tensor out. */
  readonly shapeOf?: (name: string, shape: readonly number[]) => readonly number[] | null;
}

type Files = Record<string, string | Buffer>;
const made = new Map<string, Promise<Files>>();

/** A random CLIP's files as a repository of the hub has them; the buffers are shared by those who ask for the same. */
export async function clipFiles(options: ClipFilesOptions = {}): Promise<Files> {
  if (options.shapeOf !== undefined) return await makeFiles(options);
  const key = JSON.stringify(options);
  const files = made.get(key) ?? makeFiles(options);
  made.set(key, files);
  return { ...(await files) };
}

async function makeFiles(options: ClipFilesOptions): Promise<Files> {
  const { seed = 1, architecture = CLIP_642, outliers = [], weights = 'model.safetensors' } = options;
  const checkpoint = randomClip(seed, architecture, outliers);
  const tensors: { name: string; shape: readonly number[]; data: Float32Array }[] = [];
  for (const { name, shape } of checkpoint.tensors.values()) {
    const said = options.shapeOf ? options.shapeOf(name, shape) : shape;
    if (said === null) continue;
    const count = said.reduce((product, side) => product * side, 1);
    const data =
      name === 'logit_scale' ? Float32Array.of(Math.log(architecture.logitScale)) : await checkpoint.read(name);
    tensors.push({ name, shape: said, data: data.slice(0, count) });
  }
  return {
    'config.json': JSON.stringify(configOf(architecture)),
    'preprocessor_config.json': preprocessorOf(architecture.vision.imageSize),
    'tokenizer.json': fixtureBytes('tiny-clip', 'tokenizer.json'),
    [weights]: weights === 'model.safetensors' ? safetensorsOf(tensors) : torchOf(tensors),
  };
}

/** OpenAI's means, Pillow's bicubic filter. */
export function preprocessorOf(side: number): string {
  return JSON.stringify({
    ...{ size: { shortest_edge: side }, crop_size: { height: side, width: side }, resample: 3 },
    image_mean: [0.48145466, 0.4578275, 0.40821073],
    image_std: [0.26862954, 0.26130258, 0.27577711],
  });
}

export function configOf({ vision, text, projectionDim }: ClipArchitecture) {
  const tower = ({ width, layers, heads, intermediate, layerNormEps, activation }: typeof vision | typeof text) => ({
    ...{ hidden_size: width, num_hidden_layers: layers, num_attention_heads: heads, intermediate_size: intermediate },
    ...{ layer_norm_eps: layerNormEps, hidden_act: activation },
  });
  return {
    ...{ model_type: 'clip', projection_dim: projectionDim, logit_scale_init_value: 2.6592 },
    vision_config: { ...tower(vision), image_size: vision.imageSize, patch_size: vision.patchSize },
    text_config: {
      ...{ ...tower(text), vocab_size: text.vocabSize, max_position_embeddings: text.positions },
      eos_token_id: text.pooling.kind === 'highest_id' ? 2 : text.pooling.eosTokenId,
    },
  };
}

type Tensors = readonly { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array }[];

const bytesOf = (data: Float32Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

function safetensorsOf(tensors: Tensors): Buffer {
  const header: Record<string, HeaderEntry> = {};
  let end = 0;
  for (const { name, shape, data } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  return safetensorsBytes(header, Buffer.concat(tensors.map(({ data }) => bytesOf(data))));
}

function torchOf(tensors: Tensors): Buffer {
  const views = tensors.map(({ name, shape, data }, i) => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
    return [name, tensorPickle({ key: `${i}`, count: data.length, shape, strides })] as const;
  });
  const entries = tensors.map(({ data }, i) => ({ name: `a/data/${i}`, bytes: bytesOf(data) }));
  return torchBytes(dictPickle(Object.fromEntries(views)), entries);
}
