import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { chooseDevice } from '../../clip/choose-device.js';
import { openModelFolder, presentPrecisions } from '../../clip/model-folder.js';
import { openClipModel } from '../../clip/open-clip-model.js';
import { preprocess } from '../../clip/preprocess.js';
import { PROBE_CAPTION, probePicture } from '../../clip/probe.js';
import type { Device } from '../../config/devices.js';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { Run } from '../command.js';
import { print, printJson } from '../print.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';

const RUNS = 15;
/** Most time for a precision: a driver without a card takes seconds for a picture. */
const SECONDS_MAX = 20;

interface PrecisionTimes {
  readonly precision: string;
  readonly device: string;
  /** Median for a picture or caption, one at a time. */
  readonly seconds_per_image: number;
  /** The same with several at once, which a card takes in batches. */
  readonly seconds_per_image_together: number;
  readonly batch: number;
  readonly seconds_per_caption: number;
  /** Time for hashing the files, loading both graphs and a first run; on a card also for choosing its batch. */
  readonly load_seconds: number;
  readonly peak_memory_mib: number;
}

export const modelBench: Run = ({ config, positionals, text, on }) =>
  withApp(config, async (app) => {
    const name = present(positionals[0]);
    const folder = app.modelFolder(name);
    const asked = text('precision');
    const there = await presentPrecisions(folder);
    if (asked !== undefined && !there.includes(asked)) {
      throw fault('usage', `Expected --precision ${there.join(', ')}, which ${folder} holds; got ${asked}.`);
    }
    const results: PrecisionTimes[] = [];
    const runs = await runsOf(asked === undefined ? there : [asked], app.config.device);
    const [only] = runs;
    // Each run has a process of its own, since peak memory is a process's.
    if (runs.length === 1 && only !== undefined) results.push(await timeHere(folder, only, config.threads));
    else for (const run of runs) results.push(await timeElsewhere(name, run, app.config));
    if (on('json')) printJson(runs.length === 1 && asked !== undefined ? results[0] : results);
    else {
      const rows = results.map((one) => [
        ...[one.precision, one.device, one.batch],
        ...[one.seconds_per_image, one.seconds_per_image_together, one.seconds_per_caption].map((s) => s.toFixed(4)),
        ...[one.load_seconds.toFixed(2), Math.round(one.peak_memory_mib)],
      ]);
      print(table(rows, ['precision', 'device', 'batch', 's/image', 'together', 's/caption', 'load s', 'peak MiB']));
    }
    return undefined;
  });

interface PrecisionRun {
  readonly precision: string;
  readonly device: Device;
}

/** The runs: each precision on the processor, and on a card those that it can run; on one device alone where it was named. */
async function runsOf(precisions: readonly string[], asked: Device): Promise<PrecisionRun[]> {
  if (asked !== 'auto' && asked !== 'gpu') return precisions.map((precision) => ({ precision, device: asked }));
  const runs: PrecisionRun[] = precisions.map((precision) => ({ precision, device: 'cpu' }));
  for (const precision of precisions) {
    const { provider, because } = await chooseDevice(asked, precision);
    if (provider !== 'cpu') runs.push({ precision, device: provider });
    else process.stderr.write(`${precision}: ${because}\n`);
  }
  return runs;
}

async function timeHere(folder: string, { precision, device }: PrecisionRun, threads: number): Promise<PrecisionTimes> {
  const { preprocess: wanted } = await openModelFolder(folder, undefined, precision);
  const started = performance.now();
  const model = await openClipModel(folder, { precision, device, threads, prepareWorkers: 1 });
  try {
    const loadSeconds = (performance.now() - started) / 1000;
    const picture = preprocess(probePicture(), wanted);
    const image = await median(() => model.encode(picture.slice()));
    const caption = await median(() => model.embedText(PROBE_CAPTION));
    const { batch } = model.encoderState();
    const many = Array.from({ length: 4 * batch }, () => picture);
    const together = await median(() => Promise.all(many.map((one) => model.encode(one.slice(), { wait: true }))));
    return {
      ...{ precision, device, batch },
      seconds_per_image: image,
      seconds_per_image_together: together / many.length,
      seconds_per_caption: caption,
      load_seconds: loadSeconds,
      peak_memory_mib: process.resourceUsage().maxRSS / 1024,
    };
  } finally {
    await model.close();
  }
}

async function timeElsewhere(
  name: string,
  { precision, device }: PrecisionRun,
  config: { readonly models_dir: string; readonly threads: number },
): Promise<PrecisionTimes> {
  const program = present(process.argv[1]);
  const flags = ['--models-dir', config.models_dir, '--threads', String(config.threads), '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[program, 'model', 'bench', name, '--precision', precision, '--device', device],
    ...flags,
  ]);
  return JSON.parse(stdout) as PrecisionTimes;
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const seconds: number[] = [];
  for (let spent = 0; seconds.length < RUNS && spent < SECONDS_MAX; ) {
    const started = performance.now();
    await work();
    seconds.push((performance.now() - started) / 1000);
    spent += present(seconds.at(-1));
  }
  return present(seconds.sort((a, b) => a - b)[seconds.length >> 1]);
}
