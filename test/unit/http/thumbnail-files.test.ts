import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { thumbnailMaker } from '../../../src/http/thumbnail.js';
import { ThumbnailFiles } from '../../../src/http/thumbnail-files.js';
import { DecodeMemory } from '../../../src/images/decode-memory.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

let folder: string;
const name = (i: number) => `${String(i).padStart(32, '0')}.webp`;
const bytes = (length: number) => Buffer.alloc(length, 7);
const there = () => readdirSync(folder).sort();

beforeEach(() => {
  folder = temporaryFolder();
});

describe('thumbnails on disk', () => {
  it('outlive the process that made them', async () => {
    await new ThumbnailFiles(folder, 1000).put(name(1), bytes(10));
    expect(await new ThumbnailFiles(folder, 1000).get(name(1))).toEqual(bytes(10));
    expect(await new ThumbnailFiles(folder, 1000).get(name(2))).toBeNull();
  });

  it('take no more room than they may: the longest unused go', async () => {
    const files = new ThumbnailFiles(folder, 30);
    for (const i of [1, 2, 3]) await files.put(name(i), bytes(10));
    await files.get(name(1));
    await files.put(name(4), bytes(10));
    expect(there()).toEqual([name(1), name(3), name(4)]);
    await files.put(name(5), bytes(31));
    expect(there()).toEqual([name(1), name(3), name(4)]);
    await files.put(name(1), bytes(25));
    expect(there()).toEqual([name(1)]);
  });

  it('remember over a restart which were used last', async () => {
    const files = new ThumbnailFiles(folder, 30);
    for (const i of [1, 2, 3]) {
      await files.put(name(i), bytes(10));
      utimesSync(join(folder, name(i)), new Date(), new Date(Date.now() - 10_000 * i));
    }
    await new ThumbnailFiles(folder, 30).put(name(4), bytes(10));
    expect(there()).toEqual([name(1), name(2), name(4)]);
  });

  it('that were deleted by others are made again, and what a killed process left is cleared', async () => {
    const files = new ThumbnailFiles(folder, 1000);
    await files.put(name(1), bytes(10));
    rmSync(join(folder, name(1)));
    expect(await files.get(name(1))).toBeNull();
    writeFileSync(join(folder, `${name(2)}.77.tmp`), 'half');
    writeFileSync(join(folder, 'notes.txt'), 'not ours');
    expect(await new ThumbnailFiles(folder, 1000).get(name(2))).toBeNull();
    expect(there()).toEqual(['notes.txt']);
  });

  it('are done without where the folder can not be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const files = new ThumbnailFiles(join(folder, 'file', 'below'), 1000);
    await files.put(name(1), bytes(10));
    expect(await files.get(name(1))).toBeNull();
  });

  it('are made once, over a restart too', async () => {
    const photo = join(folder, 'photo');
    writeFileSync(
      photo,
      await sharp({ create: { width: 400, height: 800, channels: 3, background: '#336699' } })
        .jpeg()
        .toBuffer(),
    );
    const id = 'a'.repeat(32);
    const below = join(folder, 'thumbnails');
    const memory = new DecodeMemory(64 * 2 ** 20);
    const gone = () => Promise.reject(new Error('asked for the photo'));
    const made = await thumbnailMaker(1e6, 1e6, memory, new ThumbnailFiles(below, 1e6))(id, async () => photo, 'webp');
    const again = await thumbnailMaker(1e6, 1e6, memory, new ThumbnailFiles(below, 1e6))(id, gone, 'webp');
    expect(again).toEqual(made);
  });
});
