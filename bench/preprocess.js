// How long a decoded picture takes to become the encoder's input, against sharp's own cubic resize (which gives other
// pixels) and against the plain twin without SIMD. Seeded; decoding apart. Run `npm run build` first.
// usage: node bench/preprocess.js [--runs N] [--json]
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { centreCrop, normalise, preprocess, resizedSize } from '../dist/clip/preprocess.js';
import { parsePreprocessConfig } from '../dist/clip/preprocess-config.js';
import { plainResizeAndCrop } from '../dist/clip/resample.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '15' }, json: { type: 'boolean', default: false } },
});
const runs = Number(values.runs);

/** Smooth shapes with grain, as photos have. */
function picture(width, height, seed) {
  const data = new Uint8Array(width * height * 3);
  let state = seed;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++, at++) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        data[at] = 128 + 90 * Math.sin((x + 31 * c) / 97) * Math.cos(y / 61) + (state >>> 28);
      }
    }
  }
  return { data, width, height };
}

async function medianMs(work) {
  const times = [];
  for (let i = 0; i < runs + 2; i++) {
    const started = performance.now();
    await work();
    if (i >= 2) times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[runs >> 1];
}

const rows = [];
for (const [width, height, side, targetMs] of [
  [682, 512, 224, null],
  [910, 512, 224, 6],
  [910, 512, 336, null],
  [3264, 2448, 224, null],
  [4000, 3000, 224, 45],
  [4000, 3000, 336, null],
]) {
  const image = picture(width, height, 7);
  const config = parsePreprocessConfig({ size: side, crop_size: side });
  const size = resizedSize(image, config.resize);
  const crop = centreCrop(size.width, size.height, side);
  const raw = { raw: { width, height, channels: 3 } };
  const oursMs = await medianMs(() => preprocess(image, config));
  const plainMs = await medianMs(() => normalise(plainResizeAndCrop(image, size.width, size.height, crop), config));
  const sharpMs = await medianMs(async () => {
    const resized = sharp(image.data, raw).resize(size.width, size.height, { kernel: 'cubic', fit: 'fill' });
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
