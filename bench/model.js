// Seconds per image and caption of each precision that `model add` writes, against transformers on torch's CPU build in
// each of its own precisions (at its best batch), and against what the processor's arithmetic gives at most, measured in
// the same run. Rounds are interleaved; medians and ratios within this run. Run `npm run build` first.
//   npm run bench:model -- --checkpoint DIR [--precisions fp32,int8-block,int8] [--rounds 5] [--python python3] [--json]
//     [--models DIR] [--batches 1,8] [--peers 'float32;bfloat16'] [--exported] [--profile]
// DIR: a checkpoint as the hub has it: config, weights, tokenizer, preprocessor. --models: where the added models are kept
// and found again. --exported: also graphs that the peer's own tools export and quantise, in the same runtime as ours.
// --profile: our image graphs node by node, without the peer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sessionOptions } from '../dist/clip/encoder-session.js';
import { arithmeticLimits } from './arithmetic-limit.js';
import { total, visionWork } from './graph-work.js';
import { profileGraph } from './profile-graph.js';

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
const here = dirname(fileURLToPath(import.meta.url));
const config = JSON.parse(readFileSync(join(checkpoint, 'config.json'), 'utf8'));
const work = visionWork(config.vision_config_dict ?? config.vision_config);
const side = (config.vision_config_dict ?? config.vision_config).image_size;
const LENGTH = 16;
/** Captions of a run, as a caption set has them; they begin with the same six tokens of the sixteen. */
const CAPTIONS = 64;
const SHARED = 6;
/** Side of the product that the peer's arithmetic is measured with. */
const PEER_LIMIT_SIDE = 2048;
const PICTURES = 8;
const threads = availableParallelism();
const scratch = mkdtempSync(join(tmpdir(), 'streetdex-bench-model-'));
const models = flags.models === undefined ? scratch : resolve(flags.models);
const pictures = madeUpPictures();
const contenders = [];
const workers = [];
let peer = null;
try {
  for (const precision of flags.precisions.split(',')) await addModel(precision);
  const limits = await arithmeticLimits(threads);
  for (const [type, run] of Object.entries(limits)) contenders.push(limit(`${type}, the runtime's product`, run));
  await (flags.profile ? profile(limits.int8) : compare());
} finally {
  peer?.end();
  for (const worker of workers) await worker.terminate();
  rmSync(scratch, { recursive: true, force: true });
}

async function compare() {
  for (const precision of flags.precisions.split(',')) await openOurs(precision);
  peer = await startPeer();
  if (peer !== null) {
    await openPeers();
    if (flags.exported) await openExported();
  }
  for (const one of contenders) await one.run();
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const one of contenders) one.values.push(await one.run());
  }
  report();
}

async function openOurs(precision) {
  const vision = fileOf(precision, 'vision');
  const ours = await session(`ours ${precision}`, 'vision', vision);
  contenders.push(ours);
  if (threads > 1)
    contenders.push(await sessionEach(`ours ${precision}, a session of one thread a core`, vision, ours));
  contenders.push(await session(`ours ${precision}`, 'text', fileOf(precision, 'text')));
  contenders.push(await session(`ours ${precision}, ${CAPTIONS} packed`, 'text', fileOf(precision, 'text'), CAPTIONS));
}

async function openPeers() {
  const file = join(scratch, 'pictures.f32');
  writeFileSync(file, pictures);
  contenders.push(limit("bfloat16, torch's product", async () => (await peer.ask({ limit: PEER_LIMIT_SIDE })).macs));
  for (const precision of flags.peers.split(';')) {
    const { ready, reason, cosine } = await peer.ask({ prepare: precision, pictures: file });
    if (!ready) {
      console.error(`torch ${precision} does not run here: ${reason}`);
      continue;
    }
    await bestBatch('vision', precision, (batch) => ({ images: batch, precision }), cosine);
    if (precision.includes('compiled')) continue;
    await bestBatch('text', precision, (batch) => ({ captions: 8 * batch, length: LENGTH, precision }), null);
  }
}

/** The second run of each batch counts; the rounds have the one that was fastest. */
async function bestBatch(tower, precision, order, cosine) {
  let best = { batch: 0, seconds: Number.POSITIVE_INFINITY };
  for (const batch of flags.batches.split(',').map(Number)) {
    await peer.ask(order(batch));
    const { seconds } = await peer.ask(order(batch));
    if (seconds < best.seconds) best = { batch, seconds };
  }
  const { images, captions } = order(best.batch);
  contenders.push({
    ...{ label: `torch ${precision}, batches of ${images ?? captions}`, tower, cosine, values: [], isPeer: true },
    run: async () => (await peer.ask(order(best.batch))).seconds,
  });
}

async function openExported() {
  const folder = join(scratch, 'peer');
  await peer.ask({ export: folder });
  for (const [label, end] of [
    ['its tools fp32', ''],
    ['its tools int8', '-int8'],
  ]) {
    for (const tower of ['vision', 'text']) {
      const file = join(folder, `${tower}_model${end}.onnx`);
      if (existsSync(file)) contenders.push(await session(label, tower, file));
    }
  }
}

function fileOf(precision, tower) {
  const end = precision === 'fp32' ? '' : `_${precision}`;
  return join(models, precision, 'onnx', `${tower}_model${end}.onnx`);
}

async function addModel(precision) {
  if (existsSync(join(models, precision, 'streetdex.json'))) return;
  const args = ['dist/cli/main.js', 'model', 'add', checkpoint, '--name', precision, '--precision', precision];
  const child = spawn(process.execPath, [...args, '--models-dir', models], {
    cwd: join(here, '..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`model add ended with ${code}.`);
}

function limit(label, run) {
  return { label, tower: 'limit', run, values: [] };
}

/** The median of a few runs is one round's time: enough for half a second. */
async function session(label, tower, file, batch = 1) {
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
async function sessionEach(label, file, alone) {
  const pixels = pictures.subarray(0, 3 * side ** 2);
  const each = Array.from(
    { length: threads },
    () => new Worker(join(here, 'session-worker.js'), { workerData: { file, pixels, dims: [1, 3, side, side] } }),
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
async function lowestCosine(graph) {
  const size = 3 * side ** 2;
  const vectors = [];
  for (let i = 0; i < PICTURES; i++) {
    const pixel_values = new Tensor('float32', pictures.slice(i * size, (i + 1) * size), [1, 3, side, side]);
    vectors.push(Float32Array.from((await graph.run({ pixel_values })).image_embeds.data));
  }
  lowestCosine.reference ??= vectors;
  return Math.min(...vectors.map((vector, i) => cosineOf(vector, lowestCosine.reference[i])));
}

function cosineOf(a, b) {
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Smooth and different: waves of six directions each, as normalised pictures have their values. */
function madeUpPictures() {
  const values = new Float32Array(PICTURES * 3 * side ** 2);
  for (let i = 0, picture = 0; picture < PICTURES; picture++) {
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++, i++) {
          let sum = 0;
          for (let wave = 1; wave <= 6; wave++) {
            const turn = picture * 2.4 + wave * 1.7 + channel * 0.3;
            sum += Math.sin((wave * wave * (x * Math.cos(turn) + y * Math.sin(turn))) / side + turn);
          }
          values[i] = sum / 2;
        }
      }
    }
  }
  return values;
}

function feedsOf(tower, graph, batch) {
  const feeds = {};
  for (const { name } of graph.inputMetadata) feeds[name] = tensorFor(tower, batch);
  return feeds;
}

function tensorFor(tower, batch) {
  if (tower === 'vision') return new Tensor('float32', pictures.slice(0, 3 * side ** 2), [1, 3, side, side]);
  const idAt = (row, i) => (i === 0 ? 49406 : i === LENGTH - 1 ? 49407 : 320 + 37 * i + (i < SHARED ? 0 : 601 * row));
  const rows = Array.from({ length: batch }, (_, row) => Array.from({ length: LENGTH }, (_, i) => idAt(row, i)));
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [batch, LENGTH]);
}

async function startPeer() {
  const child = spawn(flags.python, [join(here, 'peer.py'), checkpoint, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise((done) => child.once('error', () => done({ done: true })));
  const first = await Promise.race([lines.next(), failed]);
  if (first.done) {
    console.error(`No peer: ${flags.python} has no torch and transformers (bench/requirements.txt); ours alone.`);
    return null;
  }
  return {
    ask: async (order) => {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('The peer ended.');
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}

function report() {
  const of = (tower) => contenders.filter((one) => one.tower === tower);
  const limits = of('limit').map(({ label, values }) => ({ label, gmacs: median(values) / 1e9 }));
  const int8 = limits.find(({ label }) => label.startsWith('int8')).gmacs * 1e9;
  const results = {};
  for (const tower of ['vision', 'text']) {
    const rows = of(tower);
    const torch = Math.min(...rows.filter(({ isPeer }) => isPeer).map(({ values }) => median(values)));
    results[tower] = rows.map(({ label, values, cosine }) => ({
      label,
      ms: 1000 * median(values),
      times_torch: Number.isFinite(torch) ? torch / median(values) : null,
      ...(tower === 'vision' && { of_int8_limit: total(work) / int8 / median(values), lowest_cosine: cosine }),
    }));
  }
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

async function profile(measureLimit) {
  const rates = [];
  for (let i = 0; i < 5; i++) rates.push(await measureLimit());
  const limit = median(rates);
  console.log(`int8 limit: ${(limit / 1e9).toFixed(0)} x 10^9 multiplications with addition a second`);
  for (const precision of flags.precisions.split(',')) {
    const rows = await profileGraph(fileOf(precision, 'vision'), { pixel_values: tensorFor('vision', 1) }, threads);
    const sum = rows.reduce((ms, row) => ms + row.ms, 0);
    console.log(`${precision}: ${sum.toFixed(2)} ms in nodes, each at its fastest`);
    for (const { name, op, nodes, ms } of rows) {
      if (ms < sum / 500) continue;
      const macs = op === 'Add' ? null : macsOf(name, nodes);
      const share =
        macs === null ? '' : `${((100 * macs) / limit / (ms / 1000)).toFixed(0).padStart(3)} % of the limit`;
      const cells = [`${ms.toFixed(2).padStart(8)} ms`, `${((100 * ms) / sum).toFixed(1).padStart(5)} %`];
      console.log(
        `  ${name.padEnd(24)} ${op.padEnd(24)} ${String(nodes).padStart(3)} ${cells.join(' ')}  ${share}`.trimEnd(),
      );
    }
  }
}

/** Of nodes of one name. Where leading layers are in float, the names of theirs end so; the last layer's nodes are small. */
function macsOf(name, nodes) {
  const kind = name.replace(/\.product$/, '');
  if (!(kind in work)) return null;
  const layers = (config.vision_config_dict ?? config.vision_config).num_hidden_layers;
  const isWhole = nodes >= layers - 1 || !['qkv', 'out', 'fc1', 'fc2'].includes(kind);
  if (isWhole) return work[kind];
  const leading = name === kind ? layers - nodes : nodes;
  const inLeading = (work[kind] * leading) / (layers - 1);
  return name === kind ? work[kind] - inLeading : inLeading;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
