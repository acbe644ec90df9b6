import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openModelFolder, presentPrecisions } from '../../clip/model-folder.js';
import { openClipModel } from '../../clip/open-clip-model.js';
import { preprocess } from '../../clip/preprocess.js';
import { PROBE_CAPTION, probePicture } from '../../clip/probe.js';
import { callerError } from '../../domain/errors.js';
import type { Run } from '../command.js';
import { print, printJson } from '../print.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';

const RUNS = 15;

interface PrecisionTimes {
  readonly precision: string;
  /** Medians, one at a time. */
  readonly seconds_per_image: number;
  readonly seconds_per_caption: number;
  /** Hashing the files, loading both graphs and a first run. */
  readonly load_seconds: number;
  readonly peak_memory_mib: number;
}

export const modelBench: Run = ({ config, positionals, text, on }) =>
  withApp(config, async (app) => {
    const name = positionals[0] as string;
    const folder = app.modelFolder(name);
    const asked = text('precision');
    const present = await presentPrecisions(folder);
    if (asked !== undefined && !present.includes(asked)) {
      throw callerError('usage', `Expected --precision ${present.join(', ')}, which ${folder} holds; got ${asked}.`);
    }
    const results: PrecisionTimes[] = [];
    // Each in a process of its own: peak memory is a process's.
    if (asked !== undefined) results.push(await timeHere(folder, asked, config.threads));
    else for (const precision of present) results.push(await timeElsewhere(name, precision, app.config));
    if (on('json')) printJson(asked === undefined ? results : results[0]);
    else {
      const rows = results.map((one) => [
        one.precision,
        ...[one.seconds_per_image, one.seconds_per_caption].map((seconds) => seconds.toFixed(4)),
        ...[one.load_seconds.toFixed(2), Math.round(one.peak_memory_mib)],
      ]);
      print(table(rows, ['precision', 's/image', 's/caption', 'load s', 'peak MiB']));
    }
    return undefined;
  });

async function timeHere(folder: string, precision: string, threads: number): Promise<PrecisionTimes> {
  const { preprocess: wanted } = await openModelFolder(folder, undefined, precision);
  const started = performance.now();
  const model = await openClipModel(folder, { precision, threads, prepareWorkers: 1 });
  try {
    const loadSeconds = (performance.now() - started) / 1000;
    const picture = preprocess(probePicture(), wanted);
    const image = await median(() => model.encode(picture.slice()));
    const caption = await median(() => model.embedText(PROBE_CAPTION));
    return {
      precision,
      seconds_per_image: image,
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
  precision: string,
  config: { readonly models_dir: string; readonly threads: number },
): Promise<PrecisionTimes> {
  const program = process.argv[1] as string;
  const flags = ['--models-dir', config.models_dir, '--threads', String(config.threads), '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[program, 'model', 'bench', name, '--precision', precision],
    ...flags,
  ]);
  return JSON.parse(stdout) as PrecisionTimes;
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now();
    await work();
    seconds.push((performance.now() - started) / 1000);
  }
  return seconds.sort((a, b) => a - b)[RUNS >> 1] as number;
}
