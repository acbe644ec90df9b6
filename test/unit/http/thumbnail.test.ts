import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { thumbnailMaker } from '../../../src/http/thumbnail.js';

let folder: string;
const file = (name: string) => join(folder, name);

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
    const make = thumbnailMaker(1e6, 1e6);
    expect(await size(await make('a', file('upright'), 'webp'))).toEqual([160, 320]);
    expect(await size(await make('b', file('turned'), 'jpeg'))).toEqual([320, 160]);
    expect(await size(await make('c', file('small'), 'webp'))).toEqual([9, 5]);
  });

  it('are made once and kept, the same for callers at the same time', async () => {
    const make = thumbnailMaker(1e6, 1e6);
    const [one, two] = await Promise.all([make('a', file('upright'), 'webp'), make('a', file('upright'), 'webp')]);
    expect(two).toBe(one);
    expect(await make('a', file('gone'), 'webp')).toBe(one);
    await expect(make('a', file('gone'), 'jpeg')).rejects.toThrow();
  });

  it('are dropped when they would take too much memory, the longest unused first', async () => {
    const { length } = await thumbnailMaker(1e6, 1e6)('a', file('upright'), 'webp');
    const make = thumbnailMaker(2 * length, 1e6);
    const a = await make('a', file('upright'), 'webp');
    await make('b', file('upright'), 'webp');
    expect(await make('a', file('gone'), 'webp')).toBe(a);
    await make('c', file('upright'), 'webp');
    expect(await make('a', file('gone'), 'webp')).toBe(a);
    await expect(make('b', file('gone'), 'webp')).rejects.toThrow();
  });

  it('are not made of pictures with too many pixels', async () => {
    await expect(thumbnailMaker(1e6, 1000)('a', file('upright'), 'webp')).rejects.toThrow(/pixel/);
  });

  it('that failed are tried again', async () => {
    const make = thumbnailMaker(1e6, 1e6);
    await expect(make('a', file('gone'), 'webp')).rejects.toThrow();
    expect((await make('a', file('upright'), 'webp')).length).toBeGreaterThan(0);
  });
});
