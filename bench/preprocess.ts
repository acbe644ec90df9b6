// How long a decoded picture takes to become the encoder's input, against sharp's own cubic resize (which gives other
// pixels) and against the plain twin without SIMD. Seeded; decoding apart.
//   npm run bench:preprocess -- [--runs N] [--json]
import { parseArgs } from 'node:util';
import sharp, { type Raw } from 'sharp';
import { centreCrop, normalise, preprocess, resizedSize } from '../dist/clip/preprocess.js';
import { parsePreprocessConfig } from '../dist/clip/preprocess-config.js';
import { plainResizeAndCrop } from '../dist/clip/resample.js';
import { grainyPicture } from './grainy-picture.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '15' }, json: { type: 'boolean', default: false } },
});
const runs = Number(values.runs);

async function medianMs(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < runs + 2; i++) {
    const started = performance.now();
    await work();
    if (i >= 2) times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[runs >> 1];
}

const rows = [];
for (const { width, height, side, targetMs = null } of [
  { width: 682, height: 512, side: 224 },
  { width: 910, height: 512, side: 224, targetMs: 6 },
  { width: 910, height: 512, side: 336 },
  { width: 3264, height: 2448, side: 224 },
  { width: 4000, height: 3000, side: 224, targetMs: 45 },
  { width: 4000, height: 3000, side: 336 },
]) {
  const image = grainyPicture(width, height, 7);
  const config = parsePreprocessConfig({ size: side, crop_size: side });
  const size = resizedSize(image, config.resize);
  const crop = centreCrop(size.width, size.height, side);
  const raw: Raw = { width, height, channels: 3 };
  const oursMs = await medianMs(() => preprocess(image, config));
  const plainMs = await medianMs(() => normalise(plainResizeAndCrop(image, size.width, size.height, crop), config));
  const sharpMs = await medianMs(async () => {
    const resized = sharp(image.data, { raw }).resize(size.width, size.height, { kernel: 'cubic', fit: 'fill' });
    const data = await resized.extract(crop).raw().toBuffer();
    return normalise({ data, width: side, height: side }, config);
  });
  rows.push({
    picture: `${width}x${height}`,
    to: side,
    ours_ms: +oursMs.toFixed(2),
    target_ms: targetMs,
    sharp_ms: +sharpMs.toFixed(2),
    plain_ms: +plainMs.toFixed(2),
    sharp_to_ours: +(sharpMs / oursMs).toFixed(2),
    plain_to_ours: +(plainMs / oursMs).toFixed(2),
  });
}
if (values.json) console.log(JSON.stringify(rows));
else console.table(rows);
