import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { type GreyThumbnail, greyThumbnail } from '../../../src/images/grey-thumbnail.js';
import { HASH_DISTANCE_MAX, hashDistance, perceptualHash } from '../../../src/images/perceptual-hash.js';
import { SAME_CORRELATION, samePicture } from '../../../src/images/same-picture.js';
import { chooseTowns } from '../../../src/pocket-world/choose-towns.js';
import { renderDescribed } from '../../../src/pocket-world/render-scene.js';
import type { Scene } from '../../../src/pocket-world/scene.js';
import { planScene } from '../../../src/pocket-world/world.js';
import { describeShared } from '../../support/shared.js';

const TOWNS = 8;
const PIXELS_MAX = 100_000_000;
const look = (bytes: Uint8Array) => greyThumbnail(bytes, PIXELS_MAX);

let scenes: readonly Scene[];
let pictures: readonly Buffer[];
let originals: readonly GreyThumbnail[];

beforeAll(async () => {
  const towns = chooseTowns({ count: TOWNS, seed: 'same picture test', splits: ['index', 'fresh'] });
  scenes = towns.flatMap((town) => [0, 1].map((n) => planScene(town, n, 'same picture test').scene));
  pictures = await Promise.all(scenes.map((scene) => renderDescribed(scene)));
  originals = await Promise.all(pictures.map(look));
});

interface Size {
  readonly width: number;
  readonly height: number;
}

/** How many of the pictures are recognised in their copies. */
async function recognised(copy: (picture: Sharp, size: Size, i: number) => Sharp): Promise<number> {
  let count = 0;
  for (const [i, bytes] of pictures.entries()) {
    const { width, height } = await sharp(bytes).metadata();
    const copied = await look(await copy(sharp(bytes), { width, height }, i).toBuffer());
    if (samePicture(originals[i] as GreyThumbnail, copied).same) count++;
  }
  return count;
}

function lettering({ width, height }: Size, text: string): Buffer {
  return Buffer.from(
    `<svg width="${width}" height="${height}"><g font-family="sans-serif" fill="#fff" ${text.replaceAll('H', String(height)).replaceAll('W', String(width))}</g></svg>`,
  );
}

/** To a share of each side, in one of the corners or between them. */
function cropped(picture: Sharp, { width, height }: Size, share: number, i: number): Sharp {
  const size = { width: Math.ceil(share * width), height: Math.ceil(share * height) };
  const left = Math.floor(((width - size.width) * (i % 3)) / 2);
  const top = Math.floor(((height - size.height) * (i % 5)) / 4);
  return picture.extract({ left, top, ...size }).jpeg({ quality: 75 });
}

describe('the same picture', () => {
  it.each<[string, (picture: Sharp, size: Size) => Sharp]>([
    ['a coarse JPEG', (picture) => picture.jpeg({ quality: 15 })],
    ['a WebP', (picture) => picture.webp({ quality: 40 })],
    ['half the size', (picture, { width }) => picture.resize(width / 2).jpeg({ quality: 70 })],
    ['twice the size', (picture, { width }) => picture.resize(2 * width).jpeg()],
    ['a brighter one', (picture) => picture.linear(1.15, 4).jpeg()],
    [
      'a name in the corner',
      (picture, size) =>
        picture
          .composite([
            {
              input: lettering(
                size,
                'font-size="18"><text x="W" y="H" dx="-8" dy="-8" text-anchor="end">© somebody</text>',
              ),
            },
          ])
          .jpeg(),
    ],
    [
      'a name across it',
      (picture, size) =>
        picture
          .composite([
            {
              input: lettering(
                size,
                'fill-opacity="0.35" font-size="28"><text transform="translate(25,205) rotate(-35)">SAMPLE PHOTO</text>',
              ),
            },
          ])
          .jpeg(),
    ],
  ])('is recognised as %s, always', async (_, copy) => {
    expect(await recognised(copy)).toBe(pictures.length);
  });

  it.each([0.97, 0.9, 0.8])('is recognised cropped to %d of each side in at least 95 %', async (share) => {
    const count = await recognised((picture, size, i) => cropped(picture, size, share, i));
    expect(count).toBeGreaterThanOrEqual(0.95 * pictures.length);
  });

  it('is the same whichever is the copy, and of itself', async () => {
    const [bytes, original] = [pictures[0] as Buffer, originals[0] as GreyThumbnail];
    const crop = await look(await cropped(sharp(bytes), { width: 320, height: 240 }, 0.85, 1).toBuffer());
    expect(samePicture(crop, original)).toEqual(samePicture(original, crop));
    expect(samePicture(original, original).correlation).toBeCloseTo(1, 5);
  });

  it('is seen upright, whatever the file’s orientation says', async () => {
    const turned = await sharp(pictures[0]).rotate(90).withMetadata({ orientation: 8 }).jpeg().toBuffer();
    expect((await sharp(turned).metadata()).orientation).toBe(8);
    expect(samePicture(originals[0] as GreyThumbnail, await look(turned)).same).toBe(true);
  });

  it('is seen in 16 bits, in grey and with transparency', async () => {
    const { data, info } = await sharp(pictures[0]).raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const raw = () => sharp(data, { raw: { width, height, channels } });
    const files = [raw().toColourspace('rgb16').png(), raw().toColourspace('b-w').png(), raw().ensureAlpha(0.5).png()];
    for (const file of files)
      expect(samePicture(originals[0] as GreyThumbnail, await look(await file.toBuffer())).same).toBe(true);
  });
});

describe('another picture', () => {
  it('is not taken for it, in every second pair of scenes', () => {
    const found: number[] = [];
    for (const [i, a] of originals.entries())
      for (const [j, b] of originals.slice(i + 1).entries()) {
        if (j % 2 === 1) continue;
        const { same, correlation } = samePicture(a, b);
        if (same || correlation >= SAME_CORRELATION) found.push(i);
      }
    expect(found).toEqual([]);
  });

  it('is the next frame of a drive, 2 to 8 m on', async () => {
    for (const [i, scene] of scenes.entries()) {
      const next = await look(await renderDescribed(driven(scene, 2 + (i % 7))));
      expect([i, samePicture(originals[i] as GreyThumbnail, next).same]).toEqual([i, false]);
    }
  });

  it('is a mirrored one: that is not claimed', async () => {
    expect(await recognised((picture) => picture.flop())).toBe(0);
  });

  it('is one of another shape', async () => {
    expect(await recognised((picture) => picture.resize(240, 160, { fit: 'fill' }).jpeg())).toBe(0);
  });

  it('is one without anything in it, also beside another such', async () => {
    const plain = (level: number) =>
      sharp({ create: { width: 320, height: 240, channels: 3, background: { r: level, g: level, b: level } } })
        .png()
        .toBuffer();
    const [grey, black] = [await look(await plain(128)), await look(await plain(0))];
    expect(samePicture(grey, black).same).toBe(false);
    expect(samePicture(grey, originals[0] as GreyThumbnail).same).toBe(false);
  });
});

describe('the hash of a picture', () => {
  it('is near that of its copies, and far from that of others', async () => {
    const hashes = originals.map(perceptualHash);
    for (const [i, bytes] of pictures.entries()) {
      const copy = perceptualHash(await look(await sharp(bytes).resize(200).jpeg({ quality: 40 }).toBuffer()));
      expect(hashDistance(copy, hashes[i] as bigint)).toBeLessThanOrEqual(HASH_DISTANCE_MAX);
    }
    const others = hashes.flatMap((a, i) => hashes.slice(i + 1).map((b) => hashDistance(a, b)));
    expect(others.filter((distance) => distance <= HASH_DISTANCE_MAX).length).toBeLessThan(0.01 * others.length);
  });

  it('counts differing bits, of 64', () => {
    expect(hashDistance(0n, 0n)).toBe(0);
    expect(hashDistance(0b1011n, 0b0001n)).toBe(2);
    expect(hashDistance(0n, (1n << 64n) - 1n)).toBe(64);
    for (const thumbnail of originals) expect(perceptualHash(thumbnail) >> 64n).toBe(0n);
  });
});

describeShared('photos of real walks', (folder) => {
  it('are all different pictures, neighbours too, and each is known in a smaller copy', async () => {
    const images = join(folder, 'photos', 'mapillary', 'images');
    const files = readdirSync(images).filter((name) => name.startsWith('lund') || name.startsWith('berlin'));
    const photos = await Promise.all(files.map((name) => look(readFileSync(join(images, name)))));
    const same: string[] = [];
    for (const [i, a] of photos.entries())
      for (const [j, b] of photos.slice(i + 1, i + 4).entries())
        if (samePicture(a, b).same) same.push(`${files[i]} ${files[i + 1 + j]}`);
    expect(same).toEqual([]);
    for (const [i, name] of files.slice(0, 6).entries()) {
      const copy = await sharp(join(images, name)).autoOrient().resize(500).jpeg({ quality: 50 }).toBuffer();
      expect(samePicture(photos[i] as GreyThumbnail, await look(copy)).same).toBe(true);
    }
  });
});

/** The scene from some metres further on, the wheel a little elsewhere. */
function driven(scene: Scene, metres: number): Scene {
  const nearer = <T extends { readonly z: number }>(thing: T): T => ({ ...thing, z: thing.z - metres });
  const ahead = ({ z }: { readonly z: number }) => z > 4;
  return {
    ...scene,
    camera: { ...scene.camera, vanishX: scene.camera.vanishX + 2 },
    houses: scene.houses.map((house) => ({ ...house, fromM: house.fromM - metres, toM: house.toM - metres })),
    vehicles: scene.vehicles
      .map((one) => (one.lane === 'own' ? { ...one, z: one.z + 0.7 } : nearer(one)))
      .filter(ahead),
    trees: scene.trees.map(nearer).filter(ahead),
    people: scene.people.map(nearer).filter(ahead),
  };
}
