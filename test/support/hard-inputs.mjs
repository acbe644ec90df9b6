// Reads files that were changed at random: node hard-inputs.mjs FOLDER SEED SECONDS CASES FIXTURES. The input in hand lies in
// FOLDER/last, so that one that ends the process is known; those that are answered by no sentence of ours are kept beside it.
// Prints counts as a line of JSON. Uses the build.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { openSafetensors } from '../../dist/clip/import/checkpoint/safetensors.js';
import { openTorchZip } from '../../dist/clip/import/checkpoint/torch-zip.js';
import { StreetdexError } from '../../dist/domain/errors.js';
import { seededRandom } from '../../dist/domain/seeded-random.js';
import { decodeImage } from '../../dist/images/decode-image.js';
import { DecodeMemory } from '../../dist/images/decode-memory.js';
import { readPhotoFacts } from '../../dist/images/photo-facts.js';
import { readXmp } from '../../dist/images/read-xmp.js';
import { newSourceNotes } from '../../dist/ingest/sources/candidate.js';
import { openManifest } from '../../dist/ingest/sources/open-manifest.js';
import { readGpx } from '../../dist/ingest/track/read-gpx.js';

const [folder, seedText, secondsText, casesText, ...inputs] = process.argv.slice(2);
const random = seededRandom(Number(seedText));
const below = (n) => Math.floor(random() * n);
const memory = new DecodeMemory(256 * 2 ** 20);

const readers = {
  picture: async (file) => {
    const bytes = readFileSync(file);
    readPhotoFacts(bytes);
    await memory.during((share) => decodeImage(bytes, { pixelsMax: 4_000_000 }, { share }));
  },
  '.xmp': async (file) => void readXmp(readFileSync(file)),
  '.gpx': async (file) => void (await readGpx(file)),
  '.csv': readManifest,
  '.json': readManifest,
  '.geojson': readManifest,
  '.safetensors': async (file) => (await openSafetensors(file)).close(),
  '.bin': async (file) => (await openTorchZip(file)).close(),
};

async function readManifest(file) {
  const manifest = await openManifest(file);
  await manifest.count();
  for await (const row of manifest.rows(newSourceNotes())) void row;
}

/** One to eight changes: a byte, a stretch that is lost, doubled, or comes from elsewhere, a number at its limits. */
function changed(bytes) {
  let result = Buffer.from(bytes);
  for (let left = 1 + below(8); left > 0 && result.length > 8; left--) {
    const at = below(result.length);
    const length = 1 + below(Math.min(64, result.length - at));
    const how = below(7);
    if (how === 0) result[at] ^= 1 << below(8);
    else if (how === 1) result.fill(below(256), at, at + length);
    else if (how === 2) result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
    else if (how === 3) result = Buffer.concat([result.subarray(0, at + length), result.subarray(at)]);
    else if (how === 4) result.copy(result, at, below(result.length), at + length);
    else if (how === 5 && at + 4 <= result.length)
      result.writeUInt32BE([0, 1, 0xff, 0xffff, 0x7fffffff, 0xffffffff][below(6)], at);
    else result = result.subarray(0, Math.max(8, at));
  }
  return result;
}

const counts = {};
const raw = [];
const until = performance.now() + Number(secondsText) * 1000;
let cases = 0;
for (; cases < Number(casesText) && performance.now() < until; cases++) {
  const input = inputs[below(inputs.length)];
  const kind = readers[extname(input)] === undefined ? 'picture' : extname(input);
  const last = join(folder, `last${kind === 'picture' ? '' : kind}`);
  writeFileSync(last, changed(readFileSync(input)));
  writeFileSync(join(folder, 'case'), `${cases} ${input}`);
  counts[extname(input)] ??= {};
  const row = counts[extname(input)];
  const started = performance.now();
  let how = 'read';
  try {
    await readers[kind](last);
  } catch (error) {
    const isOurs = error instanceof StreetdexError && error.code !== 'internal' && error.code !== 'worker_failed';
    how = isOurs ? error.code : 'raw';
    if (!isOurs) keep(last, input, error.stack);
  }
  if (performance.now() - started > 10_000) keep(last, input, 'it took more than 10 s');
  row[how] = (row[how] ?? 0) + 1;
}
process.stdout.write(`${JSON.stringify({ cases, counts, raw })}\n`);

function keep(last, input, why) {
  const kept = join(folder, `kept-${cases}${extname(last) || extname(input)}`);
  copyFileSync(last, kept);
  raw.push({ case: cases, input, kept, why: String(why).slice(0, 600) });
}
