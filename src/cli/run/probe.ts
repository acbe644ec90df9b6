import { readFileSync } from 'node:fs';
import type { App } from '../../app.js';
import type { LabelSet } from '../../collection/label-set.js';
import { readLabelSet } from '../../collection/label-sets.js';
import { LabelStore } from '../../collection/labels/label-store.js';
import { type LabelTable, readLabelTable } from '../../collection/labels/read-label-table.js';
import { labelTable } from '../../collection/labels/write-label-table.js';
import { population } from '../../collection/population.js';
import { learnSet } from '../../collection/probes/learn-set.js';
import {
  keepProbe,
  listProbes,
  type Probe,
  type ProbeTask,
  parseProbe,
  probeFile,
  readProbe,
} from '../../collection/probes/probe.js';
import { teachingPhotos } from '../../collection/probes/teaching-photos.js';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { replaceFile } from '../../store/atomic-write.js';
import { askedFilter } from '../asked-filter.js';
import type { Invocation, Run } from '../command.js';
import { print, printJson } from '../print.js';
import { table } from '../table.js';
import { wholeNumber } from '../whole-number.js';
import { withApp } from '../with-app.js';

export const train: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const set = askedSet(invocation);
    const [file] = invocation.positionals;
    const { reader } = await app.index();
    if (file !== undefined) await keepLabels(app, set, file);
    const parts = { collection: await app.collection(), reader, model: () => app.model() };
    const probe = await learnSet(set, parts, invocation.on('force'));
    if (invocation.on('json')) printJson(shown(probe));
    else {
      describe(probe);
      print(nextStep(probe));
    }
    return undefined;
  });

/** Stores a table's labels, and reports what was not used. @throws as `readLabelTable` */
export async function keepLabels(app: App, set: LabelSet, file: string): Promise<LabelTable> {
  const read = await readLabelTable(file, set, (await app.index()).reader);
  new LabelStore(await app.collection()).put(set.id, read.labelled);
  if (read.unknown.length > 0) {
    const some = read.unknown.slice(0, 3).join(', ');
    process.stderr.write(
      `${read.unknown.length} photos of ${file} are not in the index and were left out: ${some}${read.unknown.length > 3 ? ', …' : ''}.\n`,
    );
  }
  return read;
}

export const next: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const set = askedSet(invocation);
    const n = wholeNumber('n', invocation.text('n') ?? '');
    const { reader } = await app.index();
    const [collection, tags] = [await app.collection(), await app.tags()];
    const photos = await population(reader, await askedFilter(app, invocation));
    const like = invocation.text('like');
    const asked = { n, ...(like === undefined ? {} : { like }) };
    await writePhotos(app, invocation, await teachingPhotos(set.id, photos, asked, { collection, reader, tags }), null);
    return undefined;
  });

/** Prints photos to be labelled, or writes them to `--out`. @param sample as `labelTable` takes it */
export async function writePhotos(
  app: App,
  { text, on }: Invocation,
  ids: readonly string[],
  sample: number | null,
): Promise<void> {
  const stored = await (await app.index()).reader.getMany(ids);
  const references = ids.flatMap((id) => stored.get(id) ?? []);
  const out = text('out');
  if (out !== undefined) {
    replaceFile(out, labelTable(references, sample));
    print(
      `${references.length} photos are in ${out}. Fill in the column label and give the table to the same command, or to \`streetdex probe train\`.`,
    );
  } else if (on('json'))
    printJson({
      sample,
      photos: references.map(({ id, point, sources }) => ({ id, point, source: sources[0]?.path ?? null })),
    });
  else process.stdout.write(labelTable(references, sample));
}

export const list: Run = ({ config, on }) =>
  withApp(config, async (app) => {
    const collection = await app.collection();
    const { modelId } = (await app.index()).reader;
    const probes = listProbes(collection).map((set) => {
      try {
        return { set, probe: readProbe(collection, set, modelId), error: null };
      } catch (error) {
        return { set, probe: null, error: (error as Error).message };
      }
    });
    if (on('json'))
      printJson(probes.map(({ set, probe, error }) => ({ set, error, ...(probe === null ? {} : shown(probe)) })));
    else if (probes.length === 0) print('Nothing was learnt yet. Label photos: streetdex probe next --set NAME.');
    else {
      print(
        table(
          probes.map(({ set, probe, error }) =>
            probe === null
              ? [set, '', '', error ?? '']
              : [set, photosOf(probe), accuracyOf(present(probe.tasks[0])), useOf(probe)],
          ),
          ['set', 'photos', 'balanced accuracy', ''],
        ),
      );
    }
    return undefined;
  });

export const show: Run = ({ config, positionals, on }) =>
  withApp(config, async (app) => {
    const set = present(positionals[0]);
    const probe = readProbe(await app.collection(), set, (await app.index()).reader.modelId);
    if (probe === null)
      throw fault(
        'probe_not_found',
        `Expected a probe of ${set}, but there is none. Train one: streetdex probe train LABELS.csv --set ${set}.`,
      );
    if (on('json')) printJson(shown(probe));
    else describe(probe);
    return undefined;
  });

export const add: Run = ({ config, positionals, on }) =>
  withApp(config, async (app) => {
    const file = present(positionals[0]);
    const probe = parseProbe(read(file), file, (await app.index()).reader.modelId);
    const collection = await app.collection();
    keepProbe(collection, probe);
    if (on('json')) printJson(shown(probe));
    else print(`It is ${probeFile(collection, probe.set)} now. ${nextStep(probe)}`);
    return undefined;
  });

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fault('unreadable', `Expected to read the probe ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws `usage`, and what `readLabelSet` throws */
export function askedSet({ config, text }: Pick<Invocation, 'config' | 'text'>): LabelSet {
  const name = text('set');
  if (name === undefined || name === '')
    throw fault('usage', 'Expected a label set: --set NAME. `streetdex label-sets list` shows them.');
  return readLabelSet(config.data_dir, name);
}

/** Without the fields that only a program can use. */
function shown({ tasks, ...probe }: Probe) {
  return { ...probe, tasks: tasks.map(({ models: _, shares: __, ...task }) => task) };
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const photosOf = ({ tasks }: Probe) => Math.max(...tasks.map(({ photos }) => photos.reduce((a, b) => a + b, 0)));

function accuracyOf({ balanced_accuracy: { value, low, high } }: ProbeTask): string {
  return `${percent(value)} (${percent(low)} to ${percent(high)})`;
}

function useOf({ better, forced }: Probe): string {
  if (better) return 'in use';
  return forced ? 'in use, by force' : 'not in use: not better than sentences or chance';
}

function nextStep(probe: Probe): string {
  return probe.better || probe.forced
    ? `Tag the photos by it: streetdex tag --set ${probe.set}.`
    : `It is kept but not in use, since it may be no better than what was there before. More labels help: streetdex probe next --set ${probe.set}.`;
}

function describe(probe: Probe): void {
  for (const task of probe.tasks) {
    const names = task.labels.length === 1 ? [`not ${task.labels[0]}`, present(task.labels[0])] : task.labels;
    const { zero_shot: zeroShot } = task;
    print(
      `${task.labels.length === 1 ? task.labels[0] : probe.set}: ${task.photos.reduce((a, b) => a + b, 0)} labelled photos.`,
    );
    print(
      `Balanced accuracy ${accuracyOf(task)}${zeroShot === null ? '' : `, by sentences ${percent(zeroShot.value)} (${percent(zeroShot.low)} to ${percent(zeroShot.high)})`}, by chance ${percent(task.chance)}. Of photos by walks or authors that it had not seen; intervals hold 90 %.`,
    );
    print(`What it promises is off by ${percent(task.reliability.calibration_error)} in the mean.`);
    print(
      table(
        task.confusion.map((row, k) => [present(names[k]), ...row]),
        ['is / taken for', ...names],
      ),
    );
  }
  if (probe.left_out.length > 0) print(`Too few photos to be learnt: ${probe.left_out.join(', ')}.`);
}
