// A graphics card against the processor, in about five minutes: photos a second for decoding, preprocessing, the encoder alone by
// batch and a whole ingest, memory, the lowest cosine to the processor, and torch with CUDA in float16 where it can be had.
//   npm run bench:device -- [--model pocket] [--device gpu] [--photos 400] [--folder DIR] [--checkpoint DIR] [--python python3]
// For StreetCLIP: make a checkpoint of its shapes, `streetdex model add DIR --name streetclip --precision fp16`, then
// --model streetclip --checkpoint DIR. Without a card: --device webgpu with SwiftShader's variables, as test:device sets them, is
// taken from scripts/software-card.mjs by --software.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseDevice } from '../dist/clip/choose-device.js';
import type { ClipModel } from '../dist/clip/clip-model.js';
import { openClipModel } from '../dist/clip/open-clip-model.js';
import { DEVICES, type Device } from '../dist/config/devices.js';
import { cosine, type UnitVector } from '../dist/domain/unit-vector.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import { allCities } from '../dist/pocket-world/cities.js';
import { renderScene } from '../dist/pocket-world/render-scene.js';
import { root } from '../scripts/prepare.mjs';
import { softwareCard } from '../scripts/software-card.mjs';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'pocket' },
    device: { type: 'string', default: 'gpu' },
    photos: { type: 'string', default: '400' },
    folder: { type: 'string' },
    checkpoint: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    software: { type: 'boolean', default: false },
  },
});
if (flags.software && process.env.VK_DRIVER_FILES === undefined) {
  // A loader of libraries reads its variables when a process starts.
  const { status } = spawnSync(process.execPath, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, ...softwareCard() },
  });
  process.exit(status ?? 1);
}
const PARITY = 30;
const CAPTIONS = 100;
const BATCHES = [1, 2, 4, 8, 16, 32, 64];
/** A run of a batch that takes longer ends the table. */
const BATCH_MS_MAX = 2000;
const BUSY_TARGET = 0.9;
const modelFolder = join(root, 'models', flags.model);
const work = mkdtempSync(join(tmpdir(), 'streetdex-bench-device-'));
try {
  await measure();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function measure() {
  console.log(`${flags.model}, ${availableParallelism()} cores, load average before: ${loadavg()[0]?.toFixed(1)}`);
  const device = flags.software ? 'webgpu' : DEVICES.find((one) => one === flags.device);
  if (device === undefined) throw new Error(`Expected --device to be one of ${DEVICES.join(', ')}.`);
  const { provider, because } = await chooseDevice(device, 'fp32');
  console.log(because ?? `The model runs on ${provider}, as asked for.`);
  if (provider === 'cpu') return console.log('There is no card to measure.');
  const folder = flags.folder ?? (await makePhotos(Number(flags.photos)));
  const files = readdirSync(folder).filter((name) => /\.(jpe?g|png)$/i.test(name));
  const photos = files.slice(0, Number(flags.photos)).map((name) => readFileSync(join(folder, name)));
  const memoryBefore = cardMemory();
  const started = performance.now();
  const card = await openClipModel(modelFolder, { device: provider });
  const { batch } = card.encoderState();
  console.log(`open in ${seconds(started)} s; ${batch} photos at a time`);
  const tensors = await stages(card, photos);
  await parity(card, tensors);
  const rate = await encoderAlone(card, tensors);
  console.log(`encoder alone, ${batch} at a time: ${rate.toFixed(1)} photos/s`);
  console.log(`memory of the card: ${memoryBefore} before, ${cardMemory()} with the model at work`);
  await card.close();
  await byBatch(provider, tensors);
  await wholeIngest(provider, folder, photos.length, rate);
  torch();
}

/** Rendered scenes at the size of phones' previews: a JPEG of 320 x 240 would hide what decoding costs. */
async function makePhotos(count: number): Promise<string> {
  const folder = join(work, 'photos');
  mkdirSync(folder);
  const towns = chooseTowns({ count, seed: 'bench device' });
  const lines = ['path,latitude,longitude'];
  for (let i = 0; i < count; i++) {
    const town = towns[i % towns.length];
    writeFileSync(join(folder, `${i}.jpg`), await renderScene(town, `bench ${i}`, { width: 910, height: 682 }));
    lines.push(`${i}.jpg,${town.lat},${town.lon}`);
  }
  writeFileSync(join(folder, 'manifest.csv'), `${lines.join('\n')}\n`);
  return folder;
}

async function stages(model: ClipModel, photos: Buffer[]) {
  const started = performance.now();
  const prepared = await Promise.all(photos.map((bytes) => model.prepare(bytes, { wait: true })));
  const wall = (performance.now() - started) / 1000;
  const sum = (name: 'decodeMs' | 'preprocessMs') => prepared.reduce((total, one) => total + one[name], 0) / 1000;
  const perThread = (name: 'decodeMs' | 'preprocessMs') => (photos.length / sum(name)).toFixed(1);
  console.log(
    `decoding ${perThread('decodeMs')} photos/s a thread, preprocessing ${perThread('preprocessMs')}; both, all threads: ${(photos.length / wall).toFixed(1)} photos/s`,
  );
  return prepared.map(({ tensor }) => tensor);
}

async function parity(card: ClipModel, tensors: Float32Array[]) {
  const processor = await openClipModel(modelFolder);
  const some = tensors.slice(0, PARITY);
  const embed = (model: ClipModel) =>
    Promise.all(some.map(async (one) => (await model.encode(one, { wait: true })).vector));
  const step = Math.floor(allCities().length / CAPTIONS);
  const captions = Array.from(
    { length: CAPTIONS },
    (_, i) => `A Street View photo close to ${allCities()[i * step].name}.`,
  );
  const lowest = (a: readonly UnitVector[], b: readonly UnitVector[]) =>
    a.reduce((least, one, i) => Math.min(least, cosine(one, b[i])), 1);
  const pictures = lowest(await embed(card), await embed(processor));
  const texts = lowest(await card.embedTexts(captions, { wait: true }), await processor.embedTexts(captions));
  console.log(
    `lowest cosine to the processor: ${some.length} photos ${pictures.toFixed(7)}, ${CAPTIONS} captions ${texts.toFixed(7)}`,
  );
  const started = performance.now();
  await embed(processor);
  console.log(`the processor: ${((1000 * some.length) / (performance.now() - started)).toFixed(1)} photos/s`);
  await processor.close();
}

async function encoderAlone(model: ClipModel, tensors: Float32Array[]): Promise<number> {
  const started = performance.now();
  await Promise.all(tensors.map((one) => model.encode(one, { wait: true })));
  return (1000 * tensors.length) / (performance.now() - started);
}

async function byBatch(provider: Device, tensors: Float32Array[]) {
  for (const batch of BATCHES) {
    const model = await openClipModel(modelFolder, { device: provider, batch }).catch((error: Error) => error);
    if (model instanceof Error) return console.log(`batches of ${batch}: ${model.message}`);
    const some = tensors.slice(0, Math.max(2, Math.min(tensors.length, 8 * batch)));
    await encoderAlone(model, some.slice(0, batch));
    const rate = await encoderAlone(model, some);
    await model.close();
    console.log(`batches of ${batch}: ${rate.toFixed(1)} photos/s`);
    if ((1000 * batch) / rate > BATCH_MS_MAX) return;
  }
}

async function wholeIngest(provider: Device, folder: string, count: number, alone: number) {
  const args = ['dist/cli/main.js', 'ingest', folder, '--index', join(work, 'index'), '--device', provider, '--json'];
  const child = spawn(process.execPath, [...args, '--model', flags.model], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const text of child.stdout) said += text;
  const report = JSON.parse(said.trim().split('\n').at(-1) ?? '').report;
  if (report === undefined) throw new Error(`The ingest ended without a report: ${said.slice(-500)}`);
  const busy = report.encodeMs / report.wallMs;
  console.log(
    `whole ingest: ${((1000 * count) / report.wallMs).toFixed(1)} photos/s (${((1000 * count) / report.wallMs / alone).toFixed(2)} of the encoder alone); the card was busy ${(100 * busy).toFixed(0)} % of the time (target ${100 * BUSY_TARGET})${busy < BUSY_TARGET ? ', else it waited for photos to be read and decoded' : ''}`,
  );
}

/** The peer's own: transformers on CUDA in float16, each at its best batch. */
function torch() {
  if (flags.checkpoint === undefined) return console.log('torch: not measured, no --checkpoint');
  const { status, stdout } = spawnSync(flags.python, [join(root, 'bench', 'device.py'), flags.checkpoint], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  console.log(status === 0 ? stdout.trim() : 'torch: not measured, no torch with CUDA');
}

function cardMemory() {
  const { status, stdout } = spawnSync('nvidia-smi', ['--query-gpu=memory.used', '--format=csv,noheader'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim().split('\n').join(' + ') : 'unknown (no nvidia-smi)';
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
