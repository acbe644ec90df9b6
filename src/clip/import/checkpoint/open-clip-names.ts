import { present as checked } from '../../../domain/present.js';
import { needFloats } from './checkpoint-read.js';
import type { Checkpoint, TensorInfo } from './stored-tensor.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** The source of a tensor of transformers' CLIPModel: another name, some rows of it, or its transpose. */
interface Source {
  readonly from: string;
  /** Which third of the rows: q, k and v lie in one matrix. */
  readonly third?: 0 | 1 | 2;
  readonly transposed?: boolean;
}

const LAYER_PARTS: Readonly<Record<string, string>> = {
  ln_1: 'layer_norm1',
  ln_2: 'layer_norm2',
  'attn.out_proj': 'self_attn.out_proj',
  'mlp.c_fc': 'mlp.fc1',
  'mlp.c_proj': 'mlp.fc2',
};

const RENAMED: Readonly<Record<string, string>> = {
  logit_scale: 'logit_scale',
  'visual.class_embedding': 'vision_model.embeddings.class_embedding',
  'visual.positional_embedding': 'vision_model.embeddings.position_embedding.weight',
  'visual.conv1.weight': 'vision_model.embeddings.patch_embedding.weight',
  'visual.ln_pre.weight': 'vision_model.pre_layrnorm.weight',
  'visual.ln_pre.bias': 'vision_model.pre_layrnorm.bias',
  'visual.ln_post.weight': 'vision_model.post_layernorm.weight',
  'visual.ln_post.bias': 'vision_model.post_layernorm.bias',
  'token_embedding.weight': 'text_model.embeddings.token_embedding.weight',
  positional_embedding: 'text_model.embeddings.position_embedding.weight',
  'ln_final.weight': 'text_model.final_layer_norm.weight',
  'ln_final.bias': 'text_model.final_layer_norm.bias',
};

/** A product x·P in OpenAI's code, a linear layer in transformers'. */
const TRANSPOSED: Readonly<Record<string, string>> = {
  'visual.proj': 'visual_projection.weight',
  text_projection: 'text_projection.weight',
};

/** Tensors that follow from the config: the causal mask and, in OpenAI's own files, three sizes. */
const DERIVED = new Set(['attn_mask', 'input_resolution', 'context_length', 'vocab_size']);

const LAYER = /^(visual\.)?transformer\.resblocks\.(\d+)\.(.+)\.(weight|bias)$/;
const QKV = /^(visual\.)?transformer\.resblocks\.(\d+)\.attn\.in_proj_(weight|bias)$/;

/**
 * The same checkpoint under the names of transformers' CLIPModel where it has those of OpenAI's code and open_clip
 * (`visual.transformer.resblocks.…`); any other as it is. Names without a counterpart stay, so that they are noticed.
 */
export function withTransformersNames(checkpoint: Checkpoint): Checkpoint {
  if (!checkpoint.tensors.has('visual.conv1.weight') || !checkpoint.tensors.has('visual.proj')) return checkpoint;
  const tensors = new Map<string, TensorInfo>();
  const sources = new Map<string, Source>();
  for (const info of checkpoint.tensors.values()) {
    for (const [name, source] of counterparts(info.name)) {
      tensors.set(name, { name, type: info.type, shape: shapeOf(info.shape, source) });
      sources.set(name, source);
    }
  }
  return {
    tensors,
    async read(name) {
      const { shape } = needFloats(tensors, name);
      const source = present(sources.get(name));
      return take(await checkpoint.read(source.from), source, shape);
    },
    close: () => checkpoint.close(),
  };
}

function counterparts(from: string): [string, Source][] {
  // open_clip's later models have the text tower under a prefix of its own.
  const name = from.replace(/^text\./, '');
  if (DERIVED.has(name)) return [];
  const transposed = TRANSPOSED[name];
  if (transposed !== undefined) return [[transposed, { from, transposed: true }]];
  const [, visual, layer, kind] = QKV.exec(name) ?? [];
  if (layer !== undefined) {
    const attention = `${tower(visual)}.encoder.layers.${layer}.self_attn`;
    return ([0, 1, 2] as const).map((third) => [`${attention}.${'qkv'[third]}_proj.${kind}`, { from, third }]);
  }
  return [[RENAMED[name] ?? layerName(name) ?? from, { from }]];
}

function layerName(name: string): string | undefined {
  const [, visual, layer, part, kind] = LAYER.exec(name) ?? [];
  const ours = LAYER_PARTS[part ?? ''];
  return ours === undefined ? undefined : `${tower(visual)}.encoder.layers.${layer}.${ours}.${kind}`;
}

function tower(visual: string | undefined): string {
  return visual === undefined ? 'text_model' : 'vision_model';
}

function shapeOf(shape: readonly number[], { third, transposed }: Source): readonly number[] {
  if (transposed) return shape.toReversed();
  return third === undefined ? shape : [(shape[0] ?? Number.NaN) / 3, ...shape.slice(1)];
}

function take(values: Float32Array, { third, transposed }: Source, shape: readonly number[]): Float32Array {
  if (transposed) return transpose(values, present(shape[0]), present(shape[1]));
  const count = values.length / 3;
  return third === undefined ? values : values.slice(third * count, (third + 1) * count);
}

/** From [columns, rows] to [rows, columns]. */
function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[row * columns + column] = present(values[column * rows + row]);
    }
  }
  return out;
}
