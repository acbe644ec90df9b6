// Seconds per image and caption of each precision that `model add` writes, against transformers on torch's CPU build in
// each of its own precisions (at its best batch), and against what the processor's arithmetic gives at most, measured in
// the same run. Rounds are interleaved; medians and ratios within this run.
//   npm run bench:model -- --checkpoint DIR [--precisions fp32,int8-block,int8] [--rounds 5] [--python python3] [--json]
//     [--models DIR] [--batches 1,8] [--peers 'float32;bfloat16'] [--exported] [--profile]
// DIR: a checkpoint as the hub has it: config, weights, tokenizer, preprocessor. --models: where the added models are kept
// and found again. --exported: also graphs that the peer's own tools export and quantise, in the same runtime as ours.
// --profile: our image graphs node by node, without the peer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { InferenceSession } from 'onnxruntime-node';
import { sessionOptions } from '../dist/clip/encoder-session.js';
import { root } from '../scripts/prepare.mjs';
import { arithmeticLimits } from './arithmetic-limit.js';
import { captionTensor, LENGTH, madeUpPictures, PICTURES, pictureTensor } from './clip-inputs.js';
import { total, type VisionConfig, visionWork } from './graph-work.js';
import { printProfile } from './print-profile.js';
import { profileGraph } from './profile-graph.js';
import { startPeer, type TorchPeer } from './torch-peer.js';

type Tower = 'vision' | 'text';

interface Contender {
  label: string;
  tower: Tower | 'limit';
  /** Seconds of one picture or caption; of a limit, MAC a second. */
  run(): Promise<number>;
  values: number[];
  /** The lowest to float32's. */
  cosine?: number | null;
  isPeer?: boolean;
}

const PEERS = [
  'float32',
  'float32 compiled',
  'bfloat16',
  'bfloat16 compiled',
  'int8 of torch.ao',
  'int8 of torchao, compiled',
];
const { values: flags } = parseArgs({
  options: {
    checkpoint: { type: 'string' },
    precisions: { type: 'string', default: 'fp32,int8-block,int8' },
    rounds: { type: 'string', default: '5' },
    batches: { type: 'string', default: '1,8' },
    peers: { type: 'string', default: PEERS.join(';') },
    python: { type: 'string', default: 'python3' },
    models: { type: 'string' },
    exported: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
if (flags.checkpoint === undefined) throw new Error('Expected --checkpoint DIR.');
const checkpoint = resolve(flags.checkpoint);
const config = JSON.parse(readFileSync(join(checkpoint, 'config.json'), 'utf8'));
const vision: VisionConfig = config.vision_config_dict ?? config.vision_config;
const work = visionWork(vision);
const side = vision.image_size;
/** Captions of a run, as a caption set has them. */
const CAPTIONS = 64;
/** Side of the product that the peer's arithmetic is measured with. */
const PEER_LIMIT_SIDE = 2048;
const threads = availableParallelism();
const scratch = mkdtempSync(join(tmpdir(), 'streetdex-bench-model-'));
const models = flags.models === undefined ? scratch : resolve(flags.models);
const pictures = madeUpPictures(side);
const contenders: Contender[] = [];
const workers: Worker[] = [];
/** Vectors of the pictures by the first precision. */
let reference: Float32Array[] | undefined;
try {
  for (const precision of flags.precisions.split(',')) await addModel(precision);
  const limits = await arithmeticLimits(threads);
  for (const [type, run] of Object.entries(limits)) contenders.push(limit(`${type}, the runtime's product`, run));
  await (flags.profile ? profile(limits.int8) : compare());
} finally {
  for (const worker of workers) await worker.terminate();
  rmSync(scratch, { recursive: true, force: true });
}

async function compare() {
  for (const precision of flags.precisions.split(',')) await openOurs(precision);
  const peer = await startPeer(flags.python, checkpoint, threads);
  try {
    if (peer !== null) await openPeers(peer);
    if (peer !== null && flags.exported) await openExported(peer);
    for (const one of contenders) await one.run();
    for (let round = 0; round < Number(flags.rounds); round++) {
      for (const one of contenders) one.values.push(await one.run());
    }
  } finally {
    peer?.end();
  }
  report();
}

async function openOurs(precision: string) {
  const file = fileOf(precision, 'vision');
  const ours = await session(`ours ${precision}`, 'vision', file);
  contenders.push(ours);
  if (threads > 1) contenders.push(await sessionEach(`ours ${precision}, a session of one thread a core`, file, ours));
  contenders.push(await session(`ours ${precision}`, 'text', fileOf(precision, 'text')));
  contenders.push(await session(`ours ${precision}, ${CAPTIONS} packed`, 'text', fileOf(precision, 'text'), CAPTIONS));
}

async function openPeers(peer: TorchPeer) {
  const file = join(scratch, 'pictures.f32');
  writeFileSync(file, pictures);
  const product = async () => (await peer.ask<{ macs: number }>({ limit: PEER_LIMIT_SIDE })).macs;
  contenders.push(limit("bfloat16, torch's product", product));
  for (const precision of flags.peers.split(';')) {
    const { ready, reason, cosine } = await peer.ask<{ ready: boolean; reason: string; cosine: number }>({
      prepare: precision,
      pictures: file,
    });
    if (!ready) {
      console.error(`torch ${precision} does not run here: ${reason}`);
      continue;
    }
    await bestBatch(peer, 'vision', precision, (batch) => ({ images: batch, precision }), cosine);
    if (precision.includes('compiled')) continue;
    const order = (batch: number) => ({ captions: 8 * batch, length: LENGTH, precision });
    await bestBatch(peer, 'text', precision, order, null);
  }
}

/** The second run of each batch counts; the rounds have the one that was fastest. */
async function bestBatch(
  peer: TorchPeer,
  tower: Tower,
  precision: string,
  order: (batch: number) => { images?: number; captions?: number },
  cosine: number | null,
) {
  const secondsOf = async (batch: number) => (await peer.ask<{ seconds: number }>(order(batch))).seconds;
  let best = { batch: 0, seconds: Number.POSITIVE_INFINITY };
  for (const batch of flags.batches.split(',').map(Number)) {
    await secondsOf(batch);
    const seconds = await secondsOf(batch);
    if (seconds < best.seconds) best = { batch, seconds };
  }
  const { images, captions } = order(best.batch);
  contenders.push({
    ...{ label: `torch ${precision}, batches of ${images ?? captions}`, tower, cosine, values: [], isPeer: true },
    run: () => secondsOf(best.batch),
  });
}

async function openExported(peer: TorchPeer) {
  const folder = join(scratch, 'peer');
  await peer.ask({ export: folder });
  for (const [label, end] of [
    ['its tools fp32', ''],
    ['its tools int8', '-int8'],
  ]) {
    for (const tower of ['vision', 'text'] as const) {
      const file = join(folder, `${tower}_model${end}.onnx`);
      if (existsSync(file)) contenders.push(await session(label, tower, file));
    }
  }
}

function fileOf(precision: string, tower: Tower): string {
  const end = precision === 'fp32' ? '' : `_${precision}`;
  return join(models, precision, 'onnx', `${tower}_model${end}.onnx`);
}

async function addModel(precision: string) {
  if (existsSync(join(models, precision, 'streetdex.json'))) return;
  const args = ['dist/cli/main.js', 'model', 'add', checkpoint, '--name', precision, '--precision', precision];
  const child = spawn(process.execPath, [...args, '--models-dir', models], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`model add ended with ${code}.`);
}

function limit(label: string, run: Contender['run']): Contender {
  return { label, tower: 'limit', run, values: [] };
}

/** The median of a few runs is one round's time: enough for half a second. */
async function session(label: string, tower: Tower, file: string, batch = 1): Promise<Contender> {
  const graph = await InferenceSession.create(file, sessionOptions(threads));
  const feeds = feedsOf(tower, graph, batch);
  const once = async () => {
    const started = performance.now();
    await graph.run(feeds);
    return (performance.now() - started) / 1000 / batch;
  };
  const run = async () => {
    const times = [await once()];
    while (times.length < 15 && times.reduce((sum, time) => sum + time, 0) * batch < 0.5) times.push(await once());
    return median(times);
  };
  const cosine = tower === 'vision' && batch === 1 ? await lowestCosine(graph) : null;
  return { label, tower, run, cosine, values: [] };
}

/** Half a second of pictures for each core, at once. */
async function sessionEach(label: string, file: string, alone: Contender): Promise<Contender> {
  const pixels = pictures.subarray(0, 3 * side ** 2);
  const each = Array.from(
    { length: threads },
    () =>
      new Worker(new URL('session-worker.js', import.meta.url), {
        workerData: { file, pixels, dims: [1, 3, side, side] },
      }),
  );
  workers.push(...each);
  await Promise.all(each.map((worker) => once(worker, 'message')));
  const runs = Math.max(2, Math.round(0.25 / (await alone.run())));
  const run = async () => {
    const started = performance.now();
    const done = each.map((worker) => once(worker, 'message'));
    for (const worker of each) worker.postMessage(runs);
    await Promise.all(done);
    return (performance.now() - started) / 1000 / (runs * threads);
  };
  return { label, tower: 'vision', run, cosine: null, values: [] };
}

/** To float32's, over the pictures that the peer is compared on as well. */
async function lowestCosine(graph: InferenceSession): Promise<number> {
  const vectors: Float32Array[] = [];
  for (let i = 0; i < PICTURES; i++) {
    const { image_embeds } = await graph.run({ pixel_values: pictureTensor(pictures, side, i) });
    vectors.push(Float32Array.from(image_embeds.data, Number));
  }
  reference ??= vectors;
  const first = reference;
  return Math.min(...vectors.map((vector, i) => cosineOf(vector, first[i])));
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function feedsOf(tower: Tower, graph: InferenceSession, batch: number) {
  const feed = () => (tower === 'vision' ? pictureTensor(pictures, side, 0) : captionTensor(batch));
  return Object.fromEntries(graph.inputMetadata.map(({ name }) => [name, feed()]));
}

function report() {
  const of = (tower: Contender['tower']) => contenders.filter((one) => one.tower === tower);
  const limits = of('limit').map(({ label, values }) => ({ label, gmacs: median(values) / 1e9 }));
  const int8 = (limits.find(({ label }) => label.startsWith('int8'))?.gmacs ?? Number.NaN) * 1e9;
  const measured = (tower: Tower) => {
    const rows = of(tower);
    const torch = Math.min(...rows.filter(({ isPeer }) => isPeer).map(({ values }) => median(values)));
    return rows.map(({ label, values, cosine }) => ({
      label,
      ms: 1000 * median(values),
      times_torch: Number.isFinite(torch) ? torch / median(values) : null,
      ...(tower === 'vision' && { of_int8_limit: total(work) / int8 / median(values), lowest_cosine: cosine }),
    }));
  };
  const results = { vision: measured('vision'), text: measured('text') };
  const gmac = total(work) / 1e9;
  if (flags.json)
    return console.log(
      JSON.stringify({ checkpoint, threads, rounds: Number(flags.rounds), limits, gmac_per_image: gmac, results }),
    );
  console.log('arithmetic limit, 10^9 multiplications with addition a second');
  for (const { label, gmacs } of limits) console.log(`  ${label.padEnd(48)} ${gmacs.toFixed(0).padStart(9)}`);
  for (const [tower, rows] of Object.entries(results)) {
    console.log(tower === 'vision' ? `one image: ${gmac.toFixed(2)} x 10^9` : `one caption of ${LENGTH} tokens`);
    for (const { label, ms, times_torch, of_int8_limit, lowest_cosine } of rows) {
      const cells = [
        times_torch === null ? '' : `${times_torch.toFixed(2)} x torch's best`,
        of_int8_limit === undefined ? '' : `${(100 * of_int8_limit).toFixed(0).padStart(3)} % of the int8 limit`,
        typeof lowest_cosine === 'number' ? `cosine ${lowest_cosine.toFixed(4)}` : '',
      ];
      console.log(`  ${label.padEnd(48)} ${ms.toFixed(1).padStart(9)} ms  ${cells.join('  ')}`.trimEnd());
    }
  }
}

async function profile(measureLimit: () => Promise<number>) {
  const rates: number[] = [];
  for (let i = 0; i < 5; i++) rates.push(await measureLimit());
  const limit = median(rates);
  console.log(`int8 limit: ${(limit / 1e9).toFixed(0)} x 10^9 multiplications with addition a second`);
  for (const precision of flags.precisions.split(',')) {
    const feeds = { pixel_values: pictureTensor(pictures, side, 0) };
    printProfile(precision, await profileGraph(fileOf(precision, 'vision'), feeds, threads), vision, limit);
  }
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
