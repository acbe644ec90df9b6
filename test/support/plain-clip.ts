import type { ClipArchitecture, TowerShape } from '../../src/clip/import/checkpoint/clip-shapes.js';
import type { Checkpoint } from '../../src/clip/import/checkpoint/stored-tensor.js';
import { seeded } from './references.js';

/** A CLIP with random weights, in memory, under the names of transformers. */
export function randomClip(architecture: ClipArchitecture, seed: number): Checkpoint {
  const random = seeded(seed);
  const values = new Map<string, Float32Array>();
  const tensors = new Map<string, { name: string; type: 'float32'; shape: readonly number[] }>();
  const put = (name: string, shape: readonly number[], about = 0, spread = 0.6) => {
    const count = shape.reduce((product, side) => product * side, 1);
    values.set(
      name,
      Float32Array.from({ length: count }, () => about + (random() - 0.5) * 2 * spread),
    );
    tensors.set(name, { name, type: 'float32', shape });
  };
  const pair = (name: string, shape: readonly number[], about = 0) => {
    put(`${name}.weight`, shape, about);
    put(`${name}.bias`, shape.slice(0, 1));
  };
  const { vision, text, projectionDim } = architecture;
  for (const [prefix, { width, layers, intermediate }] of Object.entries({ vision_model: vision, text_model: text })) {
    for (let layer = 0; layer < layers; layer++) {
      const name = `${prefix}.encoder.layers.${layer}`;
      for (const norm of ['layer_norm1', 'layer_norm2']) pair(`${name}.${norm}`, [width], 1);
      for (const part of ['q', 'k', 'v', 'out']) pair(`${name}.self_attn.${part}_proj`, [width, width]);
      pair(`${name}.mlp.fc1`, [intermediate, width]);
      pair(`${name}.mlp.fc2`, [width, intermediate]);
    }
  }
  put('vision_model.embeddings.class_embedding', [vision.width]);
  put('vision_model.embeddings.patch_embedding.weight', [vision.width, 3, vision.patchSize, vision.patchSize]);
  const patches = (vision.imageSize / vision.patchSize) ** 2;
  put('vision_model.embeddings.position_embedding.weight', [patches + 1, vision.width]);
  pair('vision_model.pre_layrnorm', [vision.width], 1);
  pair('vision_model.post_layernorm', [vision.width], 1);
  put('text_model.embeddings.token_embedding.weight', [text.vocabSize, text.width]);
  put('text_model.embeddings.position_embedding.weight', [text.positions, text.width]);
  pair('text_model.final_layer_norm', [text.width], 1);
  put('visual_projection.weight', [projectionDim, vision.width]);
  put('text_projection.weight', [projectionDim, text.width]);
  return {
    tensors,
    read: async (name) => (values.get(name) as Float32Array).slice(),
    close: async () => undefined,
  };
}

type Rows = number[][];

/**
 * CLIP by the book, in doubles and loops, every token through every layer: the twin of the graphs (Radford et al. 2021;
 * the order of its steps as in transformers' CLIPModel).
 */
export class PlainClip {
  private constructor(
    private readonly architecture: ClipArchitecture,
    private readonly weights: ReadonlyMap<string, Float32Array>,
  ) {}

  static async read(architecture: ClipArchitecture, checkpoint: Checkpoint): Promise<PlainClip> {
    const weights = new Map<string, Float32Array>();
    for (const name of checkpoint.tensors.keys()) weights.set(name, await checkpoint.read(name));
    return new PlainClip(architecture, weights);
  }

  image(pixels: Float32Array): number[] {
    const { imageSize, patchSize, width } = this.architecture.vision;
    const kernel = this.weight('vision_model.embeddings.patch_embedding.weight');
    const rows: Rows = [[...this.weight('vision_model.embeddings.class_embedding')]];
    for (let top = 0; top < imageSize; top += patchSize) {
      for (let left = 0; left < imageSize; left += patchSize) {
        const patch: number[] = [];
        for (let channel = 0; channel < 3; channel++) {
          for (let y = top; y < top + patchSize; y++) {
            const at = (channel * imageSize + y) * imageSize + left;
            patch.push(...pixels.slice(at, at + patchSize));
          }
        }
        rows.push(times(patch, kernel, width));
      }
    }
    const placed = this.placed(rows, 'vision_model.embeddings.position_embedding.weight');
    const normed = placed.map((row) => this.norm(row, 'vision_model.pre_layrnorm', this.architecture.vision));
    const out = this.layers(normed, 'vision_model', this.architecture.vision, false);
    const pooled = this.norm(out[0] as number[], 'vision_model.post_layernorm', this.architecture.vision);
    return times(pooled, this.weight('visual_projection.weight'), this.architecture.projectionDim);
  }

  text(ids: readonly number[]): number[] {
    const { width, pooling } = this.architecture.text;
    const table = this.weight('text_model.embeddings.token_embedding.weight');
    const rows = ids.map((id) => [...table.slice(id * width, (id + 1) * width)]);
    const placed = this.placed(rows, 'text_model.embeddings.position_embedding.weight');
    const out = this.layers(placed, 'text_model', this.architecture.text, true);
    const end =
      pooling.kind === 'highest_id' ? ids.indexOf(Math.max(...ids)) : Math.max(0, ids.indexOf(pooling.eosTokenId));
    const pooled = this.norm(out[end] as number[], 'text_model.final_layer_norm', this.architecture.text);
    return times(pooled, this.weight('text_projection.weight'), this.architecture.projectionDim);
  }

  private layers(rows: Rows, prefix: string, shape: TowerShape, causal: boolean): Rows {
    let stream = rows;
    for (let layer = 0; layer < shape.layers; layer++) {
      const name = `${prefix}.encoder.layers.${layer}`;
      const first = stream.map((row) => this.norm(row, `${name}.layer_norm1`, shape));
      const mixed = this.attention(first, `${name}.self_attn`, shape, causal);
      stream = stream.map((row, i) => sum(row, this.linear(mixed[i] as number[], `${name}.self_attn.out_proj`)));
      stream = stream.map((row) => {
        const wide = this.linear(this.norm(row, `${name}.layer_norm2`, shape), `${name}.mlp.fc1`);
        const activated = wide.map(shape.activation === 'gelu' ? gelu : quickGelu);
        return sum(row, this.linear(activated, `${name}.mlp.fc2`));
      });
    }
    return stream;
  }

  private attention(rows: Rows, name: string, { width, heads }: TowerShape, causal: boolean): Rows {
    const [q, k, v] = ['q', 'k', 'v'].map((part) => rows.map((row) => this.linear(row, `${name}.${part}_proj`)));
    const size = width / heads;
    return rows.map((_, i) => {
      const seen = causal ? i + 1 : rows.length;
      const mixed: number[] = [];
      for (let head = 0; head < heads; head++) {
        const of = (from: Rows | undefined, row: number) =>
          ((from as Rows)[row] as number[]).slice(head * size, (head + 1) * size);
        const scores = Array.from({ length: seen }, (_, j) => dot(of(q, i), of(k, j)) / Math.sqrt(size));
        const highest = Math.max(...scores);
        const exps = scores.map((score) => Math.exp(score - highest));
        const total = exps.reduce((all, one) => all + one, 0);
        for (let c = 0; c < size; c++) {
          mixed.push(exps.reduce((all, exp, j) => all + (exp / total) * (of(v, j)[c] as number), 0));
        }
      }
      return mixed;
    });
  }

  private placed(rows: Rows, positions: string): Rows {
    const table = this.weight(positions);
    return rows.map((row, i) => sum(row, table.slice(i * row.length, (i + 1) * row.length)));
  }

  private norm(row: readonly number[], name: string, { layerNormEps }: TowerShape): number[] {
    const mean = row.reduce((all, value) => all + value, 0) / row.length;
    const variance = row.reduce((all, value) => all + (value - mean) ** 2, 0) / row.length;
    const [weight, bias] = [this.weight(`${name}.weight`), this.weight(`${name}.bias`)];
    return row.map(
      (value, i) => ((value - mean) / Math.sqrt(variance + layerNormEps)) * (weight[i] as number) + (bias[i] as number),
    );
  }

  private linear(row: readonly number[], name: string): number[] {
    const bias = this.weight(`${name}.bias`);
    return sum(times(row, this.weight(`${name}.weight`), bias.length), bias);
  }

  private weight(name: string): Float32Array {
    return this.weights.get(name) as Float32Array;
  }
}

function times(row: readonly number[], weight: Float32Array, outputs: number): number[] {
  return Array.from({ length: outputs }, (_, o) => dot(row, weight.subarray(o * row.length, (o + 1) * row.length)));
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] as number) * (b[i] as number);
  return total;
}

function sum(a: readonly number[], b: ArrayLike<number>): number[] {
  return a.map((value, i) => value + (b[i] as number));
}

function quickGelu(x: number): number {
  return x / (1 + Math.exp(-1.702 * x));
}

/** x Φ(x), Φ by the series of erf, which converges for every x that occurs here. */
function gelu(x: number): number {
  const z = Math.min(6, Math.abs(x) / Math.SQRT2);
  let term = z;
  let total = z;
  for (let n = 1; n < 200; n++) {
    term *= (-z * z) / n;
    total += term / (2 * n + 1);
  }
  const erf = Math.sign(x) * Math.min(1, (2 / Math.sqrt(Math.PI)) * total);
  return (x / 2) * (1 + erf);
}
