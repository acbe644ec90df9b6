import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { thumbnailMaker } from '../../../src/http/thumbnail.js';
import { DecodeMemory } from '../../../src/images/decode-memory.js';

let folder: string;
const file = (name: string) => join(folder, name);
const from = (name: string) => async () => file(name);
const memory = new DecodeMemory(64 * 2 ** 20);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'thumbnails-'));
  const picture = sharp({ create: { width: 400, height: 800, channels: 3, background: '#336699' } });
  writeFileSync(file('upright'), await picture.clone().jpeg().toBuffer());
  writeFileSync(file('turned'), await picture.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer());
  writeFileSync(
    file('small'),
    await sharp({ create: { width: 9, height: 5, channels: 3, background: '#fff' } })
      .png()
      .toBuffer(),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('thumbnails', () => {
  const size = async (bytes: Buffer) => {
    const { width, height } = await sharp(bytes).metadata();
    return [width, height];
  };

  it('fit into 320 pixels, upright, and are never enlarged', async () => {
    const make = thumbnailMaker(1e6, 1e6, memory);
    expect(await size(await make('a', from('upright'), 'webp'))).toEqual([160, 320]);
    expect(await size(await make('b', from('turned'), 'jpeg'))).toEqual([320, 160]);
    expect(await size(await make('c', from('small'), 'webp'))).toEqual([9, 5]);
  });

  it('are made once and kept, the same for callers at the same time', async () => {
    const make = thumbnailMaker(1e6, 1e6, memory);
    const [one, two] = await Promise.all([make('a', from('upright'), 'webp'), make('a', from('upright'), 'webp')]);
    expect(two).toBe(one);
    expect(await make('a', () => Promise.reject(new Error('asked for the photo')), 'webp')).toBe(one);
    await expect(make('a', from('gone'), 'jpeg')).rejects.toThrow();
  });

  it('are dropped when they would take too much memory, the longest unused first', async () => {
    const { length } = await thumbnailMaker(1e6, 1e6, memory)('a', from('upright'), 'webp');
    const make = thumbnailMaker(2 * length, 1e6, memory);
    const a = await make('a', from('upright'), 'webp');
    await make('b', from('upright'), 'webp');
    expect(await make('a', from('gone'), 'webp')).toBe(a);
    await make('c', from('upright'), 'webp');
    expect(await make('a', from('gone'), 'webp')).toBe(a);
    await expect(make('b', from('gone'), 'webp')).rejects.toThrow();
  });

  it('are not made of pictures with too many pixels', async () => {
    await expect(thumbnailMaker(1e6, 1000, memory)('a', from('upright'), 'webp')).rejects.toThrow(/pixel/);
  });

  it('take their memory of what all pictures share, and give it back', async () => {
    await expect(
      thumbnailMaker(1e6, 1e6, new DecodeMemory(2 ** 20))('a', from('upright'), 'webp'),
    ).rejects.toMatchObject({
      ...{ code: 'image_too_large', message: expect.stringContaining('JPEG of 400 x 800') },
    });
    expect(memory.bytesFree).toBe(64 * 2 ** 20);
  });

  it('that failed are tried again', async () => {
    const make = thumbnailMaker(1e6, 1e6, memory);
    await expect(make('a', from('gone'), 'webp')).rejects.toThrow();
    expect((await make('a', from('upright'), 'webp')).length).toBeGreaterThan(0);
  });
});
