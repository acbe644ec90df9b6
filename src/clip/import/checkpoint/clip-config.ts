import { z } from 'zod';
import { fault } from '../../../domain/errors.js';
import { notClipByConfig } from './clip-recognise.js';
import type { ClipArchitecture, TextPooling, TextShape, TowerShape, VisionShape } from './clip-shapes.js';
import { withTransformersConfig } from './open-clip-config.js';

const side = z.number().int().positive().max(65_536);
const few = z.number().int().positive().max(1_024);

/** Fields of both towers; the defaults are those of transformers' CLIPTextConfig and CLIPVisionConfig. */
const common = {
  layer_norm_eps: z.number().positive().max(0.1).default(1e-5),
  hidden_act: z.string().default('quick_gelu'),
  num_hidden_layers: few.default(12),
};

const textSchema = z.object({
  ...common,
  vocab_size: z.number().int().positive().max(10_000_000).default(49_408),
  hidden_size: side.default(512),
  intermediate_size: side.default(2_048),
  num_attention_heads: few.default(8),
  max_position_embeddings: side.default(77),
  eos_token_id: z.number().int().nonnegative().default(49_407),
});

const visionSchema = z.object({
  ...common,
  hidden_size: side.default(768),
  intermediate_size: side.default(3_072),
  num_attention_heads: few.default(12),
  image_size: side.default(224),
  patch_size: few.default(32),
  num_channels: z.number().default(3),
  projection_dim: side.optional(),
});

const topSchema = z.object({
  projection_dim: side.nullish(),
  text_config: z.unknown().optional(),
  text_config_dict: z.unknown().optional(),
  vision_config: z.unknown().optional(),
  vision_config_dict: z.unknown().optional(),
});

/** The architecture by config.json; the value of the logit scale is in the weights. */
export type ConfiguredClip = Omit<ClipArchitecture, 'logitScale'>;

/**
 * Reads the config.json of a CLIP of the hub. Missing fields have CLIPConfig's documented defaults, which give a ViT-B/32.
 * Configs of 2022 also have a `text_config_dict` and a `vision_config_dict`, which replace the plain ones as a whole, even
 * where they leave out a field.
 *
 * @param json of config.json, or of open_clip_config.json
 * @throws `model_not_clip` for the config of another architecture, `model_config_invalid`, `model_unsupported`
 */
export function parseClipConfig(json: unknown): ConfiguredClip {
  const config = withTransformersConfig(json);
  notClipByConfig(config);
  const top = check(topSchema, config, '');
  const text = textShape(check(textSchema, top.text_config_dict ?? top.text_config ?? {}, 'text_config.'));
  const vision = check(visionSchema, top.vision_config_dict ?? top.vision_config ?? {}, 'vision_config.');
  return {
    vision: visionShape(vision),
    text,
    projectionDim: top.projection_dim ?? vision.projection_dim ?? 512,
  };
}

function textShape(config: z.infer<typeof textSchema>): TextShape {
  return {
    ...towerShape(config, 'text_config'),
    vocabSize: config.vocab_size,
    positions: config.max_position_embeddings,
    pooling: poolingOf(config.eos_token_id, config.vocab_size),
  };
}

/** Configs written before July 2023 have 2, which is not CLIP's end token: transformers then takes the highest id. */
function poolingOf(eosTokenId: number, vocabSize: number): TextPooling {
  if (eosTokenId === 2) return { kind: 'highest_id' };
  if (eosTokenId >= vocabSize) {
    throw invalid(`text_config.eos_token_id ${eosTokenId} is not below vocab_size ${vocabSize}`);
  }
  return { kind: 'first_eos', eosTokenId };
}

function visionShape(config: z.infer<typeof visionSchema>): VisionShape {
  const { image_size: imageSize, patch_size: patchSize } = config;
  if (config.num_channels !== 3) throw unsupported(`vision_config.num_channels is ${config.num_channels} instead of 3`);
  if (imageSize % patchSize !== 0) {
    throw invalid(`vision_config.image_size ${imageSize} is not a multiple of patch_size ${patchSize}`);
  }
  return { ...towerShape(config, 'vision_config'), imageSize, patchSize };
}

function towerShape(config: z.infer<typeof textSchema> | z.infer<typeof visionSchema>, where: string): TowerShape {
  const { hidden_size: width, num_attention_heads: heads, hidden_act: activation } = config;
  if (width % heads !== 0) {
    throw invalid(`${where}.hidden_size ${width} is not a multiple of num_attention_heads ${heads}`);
  }
  if (activation !== 'quick_gelu' && activation !== 'gelu') {
    throw unsupported(`${where}.hidden_act is ${JSON.stringify(activation)} instead of quick_gelu or gelu`);
  }
  return {
    width,
    heads,
    activation,
    layers: config.num_hidden_layers,
    intermediate: config.intermediate_size,
    layerNormEps: config.layer_norm_eps,
  };
}

function check<T>(schema: z.ZodType<T>, json: unknown, where: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${where}${issue.path.join('.')}: ${issue.message}`);
  throw invalid(issues.join('; '));
}

function invalid(reason: string): Error {
  return fault('model_config_invalid', `Expected the config.json of a CLIP model, but ${reason}.`);
}

function unsupported(reason: string): Error {
  return fault('model_unsupported', `Expected a CLIP model that can be converted, but ${reason} in config.json.`);
}
