import type { ConfiguredClip } from './clip-config.js';
import type { TowerShape } from './clip-shapes.js';

/**
 * The tensors of transformers' CLIPModel with their shapes; a linear layer's weight is [out, in].
 * `vision_model.pre_layrnorm` is so spelled.
 */
export function clipTensors({ vision, text, projectionDim }: ConfiguredClip): ReadonlyMap<string, readonly number[]> {
  const patches = (vision.imageSize / vision.patchSize) ** 2;
  return new Map<string, readonly number[]>([
    ['logit_scale', []],
    ['vision_model.embeddings.class_embedding', [vision.width]],
    ['vision_model.embeddings.patch_embedding.weight', [vision.width, 3, vision.patchSize, vision.patchSize]],
    ['vision_model.embeddings.position_embedding.weight', [patches + 1, vision.width]],
    ...norm('vision_model.pre_layrnorm', vision.width),
    ...layers('vision_model', vision),
    ...norm('vision_model.post_layernorm', vision.width),
    ['visual_projection.weight', [projectionDim, vision.width]],
    ['text_model.embeddings.token_embedding.weight', [text.vocabSize, text.width]],
    ['text_model.embeddings.position_embedding.weight', [text.positions, text.width]],
    ...layers('text_model', text),
    ...norm('text_model.final_layer_norm', text.width),
    ['text_projection.weight', [projectionDim, text.width]],
  ]);
}

type Named = [string, readonly number[]];

function layers(tower: string, { layers: count, width, intermediate }: TowerShape): Named[] {
  return Array.from({ length: count }, (_, i) => `${tower}.encoder.layers.${i}`).flatMap((layer) => [
    ...norm(`${layer}.layer_norm1`, width),
    ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((part) => linear(`${layer}.self_attn.${part}`, width, width)),
    ...norm(`${layer}.layer_norm2`, width),
    ...linear(`${layer}.mlp.fc1`, intermediate, width),
    ...linear(`${layer}.mlp.fc2`, width, intermediate),
  ]);
}

function norm(name: string, width: number): Named[] {
  return [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
}

function linear(name: string, out: number, into: number): Named[] {
  return [
    [`${name}.weight`, [out, into]],
    [`${name}.bias`, [out]],
  ];
}
