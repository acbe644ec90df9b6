// Seconds per image and caption of each precision that `model add` writes, against transformers on torch's CPU build
// (its best batch) and against graphs that the peer's own tools export and quantise, in the same runtime as ours.
// Rounds are interleaved; medians and ratios within this run. Run `npm run build` first.
//   npm run bench:model -- --checkpoint DIR [--precisions fp32,int8-block,int8] [--rounds 5] [--python python3] [--json]
// DIR: a checkpoint as the hub has it: config, weights, tokenizer, preprocessor.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sessionOptions } from '../dist/clip/encoder-session.js';

const { values: flags } = parseArgs({
  options: {
    checkpoint: { type: 'string' },
    precisions: { type: 'string', default: 'fp32,int8-block,int8' },
    rounds: { type: 'string', default: '5' },
    batches: { type: 'string', default: '1,8' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'boolean', default: false },
  },
});
if (flags.checkpoint === undefined) throw new Error('Expected --checkpoint DIR.');
const checkpoint = resolve(flags.checkpoint);
const here = dirname(fileURLToPath(import.meta.url));
const LENGTH = 16;
/** As `embedTexts` has it. */
const BATCH = 16;
const threads = availableParallelism();
const work = mkdtempSync(join(tmpdir(), 'streetdex-bench-model-'));
const contenders = [];
let peer = null;
try {
  for (const precision of flags.precisions.split(',')) {
    await addModel(precision);
    for (const tower of ['vision', 'text']) {
      const end = precision === 'fp32' ? '' : `_${precision}`;
      contenders.push(
        await session(`ours ${precision}`, tower, join(work, precision, 'onnx', `${tower}_model${end}.onnx`)),
      );
    }
    // Captions of a caption set share batches where the precision is batch-safe.
    if (precision === 'fp32') {
      const file = join(work, precision, 'onnx', 'text_model.onnx');
      contenders.push(await session(`ours fp32, batches of ${BATCH}`, 'text', file, BATCH));
    }
  }
  peer = await startPeer();
  if (peer !== null) {
    const folder = join(work, 'peer');
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
    for (const batch of flags.batches.split(',').map(Number)) {
      contenders.push(peerContender(`torch, batches of ${batch}`, 'vision', { images: batch }));
      contenders.push(peerContender(`torch, batches of ${batch}`, 'text', { captions: 4 * batch, length: LENGTH }));
    }
  }
  for (const one of contenders) await one.run();
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const one of contenders) one.seconds.push(await one.run());
  }
  report();
} finally {
  peer?.end();
  rmSync(work, { recursive: true, force: true });
}

async function addModel(precision) {
  const args = ['dist/cli/main.js', 'model', 'add', checkpoint, '--name', precision, '--precision', precision];
  const child = spawn(process.execPath, [...args, '--models-dir', work], {
    cwd: join(here, '..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`model add ended with ${code}.`);
}

/** The median of a few runs is one round's time: enough for half a second. */
async function session(label, tower, file, batch = 1) {
  const graph = await InferenceSession.create(file, sessionOptions(threads));
  const feeds = {};
  for (const input of graph.inputMetadata) feeds[input.name] = tensorFor(tower, input, batch);
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
  return { label, tower, run, seconds: [] };
}

function tensorFor(tower, input, batch) {
  if (tower === 'vision') {
    const side = Number(input.shape.at(-1)) || 224;
    return new Tensor(
      'float32',
      Float32Array.from({ length: 3 * side * side }, (_, i) => Math.sin(i)),
      [1, 3, side, side],
    );
  }
  const ids = Array.from({ length: LENGTH }, (_, i) => (i === 0 ? 49406 : i === LENGTH - 1 ? 49407 : 320 + 37 * i));
  const rows = Array.from({ length: batch }, () => ids).flat();
  return new Tensor('int64', BigInt64Array.from(rows, BigInt), [batch, LENGTH]);
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

function peerContender(label, tower, order) {
  return { label, tower, run: async () => (await peer.ask(order)).seconds, seconds: [] };
}

function report() {
  const results = {};
  for (const tower of ['vision', 'text']) {
    const rows = contenders.filter((one) => one.tower === tower).map((one) => [one.label, median(one.seconds)]);
    const torch = Math.min(...rows.filter(([label]) => label.startsWith('torch')).map(([, seconds]) => seconds));
    results[tower] = rows.map(([label, seconds]) => ({
      label,
      ms: 1000 * seconds,
      times_torch: Number.isFinite(torch) ? torch / seconds : null,
    }));
  }
  if (flags.json) return console.log(JSON.stringify({ checkpoint, threads, rounds: Number(flags.rounds), results }));
  for (const [tower, rows] of Object.entries(results)) {
    console.log(tower === 'vision' ? 'one image' : `one caption of ${LENGTH} tokens`);
    for (const { label, ms, times_torch } of rows) {
      const ratio = times_torch === null ? '' : `${times_torch.toFixed(2)} x torch's best batch`;
      console.log(`  ${label.padEnd(24)} ${ms.toFixed(1).padStart(9)} ms  ${ratio}`);
    }
  }
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
