import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openTorchZip } from '../../../../../src/clip/import/checkpoint/torch-zip.js';
import { dictPickle, tensorPickle } from '../../../../support/checkpoints.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

/** Above what the plain format's 32 bits can say. */
const LARGE = 5 * 2 ** 30;

const ones = (length: number) => Buffer.alloc(length, 0xff);

function numbers(...values: [bytes: 2 | 4 | 8, value: number][]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigUInt64LE(BigInt(value));
      return buffer.subarray(0, bytes);
    }),
  );
}

/** A sparse archive of a pickle, of 5 GiB and of four numbers after them, by APPNOTE 4.3 and 4.5.3. */
function writeLarge(file: string, pickle: Buffer, last: Buffer): void {
  const handle = openSync(file, 'w');
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, bytes, data] of [
    ['a/data.pkl', pickle.length, pickle],
    ['a/data/0', LARGE, Buffer.alloc(0)],
    ['a/data/1', last.length, last],
  ] as const) {
    const sizes = Buffer.concat([numbers([2, 1], [2, 24], [8, bytes], [8, bytes]), numbers([8, at])]);
    const head = (extra: Buffer) =>
      Buffer.concat([
        numbers([2, 45], [2, 0], [2, 0], [4, 0], [4, 0]),
        ones(8),
        numbers([2, name.length], [2, extra.length]),
      ]);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), head(sizes), Buffer.from(name), sizes]);
    directory.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02\x2d\x00', 'latin1'),
        head(sizes),
        Buffer.concat([Buffer.alloc(10), ones(4), Buffer.from(name), sizes]),
      ]),
    );
    writeSync(handle, local, 0, local.length, at);
    writeSync(handle, data, 0, data.length, at + local.length);
    at += local.length + bytes;
  }
  const listing = Buffer.concat(directory);
  const end64 = numbers([8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, 3], [8, 3], [8, listing.length], [8, at]);
  const locator = numbers([4, 0], [8, at + listing.length], [4, 1]);
  const tail = Buffer.concat([
    ...[listing, Buffer.from('PK\x06\x06', 'latin1'), end64],
    ...[Buffer.from('PK\x06\x07', 'latin1'), locator],
    ...[Buffer.from('PK\x05\x06', 'latin1'), ones(16), Buffer.alloc(2)],
  ]);
  writeSync(handle, tail, 0, tail.length, at);
  closeSync(handle);
}

describe('an archive of more than 4 GiB', () => {
  it('gives a tensor that lies behind them, and one at the end of them', async () => {
    const file = join(temporaryFolder(), 'large.bin');
    const pickle = dictPickle({
      behind: tensorPickle({ key: '1' }),
      within: tensorPickle({ key: '0', count: LARGE / 4, offset: LARGE / 4 - 2, shape: [2] }),
    });
    writeLarge(file, pickle, Buffer.from(Float32Array.of(1, 2, 3, 4).buffer));
    const checkpoint = await openTorchZip(file);
    expect([...(await checkpoint.read('behind'))]).toEqual([1, 2, 3, 4]);
    expect([...(await checkpoint.read('within'))]).toEqual([0, 0]);
    await checkpoint.close();
  });
});
