import { z } from 'zod';
import { fault } from '../../../domain/errors.js';

const count = z.number().int().positive();
const ratio = z.number().positive().default(4);

/** Strict, since every other field of open_clip changes the network (timm towers, other pooling, other norms). */
const schema = z.strictObject({
  embed_dim: count,
  quick_gelu: z.boolean().default(false),
  vision_cfg: z.strictObject({
    image_size: count.default(224),
    patch_size: count.default(16),
    layers: count.default(12),
    width: count.default(768),
    head_width: count.default(64),
    mlp_ratio: ratio,
  }),
  text_cfg: z.strictObject({
    context_length: count.default(77),
    vocab_size: count.default(49_408),
    width: count.default(512),
    heads: count.default(8),
    layers: count.default(12),
    mlp_ratio: ratio,
  }),
});

/**
 * The config.json of transformers for a model that has only open_clip's open_clip_config.json; any other config as it is.
 * Missing fields have open_clip's defaults (CLIPVisionCfg, CLIPTextCfg). Its texts are pooled at the highest id, which
 * `eos_token_id` 2 says in transformers.
 *
 * @throws `model_unsupported` where it asks for another network than CLIP's
 */
export function withTransformersConfig(config: unknown): unknown {
  if (typeof config !== 'object' || config === null || !('model_cfg' in config)) return config;
  const parsed = schema.safeParse(config.model_cfg);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw fault(
      'model_unsupported',
      `Expected CLIP's own two towers in open_clip_config.json, but its model_cfg is another: ${issues}.`,
    );
  }
  const { embed_dim: projection_dim, quick_gelu, vision_cfg: vision, text_cfg: text } = parsed.data;
  const hidden_act = quick_gelu ? 'quick_gelu' : 'gelu';
  return {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim,
    vision_config: {
      hidden_act,
      hidden_size: vision.width,
      image_size: vision.image_size,
      intermediate_size: Math.floor(vision.width * vision.mlp_ratio),
      num_attention_heads: Math.floor(vision.width / vision.head_width),
      num_hidden_layers: vision.layers,
      patch_size: vision.patch_size,
    },
    text_config: {
      eos_token_id: 2,
      hidden_act,
      hidden_size: text.width,
      intermediate_size: Math.floor(text.width * text.mlp_ratio),
      max_position_embeddings: text.context_length,
      num_attention_heads: text.heads,
      num_hidden_layers: text.layers,
      vocab_size: text.vocab_size,
    },
  };
}
