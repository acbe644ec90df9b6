import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

async function translateOpenClip(folder: string): Promise<void> {
  const openClip = await readJson(join(folder, 'open_clip_config.json'));
  const config = withTransformersConfig(openClip) as { readonly vision_config: { readonly image_size: number } };
  await writeJson(join(folder, 'config.json'), config);
  const preprocessor = join(folder, 'preprocessor_config.json');
  if (await exists(preprocessor)) return;
  const { mean, std } = (openClip as { preprocess_cfg?: { mean?: number[]; std?: number[] } }).preprocess_cfg ?? {};
  const side = config.vision_config.image_size;
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
