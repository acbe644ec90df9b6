import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readPlacedConfigs } from '../../../../src/clip/import/transformers-files.js';

const MODEL_CFG = { embed_dim: 512, vision_cfg: { image_size: 256, patch_size: 32 }, text_cfg: {} };

describe('the configs of a model that was published for open_clip alone', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'transformers-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (config: unknown) => writeFileSync(join(folder, 'open_clip_config.json'), JSON.stringify(config));

  it('are written as transformers has them, with its mean and standard deviation', async () => {
    write({ model_cfg: MODEL_CFG, preprocess_cfg: { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] } });
    const { preprocess } = await readPlacedConfigs(folder);
    expect(preprocess).toMatchObject({ imageSize: 256, mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] });
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({
      model_type: 'clip',
      vision_config: { image_size: 256, patch_size: 32 },
    });
  });

  it.each<[string, unknown]>([
    ['no model_cfg', {}],
    ['no object', null],
    ['a mean that is no list of numbers', { model_cfg: MODEL_CFG, preprocess_cfg: { mean: 'grey' } }],
  ])('are refused by a code where open_clip_config.json has %s', async (_, config) => {
    write(config);
    await expect(readPlacedConfigs(folder)).rejects.toMatchObject({
      code: 'model_file_altered',
      message: expect.stringContaining('open_clip_config.json'),
    });
  });
});
