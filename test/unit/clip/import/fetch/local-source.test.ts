import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fetchModel } from '../../../../../src/clip/import/fetch/fetch-model.js';
import { placeFiles } from '../../../../../src/clip/import/fetch/place-files.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

const SMALL = { 'config.json': '{}', 'preprocessor_config.json': '{}', 'tokenizer.json': '{}' };

const get = (what: string, more: { revision?: string; precision?: string } = {}) =>
  fetchModel({
    what,
    downloadsFolder: join(temporaryFolder(), 'none'),
    // Nothing may be asked of it.
    hub: { endpoint: 'https://hub.invalid' },
    ...more,
  });

describe('a local model', () => {
  it('in a folder is used where it lies, and is still there when given up', async () => {
    const folder = temporaryFolder({
      ...SMALL,
      'model.safetensors': 'weights',
      'README.md': '---\nlicense: cc-by-4.0\n---\n# x\n',
    });
    const model = await get(folder);
    expect(model).toMatchObject({
      folder,
      source: folder,
      checkpoint: folder,
      kind: 'checkpoint',
      licence: 'CC BY 4.0',
      limits: null,
      revision: null,
      commit: null,
      weights: ['model.safetensors'],
    });
    await model.discard();
    expect(readdirSync(folder)).toHaveLength(5);
  });

  it('is found by a relative path that begins with a dot', async () => {
    const folder = temporaryFolder({ ...SMALL, 'pytorch_model.bin': 'weights' });
    expect((await get(join('.', relative(process.cwd(), folder)))).folder).toBe(folder);
  });

  it('may be one file of any name with its config beside it', async () => {
    const folder = temporaryFolder({ ...SMALL, 'mine.bin': 'weights', 'model.safetensors': 'other weights' });
    const file = join(folder, 'mine.bin');
    expect(await get(file)).toMatchObject({ checkpoint: file, weights: ['mine.bin'], source: file });
  });

  it('gives config and tokenizer to the model folder, and its graphs where it has them', async () => {
    const graphs = { 'onnx/vision_model.onnx': 'v', 'onnx/text_model.onnx': 't', 'onnx/text_model.onnx_data': 'd' };
    const weights = temporaryFolder({ ...SMALL, 'model.safetensors': 'w' });
    const made = temporaryFolder();
    await placeFiles(await get(weights), made);
    expect(readdirSync(made).sort()).toEqual(Object.keys(SMALL).sort());

    const source = temporaryFolder({ ...SMALL, ...graphs });
    const copied = temporaryFolder();
    await placeFiles(await get(source), copied);
    expect((readdirSync(copied, { recursive: true }) as string[]).sort()).toEqual(
      [...Object.keys(SMALL), 'onnx', ...Object.keys(graphs)].sort(),
    );
    expect(readdirSync(join(source, 'onnx'))).toHaveLength(3);
  });

  it('may be one of open_clip, which has its config in one file', async () => {
    const files = { 'open_clip_config.json': '{}', 'tokenizer.json': '{}', 'open_clip_model.safetensors': 'w' };
    expect(await get(temporaryFolder(files))).toMatchObject({
      small: ['open_clip_config.json', 'tokenizer.json'],
      weights: ['open_clip_model.safetensors'],
    });
    const both = await get(temporaryFolder({ ...files, ...SMALL, 'pytorch_model.bin': 'w' }));
    expect(both).toMatchObject({ weights: ['pytorch_model.bin'] });
    expect(both.small).not.toContain('open_clip_config.json');
  });

  it('says what is missing, beside a file and in a folder', async () => {
    const { 'config.json': _config, ...rest } = SMALL;
    const folder = temporaryFolder({ ...rest, 'model.safetensors': 'w' });
    for (const what of [folder, join(folder, 'model.safetensors')]) {
      await expect(get(what)).rejects.toEqual(
        expect.objectContaining({ code: 'model_file_missing', message: expect.stringContaining('config.json') }),
      );
    }
    await expect(get(join(folder, 'nowhere'))).rejects.toEqual(
      expect.objectContaining({ code: 'model_source_not_found' }),
    );
    await expect(get(folder, { revision: 'main' })).rejects.toEqual(
      expect.objectContaining({ code: 'model_source_invalid' }),
    );
    const int8 = temporaryFolder({ ...SMALL, 'onnx/vision_model.onnx': 'v', 'onnx/text_model.onnx': 't' });
    await expect(get(int8, { precision: 'int8' })).rejects.toEqual(
      expect.objectContaining({
        code: 'model_file_missing',
        message: expect.stringMatching(/precision int8.*onnx\/text_model.onnx/),
      }),
    );
  });
});
