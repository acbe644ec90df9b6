import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openTorchZip } from '../../../../../src/clip/import/checkpoint/torch-zip.js';
import { gather, isContiguous, reachOf } from '../../../../../src/clip/import/checkpoint/torch-zip-strides.js';
import {
  dictPickle,
  floatTensors,
  op,
  tensorPickle,
  torchBytes,
  type ViewOptions,
  type ZipEntry,
  zipBytes,
} from '../../../../support/checkpoints.js';
import { fixture, fixtureBytes } from '../../../../support/fixtures.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

const folder = temporaryFolder();

function write(bytes: Uint8Array): string {
  const file = join(folder, 'pytorch_model.bin');
  writeFileSync(file, bytes);
  return file;
}

const failure = (bytes: Uint8Array): Promise<unknown> =>
  openTorchZip(write(bytes)).then(
    async (checkpoint) => {
      await checkpoint.close();
      return 'it was opened';
    },
    (error: unknown) => error,
  );

async function valuesOf(bytes: Uint8Array, name = 'a'): Promise<number[]> {
  const checkpoint = await openTorchZip(write(bytes));
  try {
    return [...(await checkpoint.read(name))];
  } finally {
    await checkpoint.close();
  }
}

const one = (options: ViewOptions = {}) => dictPickle({ a: tensorPickle(options) });
const storage = (values: readonly number[], more: Partial<ZipEntry> = {}): ZipEntry => ({
  name: 'a/data/0',
  bytes: Buffer.from(Float32Array.from(values).buffer),
  ...more,
});

describe('a tensor of an archive', () => {
  it('is read from a stored entry and from a deflated one', async () => {
    expect(await valuesOf(torchBytes(one()))).toEqual([1, 2, 3, 4]);
    const many = Array.from({ length: 100_000 }, (_, i) => i % 1000);
    const pickle = one({ count: 100_000, offset: 50_000, shape: [3] });
    expect(await valuesOf(torchBytes(pickle, [storage(many, { deflate: true })]))).toEqual([0, 1, 2]);
  });

  it('shares its storage with others', async () => {
    const pickle = dictPickle({ a: tensorPickle({ shape: [2] }), b: tensorPickle({ offset: 1, shape: [3] }) });
    expect(await valuesOf(torchBytes(pickle), 'b')).toEqual([2, 3, 4]);
    expect(await valuesOf(torchBytes(pickle), 'a')).toEqual([1, 2]);
  });

  it('may be transposed', async () => {
    expect(await valuesOf(torchBytes(one({ shape: [2, 2], strides: [1, 2] })))).toEqual([1, 3, 2, 4]);
  });

  it('gathers any view as its definition says: element (i, j, k) is at i·s0 + j·s1 + k·s2', () => {
    const side = fc.integer({ min: 0, max: 4 });
    const stride = fc.integer({ min: 0, max: 7 });
    fc.assert(
      fc.property(fc.array(fc.tuple(side, stride), { maxLength: 4 }), (axes) => {
        const shape = axes.map(([length]) => length);
        const strides = axes.map(([, step]) => step);
        let places = [0];
        for (const [length, step] of axes) {
          places = places.flatMap((place) => Array.from({ length }, (_, i) => place + i * step));
        }
        const reach = places.length === 0 ? 0 : Math.max(...places) + 1;
        expect(reachOf(shape, strides)).toBe(reach);
        const values = Float32Array.from({ length: reach }, (_, i) => i);
        expect([...gather(values, shape, strides)]).toEqual(places);
        if (places.length > 0) expect(isContiguous(shape, strides)).toBe(places.every((place, i) => place === i));
      }),
    );
  });

  it.each<[string, ViewOptions, RegExp]>([
    ['that is not there', { key: '1' }, /no entry a\/data\/1/],
    ['that is shorter than it says', { count: 5 }, /a\/data\/0 has 16 bytes instead of 20/],
    ['of doubles', { storage: 'DoubleStorage' }, /has 16 bytes instead of 32/],
  ])('is refused with a storage %s', async (_name, options, message) => {
    expect(await failure(torchBytes(one(options)))).toMatchObject({
      code: 'checkpoint_damaged',
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, ViewOptions, RegExp]>([
    ['goes on after its storage', { shape: [5] }, /to number 5 of a storage of 4/],
    ['begins after its storage', { offset: 4, shape: [1] }, /to number 5 of a storage of 4/],
    ['goes on after its storage by a stride', { shape: [2], strides: [4] }, /to number 5 of a storage of 4/],
    ['repeats numbers', { shape: [1_000_000_000], strides: [0] }, /an expanded tensor/],
    ['has more numbers than can be counted', { shape: [2 ** 30, 2 ** 30], strides: [0, 0] }, /tensor a of shape/],
  ])('is refused where it %s', async (_name, options, message) => {
    expect(await failure(torchBytes(one(options)))).toMatchObject({
      code: 'checkpoint_damaged',
      message: expect.stringMatching(message),
    });
  });

  it('is refused where it is a few numbers strewn over a large storage', async () => {
    const pickle = one({ count: 1000, shape: [2], strides: [900] });
    expect(await failure(torchBytes(pickle, [storage(Array(1000).fill(0))]))).toMatchObject({
      code: 'checkpoint_damaged',
      message: expect.stringMatching(/sparse view/),
    });
  });
});

describe('an archive that is not whole', () => {
  it('is refused wherever it has been cut', async () => {
    const whole = fixtureBytes('checkpoints', 'metadata.bin');
    for (const length of [4, 100, 1000, whole.length - 1]) {
      expect(await failure(whole.subarray(0, length))).toMatchObject({ code: 'checkpoint_damaged' });
    }
  });

  it('is refused where its directory is said to lie beyond 2^53, which no read can be asked for', async () => {
    const changed = Buffer.from(fixtureBytes('checkpoints', 'metadata.bin'));
    const locator = changed.indexOf(Buffer.from('PK\x06\x07', 'latin1'));
    expect(locator).toBeGreaterThan(0);
    changed[locator + 8 + 6] = 255;
    expect(await failure(changed)).toMatchObject({ code: 'checkpoint_damaged' });
  });

  it('never does anything but open or say what is wrong, whatever byte is changed', async () => {
    const whole = fixtureBytes('checkpoints', 'metadata.bin');
    const codes = /^(checkpoint_(damaged|unsafe|format_unknown|zip_bomb|truncated))$/;
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), async (at, value) => {
        const changed = Buffer.from(whole);
        changed[at] = value;
        const result = await failure(changed);
        if (result !== 'it was opened') expect(result).toMatchObject({ code: expect.stringMatching(codes) });
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, ZipEntry[], RegExp]>([
    ['twice the same entry', [storage([1, 2, 3, 4]), storage([1, 2, 3, 4])], /is there twice/],
    [
      'entries that share bytes',
      [storage([1, 2, 3, 4]), storage([1, 2, 3, 4], { name: 'a/data/1', overlapping: true })],
      /overlaps another/,
    ],
    ['a path that climbs out', [storage([1], { name: 'a/../../data/0' })], /invalid relative path/],
    ['an absolute path', [storage([1], { name: '/etc/passwd' })], /absolute path/],
    ['an encrypted entry', [storage([1], { encrypted: true })], /encrypted|size mismatch/],
  ])('is refused with %s', async (_name, others, message) => {
    expect(await failure(torchBytes(one(), others))).toMatchObject({
      code: 'checkpoint_damaged',
      message: expect.stringMatching(message),
    });
  });

  it('is refused when a deflated entry is longer or shorter than it says', async () => {
    for (const claimedBytes of [16, 2_000_000]) {
      const others = [storage(Array(1000).fill(0), { deflate: true, claimedBytes })];
      const pickle = one({ count: claimedBytes / 4, shape: [claimedBytes / 4] });
      await expect(valuesOf(torchBytes(pickle, others))).rejects.toMatchObject({ code: 'checkpoint_damaged' });
    }
  });
});

describe('a zip bomb', () => {
  it('is refused by what it would unpack to, before anything is unpacked', async () => {
    const zeros = storage([], { bytes: Buffer.alloc(40 * 2 ** 20), deflate: true });
    expect(await failure(torchBytes(one(), [zeros]))).toMatchObject({
      family: 'operator',
      code: 'checkpoint_zip_bomb',
      message: expect.stringMatching(/would unpack to 419\d+ bytes or more in a file of \d+;/),
    });
  });

  it('is refused by its number of entries', async () => {
    const entries = Array.from({ length: 20_001 }, (_, i) => ({ name: `a/data/${i}`, bytes: new Uint8Array(0) }));
    expect(await failure(torchBytes(one(), entries))).toMatchObject({ code: 'checkpoint_zip_bomb' });
  });
});

describe('an archive of something else', () => {
  it.each<[string, Buffer, RegExp]>([
    [
      'any zip',
      zipBytes([{ name: 'readme.txt', bytes: Buffer.from('x') }]),
      /has 0 entries data\.pkl \(it has readme\.txt/,
    ],
    [
      'a TorchScript program',
      torchBytes(one(), [storage([1, 2, 3, 4]), { name: 'a/code/x.py', bytes: Buffer.from('x') }]),
      /TorchScript/,
    ],
    [
      'big-endian numbers',
      torchBytes(one(), [storage([1, 2, 3, 4]), { name: 'a/byteorder', bytes: Buffer.from('big') }]),
      /big-endian/,
    ],
  ])('is refused as what it is: %s', async (_name, bytes, message) => {
    expect(await failure(bytes)).toMatchObject({
      code: 'checkpoint_format_unknown',
      message: expect.stringMatching(message),
    });
  });

  it('is refused where the pickle holds no tensors', async () => {
    expect(await failure(torchBytes(dictPickle({ epoch: op.int(3) })))).toMatchObject({
      code: 'checkpoint_damaged',
      message: expect.stringMatching(/a dict of tensors in .*, got one with epoch/),
    });
  });

  it('is refused as unsafe where it holds a whole module, whose classes would have to be run', async () => {
    await expect(openTorchZip(fixture('checkpoints', 'module.bin'))).rejects.toMatchObject({
      code: 'checkpoint_unsafe',
      message: expect.stringMatching(/refused torch\.nn\.modules\.container\.Sequential; nothing was run/),
    });
  });
});

describe('a hostile archive', () => {
  it('is refused by the name of what it would call, and that is not called', async () => {
    const mark = join(folder, 'pwned');
    const call = [op.global('posix', 'system'), op.mark, op.text(`touch ${mark}`), op.tuple, op.reduce];
    const bytes = torchBytes(dictPickle({ a: tensorPickle(), x: Buffer.concat(call) }));
    expect(await failure(bytes)).toMatchObject({
      code: 'checkpoint_unsafe',
      message: expect.stringMatching(/refused posix\.system; nothing was run/),
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(existsSync(mark)).toBe(false);
  });
});

describe('a file that is no archive', () => {
  it('is refused', async () => {
    expect(await failure(floatTensors(new Map([['a', [1]]])))).toMatchObject({ code: 'checkpoint_damaged' });
  });
});
