import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openSafetensors } from '../../../../../src/clip/import/checkpoint/safetensors.js';
import { repeatedKey } from '../../../../../src/clip/import/checkpoint/safetensors-keys.js';
import { floatTensors, type HeaderEntry, safetensorsBytes } from '../../../../support/checkpoints.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

const folder = temporaryFolder();

async function failure(bytes: Uint8Array): Promise<unknown> {
  const file = join(folder, 'model.safetensors');
  writeFileSync(file, bytes);
  const opened = openSafetensors(file);
  return opened.then(
    async (checkpoint) => {
      await checkpoint.close();
      return 'it was opened';
    },
    (error: unknown) => error,
  );
}

const f32 = (shape: number[], ...data_offsets: number[]): HeaderEntry => ({ dtype: 'F32', shape, data_offsets });

describe('a safetensors file whose header is wrong', () => {
  it.each<[string, Buffer, RegExp]>([
    [
      'with more tensors than any model has',
      safetensorsBytes(
        `{${Array.from({ length: 200_000 }, (_, i) => `"${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join(',')}}`,
        0,
      ),
      /names more than 50000 tensors/,
    ],
    ['too short for a length', Buffer.alloc(7), /7 bytes, too few/],
    [
      'with a header longer than the file',
      safetensorsBytes({}, 0, 3n),
      /would have 3 bytes, longer than the file of 10/,
    ],
    ['with a header of 2^63 bytes', safetensorsBytes({}, 0, 2n ** 63n), /9223372036854775808 bytes, longer/],
    ['with a header of more than 16 MiB', safetensorsBytes(' '.repeat(17 * 2 ** 20), 0), /at most 16777216/],
    ['cut off within the JSON', safetensorsBytes('{"a":', 0), /not JSON/],
    ['with a list for a header', safetensorsBytes('[]', 0), /not a JSON object/],
    ['with null for a header', safetensorsBytes('null', 0), /not a JSON object/],
    ['without offsets', safetensorsBytes('{"a":{"dtype":"F32","shape":[]}}', 0), /a\.data_offsets/],
    ['with a negative side', safetensorsBytes({ a: f32([-1], 0, 4) }, 4), /a\.shape\.0/],
    ['with half a side', safetensorsBytes({ a: f32([1.5], 0, 6) }, 6), /a\.shape\.0/],
    [
      'with a tensor twice',
      safetensorsBytes(`{"a":${JSON.stringify(f32([1], 0, 4))},"\\u0061":${JSON.stringify(f32([1], 4, 8))}}`, 8),
      /names a twice/,
    ],
    ['that is not UTF-8', safetensorsBytes({}, 0).fill(0xff, 8), /not UTF-8/],
  ])('%s is refused', async (_name, bytes, message) => {
    expect(await failure(bytes)).toMatchObject({
      family: 'operator',
      code: 'safetensors_header_invalid',
      message: expect.stringMatching(message),
    });
  });
});

describe('a safetensors file whose tensors lie wrong', () => {
  it.each<[string, Record<string, HeaderEntry>, number, RegExp]>([
    ['overlap', { a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12, /b at \[4, 12\] overlaps a/],
    ['are the same bytes', { a: f32([2], 0, 8), b: f32([2], 0, 8) }, 8, /overlaps/],
    ['leave a hole', { a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12, /b at \[8, 12\] leaves a hole of 4 bytes after a/],
    ['begin after a hole', { a: f32([1], 4, 8) }, 8, /a hole of 4 bytes after the header/],
    ['leave bytes at the end', { a: f32([1], 0, 4) }, 8, /4 bytes after a belong to no tensor/],
    ['are smaller than their shape', { a: f32([3], 0, 8) }, 8, /a of shape \[3\] in F32 needs 12 bytes, .* hold 8/],
    ['end before they begin', { a: f32([1], 4, 0) }, 4, /hold -4/],
    ['have more numbers than can be counted', { a: f32([2 ** 40, 2 ** 40], 0, 8) }, 8, /needs too many bytes/],
    [
      'are not aligned',
      { a: { dtype: 'BOOL', shape: [2], data_offsets: [0, 2] }, b: f32([1], 2, 6) },
      6,
      /b in F32 begins at byte 2/,
    ],
  ])('is refused where they %s', async (_name, header, dataBytes, message) => {
    expect(await failure(safetensorsBytes(header, dataBytes))).toMatchObject({
      family: 'operator',
      code: 'safetensors_offsets_invalid',
      message: expect.stringMatching(message),
    });
  });

  it('is refused where they go on after its end: it has been cut', async () => {
    expect(await failure(safetensorsBytes({ a: f32([2], 0, 8) }, 7))).toMatchObject({
      code: 'checkpoint_truncated',
      message: expect.stringMatching(/a up to byte 8 of its data, but it has 7/),
    });
  });

  it.each(['F8_E4M3', 'F4', 'toString', ''])(
    'is refused where they are of a type that is not read: %j',
    async (dtype) => {
      const header = { a: { dtype, shape: [1], data_offsets: [0, 1] } };
      expect(await failure(safetensorsBytes(header, 1))).toMatchObject({
        code: 'tensor_type_unsupported',
        message: expect.stringContaining(`got ${dtype}; take`),
      });
    },
  );

  it('never puts control characters of a name into a message', async () => {
    const error = await failure(safetensorsBytes({ '\u001b[2Ja\n': f32([1], 4, 8) }, 8));
    expect((error as Error).message).toContain('?[2Ja? at [4, 8]');
  });

  it('never does anything but open or say what is wrong, whatever byte of its header is changed', async () => {
    const names = new Map([
      ['a', [2, 3]],
      ['b', []],
      ['c', [1]],
    ]);
    const whole = floatTensors(names);
    const headerBytes = Number(whole.readBigUInt64LE());
    await fc.assert(
      fc.asyncProperty(fc.nat(headerBytes + 7), fc.integer({ min: 0, max: 255 }), async (at, value) => {
        const bytes = Buffer.from(whole);
        bytes[at] = value;
        const error = await failure(bytes);
        if (error !== 'it was opened') expect(error).toMatchObject({ family: 'operator' });
      }),
    );
  });
});

describe('a safetensors file that is cut while it is open', () => {
  it('fails when a tensor is read whose bytes are gone, and gives the others', async () => {
    const file = join(folder, 'cut.safetensors');
    const shapes = new Map([
      ['a', [4]],
      ['b', [4]],
    ]);
    const bytes = floatTensors(shapes, { a: 2 });
    writeFileSync(file, bytes);
    const checkpoint = await openSafetensors(file);
    truncateSync(file, bytes.length - 1);
    expect([...(await checkpoint.read('a'))]).toEqual([2, 2, 2, 2]);
    await expect(checkpoint.read('b')).rejects.toMatchObject({ code: 'checkpoint_truncated' });
    await checkpoint.close();
  });
});

describe('a long tensor in a narrow type', () => {
  it('is widened chunk by chunk without a seam', async () => {
    const count = 2 ** 20 + 17;
    const words = new Uint16Array(count);
    for (let i = 0; i < count; i++) words[i] = 0x3c00 + (i % 1024);
    const file = join(folder, 'long.safetensors');
    const header = { a: { dtype: 'F16', shape: [count], data_offsets: [0, 2 * count] } };
    writeFileSync(file, safetensorsBytes(header, new Uint8Array(words.buffer)));
    const checkpoint = await openSafetensors(file);
    const values = await checkpoint.read('a');
    await checkpoint.close();
    expect(values).toHaveLength(count);
    expect(values.findIndex((value, i) => value !== 1 + (i % 1024) / 1024)).toBe(-1);
  });
});

describe('a key that is there twice', () => {
  it('is found in any object, and only within one', () => {
    expect(repeatedKey('{"a":{"a":[{"a":1},{"a":2}]},"b":"a:{\\"a\\":1,\\"a\\":2}"}')).toBeNull();
    expect(repeatedKey('{"a":{"b":1,"c":[],"b":2}}')).toBe('b');
    expect(repeatedKey('{"\\"":1,"\\u0022":2}')).toBe('"');
  });

  it('is never found in what JSON.stringify writes', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(repeatedKey(JSON.stringify(value))).toBeNull()));
  });

  it('is looked for in a string of megabytes too', () => {
    expect(repeatedKey(JSON.stringify({ a: '\n'.repeat(4_000_000) }))).toBeNull();
  });
});
