import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openCheckpoint } from '../../../../../src/clip/import/checkpoint/checkpoint.js';
import { bitsOf, dictPickle, floatTensors, tensorPickle, torchBytes } from '../../../../support/checkpoints.js';
import { fixture, fixtureBytes } from '../../../../support/fixtures.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

interface Expected {
  readonly shape: number[];
  readonly bits: string[];
}

const expected = JSON.parse(fixtureBytes('checkpoints', 'expected.json').toString()) as Record<
  'kinds' | 'metadata' | 'clip',
  Record<string, Expected>
>;
const at = (name: string) => fixture('checkpoints', name);

async function everything(path: string): Promise<Record<string, Expected>> {
  const checkpoint = await openCheckpoint(path);
  const read: Record<string, Expected> = {};
  for (const [name, { type, shape }] of checkpoint.tensors) {
    if (type === 'int64') continue;
    const bits = [...bitsOf(await checkpoint.read(name))].map((value) => value.toString(16).padStart(8, '0'));
    read[name] = { shape: [...shape], bits };
  }
  await checkpoint.close();
  return read;
}

const { long: _, ...floats } = expected.kinds;

describe('a checkpoint that torch or safetensors wrote', () => {
  it.each([
    'kinds-protocol2.bin',
    'kinds-protocol3.bin',
    'kinds-protocol4.bin',
    'kinds-protocol5.bin',
    'kinds.safetensors',
  ])(
    'gives bit for bit what torch reads of it: every float type, views, strides, a parameter, nothing (%s)',
    async (name) => expect(await everything(at(name))).toEqual(floats),
  );

  it.each(['metadata.bin', 'deflated.bin'])(
    'may be a state dict with metadata, stored or deflated (%s)',
    async (name) => {
      expect(await everything(at(name))).toEqual(expected.metadata);
    },
  );

  it('may be wrapped by a training: its state dict is found, and the prefix of its names left out', async () => {
    expect(await everything(at('wrapped.bin'))).toEqual(expected.metadata);
  });

  it('says the type and shape of each tensor, whole numbers too', async () => {
    const checkpoint = await openCheckpoint(at('kinds-protocol2.bin'));
    const types = Object.fromEntries([...checkpoint.tensors].map(([name, { type }]) => [name, type]));
    await checkpoint.close();
    expect(types).toMatchObject({
      float: 'float32',
      half: 'float16',
      bfloat: 'bfloat16',
      double: 'float64',
      long: 'int64',
    });
    expect(checkpoint.tensors.get('long')?.shape).toEqual([1, 7]);
  });

  it.each(['kinds-protocol2.bin', 'kinds.safetensors'])(
    'gives no whole numbers as values, nor what it has not (%s)',
    async (name) => {
      const checkpoint = await openCheckpoint(at(name));
      await expect(checkpoint.read('long')).rejects.toMatchObject({ code: 'tensor_type_unsupported' });
      await expect(checkpoint.read('nothing')).rejects.toMatchObject({ code: 'model_tensor_missing' });
      await checkpoint.close();
    },
  );

  it('may be read from several places at once', async () => {
    const checkpoint = await openCheckpoint(at('clip.safetensors'));
    const names = [...checkpoint.tensors.keys()];
    const together = await Promise.all(names.map((name) => checkpoint.read(name)));
    for (const [i, name] of names.entries()) expect(together[i]).toEqual(await checkpoint.read(name));
    await checkpoint.close();
  });
});

describe('a sharded checkpoint', () => {
  it('gives the tensors of all its files', async () => {
    expect(await everything(at('clip.safetensors.index.json'))).toEqual(expected.clip);
  });

  const index = (map: Record<string, string>) => JSON.stringify({ weight_map: map });
  const one = floatTensors(new Map([['a', [1]]]));

  it.each<[string, string, RegExp]>([
    ['that climbs out of its folder', index({ a: '../a.safetensors' }), /is not a file beside it/],
    ['that is no JSON', 'weights', /not JSON/],
    ['without a map', '{}', /not JSON with a weight_map/],
    ['that names nothing', index({}), /names 0 files/],
    ['that puts a tensor where it is not', index({ a: 'a.safetensors', b: 'a.safetensors' }), /does not hold b/],
    [
      'whose files hold a tensor twice',
      index({ a: 'a.safetensors', b: 'b.safetensors' }),
      /two of its files hold a|holds a, which/,
    ],
    ['that does not know a tensor', index({ b: 'a.safetensors' }), /holds a, which it puts nowhere/],
  ])('is refused with an index %s', async (_name, json, message) => {
    const folder = temporaryFolder({ 'm.index.json': json, 'a.safetensors': one, 'b.safetensors': one });
    await expect(openCheckpoint(join(folder, 'm.index.json'))).rejects.toMatchObject({
      code: 'checkpoint_index_invalid',
      message: expect.stringMatching(message),
    });
  });

  it('is refused where a file is not there', async () => {
    const folder = temporaryFolder({ 'm.index.json': index({ a: 'gone.safetensors' }) });
    await expect(openCheckpoint(join(folder, 'm.index.json'))).rejects.toMatchObject({ code: 'checkpoint_not_found' });
  });
});

describe('the weights of a folder', () => {
  it('are its safetensors before its pickle', async () => {
    const folder = temporaryFolder({
      'model.safetensors': floatTensors(new Map([['safe', [1]]])),
      'pytorch_model.bin': torchBytes(dictPickle({ pickled: tensorPickle() })),
    });
    const checkpoint = await openCheckpoint(folder);
    expect([...checkpoint.tensors.keys()]).toEqual(['safe']);
    await checkpoint.close();
  });

  it('are its shards where it has an index', async () => {
    const folder = temporaryFolder();
    for (const name of ['clip-00001-of-00002.safetensors', 'clip-00002-of-00002.safetensors']) {
      copyFileSync(at(name), join(folder, name));
    }
    copyFileSync(at('clip.safetensors.index.json'), join(folder, 'model.safetensors.index.json'));
    expect(Object.keys(await everything(folder))).toHaveLength(Object.keys(expected.clip).length);
  });

  it('are its one file of safetensors, whatever that is called', async () => {
    const folder = temporaryFolder({ 'best.safetensors': readFileSync(at('clip.safetensors')), 'README.md': '' });
    expect(await everything(folder)).toEqual(expected.clip);
  });

  it('are asked for where there are none, with what there is', async () => {
    const folder = temporaryFolder({ 'tf_model.h5': 'x', 'notes.txt': 'x' });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: 'checkpoint_not_found',
      message: expect.stringMatching(/found tf_model\.h5/),
    });
    await expect(openCheckpoint(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'checkpoint_not_found' });
  });
});

describe('a file that is no checkpoint', () => {
  it("is torch's format before 1.6: it is known, and what to do is said", async () => {
    await expect(openCheckpoint(at('legacy.bin'))).rejects.toMatchObject({
      code: 'checkpoint_legacy_format',
      message: expect.stringMatching(/save it again/),
    });
    const tar = Buffer.alloc(512);
    tar.write('ustar', 257);
    const folder = temporaryFolder({ 'old.bin': tar });
    await expect(openCheckpoint(join(folder, 'old.bin'))).rejects.toMatchObject({ code: 'checkpoint_legacy_format' });
  });

  it.each([
    ['the pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:0', /git lfs pull/],
    ['a web page', '<!DOCTYPE html><html></html>', /web page/],
    ['an HDF5 file', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), /HDF5/],
    ['a GGUF file', 'GGUF\x03\0\0\0', /GGUF/],
    ['empty', '', /neither/],
    ['anything', 'anything at all, of no known kind', /neither/],
  ])('is %s: it is refused as what it is', async (_name, content, message) => {
    const folder = temporaryFolder({ 'weights.bin': content });
    await expect(openCheckpoint(join(folder, 'weights.bin'))).rejects.toMatchObject({
      code: 'checkpoint_format_unknown',
      message: expect.stringMatching(message),
    });
  });

  it("is not taken for an old pickle when a safetensors header's length begins as a pickle does", async () => {
    const header = JSON.stringify({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }).padEnd(0x280);
    const start = Buffer.alloc(8);
    start.writeUInt32LE(0x280);
    const folder = temporaryFolder({ 'a.safetensors': Buffer.concat([start, Buffer.from(header), Buffer.alloc(4)]) });
    expect([...start.subarray(0, 2)]).toEqual([0x80, 2]);
    expect(Object.keys(await everything(folder))).toEqual(['a']);
  });
});
