import { z } from 'zod';
import { fault } from '../domain/errors.js';

const tower = z.looseObject({
  image_size: z.number().int().positive().optional(),
  max_position_embeddings: z.number().int().min(2).optional(),
  projection_dim: z.number().int().positive().optional(),
});

/** The parts of the hub's config.json that running a finished graph needs. Old files' `*_dict` win over the plain ones. */
const configSchema = z.looseObject({
  model_type: z.string().optional(),
  projection_dim: z.number().int().positive().optional(),
  logit_scale_init_value: z.number().optional(),
  text_config: tower.nullish(),
  text_config_dict: tower.nullish(),
  vision_config: tower.nullish(),
  vision_config_dict: tower.nullish(),
});

const hex = z.string().regex(/^[0-9a-f]{64}$/);

/** streetdex.json: further facts of a model; every field may be missing. */
const cardSchema = z.looseObject({
  name: z.string().optional(),
  source: z.string().optional(),
  revision: z.string().nullish(),
  licence: z.string().nullish(),
  /** Path below the folder, with forward slashes, to the file's sha-256. */
  sha256: z.record(z.string(), hex).optional(),
  precision: z.string().optional(),
  logit_scale: z.number().positive().optional(),
  templates: z.object({ country: z.string(), region: z.string(), city: z.string() }).optional(),
  notice: z.string().nullish(),
  /** Unit vectors of the built-in picture and caption (probe.ts), from when the model was added. */
  probe: z.object({ image: z.array(z.number()), text: z.array(z.number()) }).optional(),
});

export type ModelCard = z.infer<typeof cardSchema>;

export interface ModelShape {
  readonly dimension: number;
  readonly imageSize: number;
  /** Most tokens of a text. */
  readonly lengthMax: number;
  /** exp(logit_scale_init_value), or 100 where that is only the initial value of training. */
  readonly logitScale: number;
}

/** CLIPConfig's initial value. No trained CLIP has it, but exports of separate towers hold no other. */
const UNTRAINED_LOGIT_SCALE = 2.6592;
/** The bound that CLIP's training clips the scale to, and that all published CLIPs reach. */
const TRAINED_LOGIT_SCALE = 100;

/** @throws `model_unsupported` when it is not a CLIP's config */
export function parseModelConfig(json: unknown, file: string): ModelShape {
  const config = check(configSchema, json, file);
  const text = config.text_config_dict ?? config.text_config;
  const vision = config.vision_config_dict ?? config.vision_config;
  // A CLIP's config may leave out sections that equal transformers' defaults.
  if (config.model_type === undefined ? !text || !vision : config.model_type !== 'clip') {
    throw fault(
      'model_unsupported',
      `Expected the config of a CLIP model (model_type "clip" with text_config and vision_config) in ${file}, got model_type ${JSON.stringify(config.model_type ?? null)}; only CLIP models can be used.`,
    );
  }
  const logScale = config.logit_scale_init_value ?? UNTRAINED_LOGIT_SCALE;
  return {
    dimension: config.projection_dim ?? vision?.projection_dim ?? 512,
    imageSize: vision?.image_size ?? 224,
    lengthMax: text?.max_position_embeddings ?? 77,
    logitScale: Math.abs(logScale - UNTRAINED_LOGIT_SCALE) < 0.001 ? TRAINED_LOGIT_SCALE : Math.exp(logScale),
  };
}

/** @throws `model_unsupported` when a field is not what it should be */
export function parseModelCard(json: unknown, file: string): ModelCard {
  return check(cardSchema, json, file);
}

function check<T>(schema: z.ZodType<T>, json: unknown, file: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw fault(
    'model_unsupported',
    `${file} is not as expected: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
  );
}
