// How well copies of a picture are told from other pictures, on rendered scenes and on photos of one's own.
//
//   npm run bench:same-picture -- [--seed TEXT] [--towns 100] [--strangers 9000] [--frames 1000] [--photos DIR] [--json]
//
// Every scene (or every photo of DIR, with `--photos`) is encoded anew, resized, cropped and watermarked; each copy is
// compared with its original. Strangers are drawn pairs of different scenes, some of them of one town. Frames are pairs
// of one drive: the same street, 2 to 8 m further on, looked at a little differently.
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import { type GreyThumbnail, greyThumbnail } from '../dist/images/grey-thumbnail.js';
import { HASH_DISTANCE_MAX, hashDistance, perceptualHash } from '../dist/images/perceptual-hash.js';
import { samePicture } from '../dist/images/same-picture.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import { Random } from '../dist/pocket-world/random.js';
import { renderDescribed } from '../dist/pocket-world/render-scene.js';
import type { Scene } from '../dist/pocket-world/scene.js';
import { driven } from '../dist/pocket-world/walk.js';
import { planScene } from '../dist/pocket-world/world.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
    towns: { type: 'string', default: '100' },
    strangers: { type: 'string', default: '9000' },
    frames: { type: 'string', default: '1000' },
    photos: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
interface Look {
  readonly thumbnail: GreyThumbnail;
  readonly hash: bigint;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

type Pair = readonly [Look, Look];
type Judged = ReturnType<typeof judged>;
type Copy = (picture: Sharp, size: Size) => Sharp;

const PIXELS_MAX = 100_000_000;
const SCENES_PER_TOWN = 2;
const random = new Random(`streetdex bench same picture ${values.seed}`);
const scenes = values.photos === undefined ? await rendered() : [];
const pictures = values.photos === undefined ? scenes.map(({ bytes }) => bytes) : photosOf(values.photos);
const originals: Look[] = [];
for (const bytes of pictures) originals.push(await look(bytes));

const COPIES: Record<string, Copy> = {
  'JPEG, quality 30': (picture) => picture.jpeg({ quality: 30 }),
  'JPEG, quality 10': (picture) => picture.jpeg({ quality: 10 }),
  'WebP, quality 40': (picture) => picture.webp({ quality: 40 }),
  'half the size': (picture, { width }) => picture.resize(Math.round(width / 2)).jpeg({ quality: 70 }),
  '240 pixels wide': (picture) => picture.resize(240).jpeg({ quality: 70 }),
  '160 pixels wide': (picture) => picture.resize(160).jpeg({ quality: 70 }),
  '1.7 times the size': (picture, { width }) => picture.resize(Math.round(width * 1.7)).jpeg(),
  'brighter by 15 %': (picture) => picture.linear(1.15, 4).jpeg(),
  'name in a corner': (picture, size) => picture.composite([{ input: corner(size) }]).jpeg(),
  'name across it': (picture, size) => picture.composite([{ input: across(size) }]).jpeg(),
  ...Object.fromEntries(
    [0.97, 0.9, 0.85, 0.8].map((share): [string, Copy] => [
      `crop to ${100 * share} %`,
      (picture, size) => cropped(picture, size, share),
    ]),
  ),
  'crop to 80 %, half the size': (picture, size) =>
    cropped(picture, size, 0.8)
      .resize(Math.round(0.4 * size.width))
      .jpeg({ quality: 60 }),
};

const copies: Record<string, Judged> = {};
for (const [kind, copy] of Object.entries(COPIES)) {
  const pairs: Pair[] = [];
  for (const [i, bytes] of pictures.entries()) pairs.push([originals[i], await look(await copied(bytes, copy))]);
  copies[kind] = judged(pairs);
}
const apart = judged(Array.from({ length: Number(values.strangers) }, strangers));
const frames = scenes.length > 0 ? await framesOfDrives(Number(values.frames)) : undefined;
const result = { seed: values.seed, pictures: pictures.length, copies, strangers: apart, frames };
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else print();

async function rendered() {
  const towns = chooseTowns({
    count: Number(values.towns),
    seed: `same picture ${values.seed}`,
    splits: ['index', 'fresh'],
  });
  const all: { scene: Scene; bytes: Buffer }[] = [];
  for (const town of towns)
    for (let n = 0; n < SCENES_PER_TOWN; n++) {
      const { scene } = planScene(town, n, `same picture ${values.seed}`);
      all.push({ scene, bytes: await renderDescribed(scene) });
    }
  return all;
}

function photosOf(folder: string): Buffer[] {
  const names = readdirSync(folder, { encoding: 'utf8', recursive: true }).filter((name) =>
    /\.(jpe?g|png|webp)$/i.test(name),
  );
  return names.sort().map((name) => readFileSync(join(folder, name)));
}

async function look(bytes: Buffer): Promise<Look> {
  const thumbnail = await greyThumbnail(bytes, PIXELS_MAX);
  return { thumbnail, hash: perceptualHash(thumbnail) };
}

async function copied(bytes: Buffer, copy: Copy): Promise<Buffer> {
  const { data, info } = await sharp(bytes).autoOrient().removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return copy(sharp(data, { raw: { width, height, channels } }), { width, height }).toBuffer();
}

function cropped(picture: Sharp, { width, height }: Size, share: number): Sharp {
  const [wide, high] = [Math.ceil(share * width), Math.ceil(share * height)];
  const [left, top] = [random.int(width - wide + 1), random.int(height - high + 1)];
  return picture.extract({ left, top, width: wide, height: high }).jpeg({ quality: 75 });
}

function corner({ width, height }: Size): Buffer {
  const style = `font-size="${0.07 * height}" fill="#fff" fill-opacity="0.8" font-family="sans-serif" text-anchor="end"`;
  return svg(width, height, `<text x="${0.97 * width}" y="${0.96 * height}" ${style}>© street photos</text>`);
}

function across({ width, height }: Size): Buffer {
  const style = `font-size="${0.12 * height}" fill="#fff" fill-opacity="0.35" font-family="sans-serif" font-weight="bold"`;
  const place = `translate(${0.08 * width},${0.85 * height}) rotate(-35)`;
  return svg(width, height, `<text transform="${place}" ${style}>SAMPLE PHOTO</text>`);
}

function svg(width: number, height: number, content: string): Buffer {
  return Buffer.from(`<svg width="${width}" height="${height}">${content}</svg>`);
}

function strangers(): Pair {
  const first = random.int(originals.length);
  const second = (first + 1 + random.int(originals.length - 1)) % originals.length;
  return [originals[first], originals[second]];
}

async function framesOfDrives(count: number): Promise<Judged> {
  const pairs: Pair[] = [];
  for (let n = 0; n < count; n++) {
    const { scene } = scenes[n % scenes.length];
    const from = Math.floor(n / scenes.length);
    const first = await look(await renderDescribed(driven(scene, from, random)));
    const second = await look(await renderDescribed(driven(scene, from + 2 + 6 * random.next(), random)));
    pairs.push([first, second]);
  }
  return judged(pairs);
}

function judged(pairs: readonly Pair[]) {
  const started = performance.now();
  const verdicts = pairs.map(([a, b]) => samePicture(a.thumbnail, b.thumbnail));
  const ms = (performance.now() - started) / pairs.length;
  const distances = pairs.map(([a, b]) => hashDistance(a.hash, b.hash));
  const correlations = verdicts.map(({ correlation }) => correlation).sort((a, b) => a - b);
  return {
    pairs: pairs.length,
    same: verdicts.filter(({ same }) => same).length,
    least: correlations[0],
    median: correlations[correlations.length >> 1],
    most: correlations[correlations.length - 1],
    over_threshold: correlations.filter((value) => value >= 0.96).length,
    hash_near: distances.filter((distance) => distance <= HASH_DISTANCE_MAX).length,
    ms,
  };
}

function print(): void {
  console.log(`seed ${values.seed}: ${pictures.length} pictures`);
  const share = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
  const row = ({ pairs, same, least, median, most, over_threshold, hash_near, ms }: Judged) => ({
    pairs,
    'the same': same,
    share: share(same, pairs),
    least: least.toFixed(4),
    median: median.toFixed(4),
    most: most.toFixed(4),
    '≥ 0.96': over_threshold,
    'hash ≤ 12': share(hash_near, pairs),
    'ms a pair': ms.toFixed(1),
  });
  const rows = { ...copies, strangers: apart, ...(frames === undefined ? {} : { 'frames of a drive': frames }) };
  console.table(Object.fromEntries(Object.entries(rows).map(([name, of]) => [name, row(of)])));
}
