import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fault } from '../../domain/errors.js';
import { type PreprocessConfig, parsePreprocessConfig } from '../preprocess-config.js';
import type { TokenizerFiles } from '../tokenizer.js';
import { withTransformersConfig } from './checkpoint/open-clip-config.js';

export interface PlacedConfigs {
  /** The parsed config.json. */
  readonly config: unknown;
  readonly preprocess: PreprocessConfig;
  readonly tokenizer: TokenizerFiles;
}

/**
 * Reads the configs of a model's new folder; where it has only open_clip's, transformers' are written first.
 * @throws `model_file_altered`, `model_unsupported`
 */
export async function readPlacedConfigs(folder: string): Promise<PlacedConfigs> {
  if (!(await exists(join(folder, 'config.json')))) await translateOpenClip(folder);
  const json = join(folder, 'tokenizer.json');
  return {
    config: await readJson(join(folder, 'config.json')),
    preprocess: parsePreprocessConfig(await readJson(join(folder, 'preprocessor_config.json'))),
    tokenizer: (await exists(json))
      ? { json }
      : { vocab: join(folder, 'vocab.json'), merges: join(folder, 'merges.txt') },
  };
}

/** What is read of open_clip_config.json and of the config.json that follows from it. */
const openClipSchema = z.looseObject({
  preprocess_cfg: z
    .looseObject({ mean: z.array(z.number()).optional(), std: z.array(z.number()).optional() })
    .default({}),
});
const configSchema = z.looseObject({ vision_config: z.looseObject({ image_size: z.number() }) });

async function translateOpenClip(folder: string): Promise<void> {
  const file = join(folder, 'open_clip_config.json');
  const openClip = await readJson(file);
  const given = openClipSchema.safeParse(openClip);
  const config = configSchema.safeParse(withTransformersConfig(openClip));
  if (!given.success || !config.success) {
    throw fault(
      'model_file_altered',
      `Expected a model_cfg, and mean and std as lists of numbers, in ${file}, but they are not there. Get the file again from the model's source.`,
    );
  }
  await writeJson(join(folder, 'config.json'), config.data);
  const preprocessor = join(folder, 'preprocessor_config.json');
  if (await exists(preprocessor)) return;
  const { mean, std } = given.data.preprocess_cfg;
  const side = config.data.vision_config.image_size;
  await writeJson(preprocessor, {
    size: { shortest_edge: side },
    crop_size: { height: side, width: side },
    resample: 3,
    ...(mean === undefined ? {} : { image_mean: mean }),
    ...(std === undefined ? {} : { image_std: std }),
  });
}

const writeJson = (file: string, value: unknown): Promise<void> =>
  writeFile(file, `${JSON.stringify(value, null, 2)}\n`);

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw fault('model_file_altered', `Expected JSON in ${file}, but it cannot be read (${cause}).`, { cause });
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
