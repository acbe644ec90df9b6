import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { removeModel, stageModel } from '../../../../../src/clip/import/stage-model.js';
import { putFile, temporaryFolder } from '../../../../support/temporary-folder.js';

const files = (folder: string): string[] => (readdirSync(folder, { recursive: true }) as string[]).sort();
const read = (models: string, path: string) => readFileSync(join(models, path), 'utf8');

describe('a model in the making', () => {
  it('has no name until it is whole, and then nothing else is left', async () => {
    const models = join(temporaryFolder(), 'models');
    const staged = await stageModel(models, 'owner/name');
    putFile(staged.folder, 'onnx/vision_model.onnx', 'v');
    putFile(staged.folder, 'config.json', '{}');
    expect(existsSync(join(models, 'owner'))).toBe(false);
    expect(await staged.publish()).toBe(join(models, 'owner', 'name'));
    expect(files(models)).toEqual(
      ['owner', 'owner/name', 'owner/name/config.json', 'owner/name/onnx', 'owner/name/onnx/vision_model.onnx'].sort(),
    );
  });

  it('that is given up leaves no trace', async () => {
    const models = temporaryFolder();
    const staged = await stageModel(models, 'owner/name');
    putFile(staged.folder, 'config.json', '{}');
    await staged.discard();
    expect(files(models)).toEqual([]);
  });

  it('takes the place of the model that had the name, none of whose files stay', async () => {
    const models = temporaryFolder({ 'a/b/config.json': 'old', 'a/b/extra': 'old', 'a/c/config.json': 'other' });
    const staged = await stageModel(models, 'a/b');
    putFile(staged.folder, 'config.json', 'new');
    expect(read(models, 'a/b/config.json')).toBe('old');
    await staged.publish();
    expect(files(models)).toEqual(['a', 'a/b', 'a/b/config.json', 'a/c', 'a/c/config.json']);
    expect(read(models, 'a/b/config.json')).toBe('new');
  });

  it('that cannot get its name leaves the old one as it was', async () => {
    const models = temporaryFolder({ owner: 'a file where the folder would be' });
    const staged = await stageModel(models, 'owner/name');
    await expect(staged.publish()).rejects.toThrow();
    expect(files(models)).toEqual(['owner']);
  });

  it('keeps another of the same name out, but not one of another name', async () => {
    const models = temporaryFolder();
    const staged = await stageModel(models, 'a/b');
    await expect(stageModel(models, 'a/b')).rejects.toEqual(
      expect.objectContaining({ code: 'model_add_busy', family: 'later', message: expect.stringContaining('a/b') }),
    );
    const other = await stageModel(models, 'a@b'.replace('@', '-'));
    putFile(staged.folder, 'config.json', '{}');
    await other.discard();
    await staged.publish();
    expect(files(models)).toEqual(['a', 'a/b', 'a/b/config.json']);
  });

  it('of a process that was killed is cleared away by the next, whatever that adds', async () => {
    const models = temporaryFolder({ '.adding/a@b.new/onnx/half': 'x', '.adding/c@d.new/half': 'x' });
    const dead = { pid: spawnSync(process.execPath, ['-e', '']).pid, host: hostname(), token: 'x', started_at: '' };
    for (const key of ['a@b', 'c@d']) writeFileSync(join(models, `.${key}.lock`), JSON.stringify(dead));
    const staged = await stageModel(models, 'a/b');
    expect(files(staged.folder)).toEqual([]);
    await staged.discard();
    expect(files(models)).toEqual([]);
  });

  it('of a process that was killed while it swapped the folders: the old model is put back', async () => {
    const models = temporaryFolder({ '.adding/a@b.replaced/config.json': 'old', '.adding/a@b.new/config.json': 'new' });
    await (await stageModel(models, 'else')).discard();
    expect(files(models)).toEqual(['a', 'a/b', 'a/b/config.json']);
    expect(read(models, 'a/b/config.json')).toBe('old');
  });

  it('of a process that was killed after the swap: the new model stays', async () => {
    const models = temporaryFolder({ '.adding/a@b.replaced/config.json': 'old', 'a/b/config.json': 'new' });
    await (await stageModel(models, 'a/b')).discard();
    expect(files(models)).toEqual(['a', 'a/b', 'a/b/config.json']);
    expect(read(models, 'a/b/config.json')).toBe('new');
  });

  it.each(['../x', 'a/../b', '.hidden', 'a/b/c', '', '/abs', 'a\\b', 'a@b'])('may not be called %p', async (name) => {
    await expect(stageModel(temporaryFolder(), name)).rejects.toEqual(
      expect.objectContaining({ code: 'model_name_invalid' }),
    );
  });
});

describe('removing a model', () => {
  it('takes its folder, and that of its owner where it was the last', async () => {
    const models = temporaryFolder({ 'a/b/config.json': '', 'a/c/config.json': '' });
    await removeModel(models, 'a/b');
    expect(files(models)).toEqual(['a', 'a/c', 'a/c/config.json']);
    await removeModel(models, 'a/c');
    expect(files(models)).toEqual([]);
  });

  it('that is not there says so and leaves nothing behind', async () => {
    const models = temporaryFolder();
    await expect(removeModel(models, 'a/b')).rejects.toEqual(expect.objectContaining({ code: 'model_not_found' }));
    expect(files(models)).toEqual([]);
    mkdirSync(join(models, 'empty'));
    await expect(removeModel(models, 'owner')).rejects.toEqual(expect.objectContaining({ code: 'model_not_found' }));
  });
});
