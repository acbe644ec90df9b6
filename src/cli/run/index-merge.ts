import { resolve } from 'node:path';
import { App } from '../../app.js';
import { fault } from '../../domain/errors.js';
import { type CopyReport, copyIndex } from '../../references/copy-index.js';
import { mergeIndexes } from '../../references/merge-indexes.js';
import { askedFilter } from '../asked-filter.js';
import type { Invocation, Run } from '../command.js';
import { STOPPED } from '../exit-code.js';
import { print, printJson } from '../print.js';
import { Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';

export const indexMerge: Run = async (invocation) => {
  const { config, positionals, on } = invocation;
  const [one, other] = positionals.map((index) => new App({ ...config, index }));
  if (one === undefined || other === undefined) throw fault('usage', 'Expected two indexes to merge.');
  await using first = one;
  await using second = other;
  await using target = new App({ ...config, index: into(invocation) });
  const places = [first, second, target].map((app) => resolve(app.indexLocation()));
  const twice = places.find((place, i) => places.indexOf(place) !== i);
  if (twice !== undefined)
    throw fault('copy_same_place', `Expected two indexes and a third place to merge them in, got ${twice} twice.`);
  const reports = await working((how) =>
    mergeIndexes({
      ...how,
      from: [first, second].map((app) => ({ store: app.store(), name: app.indexLocation() })),
      to: target.store(),
      into: target.indexLocation(),
    }),
  );
  const stopped = reports.some(({ interrupted }) => interrupted);
  const { references } = stopped ? { references: null } : await countsOf(target);
  if (on('json')) printJson({ references, interrupted: stopped, from: reports });
  else if (stopped) print(`Stopped early. Run the same command again to go on.`);
  else {
    const each = reports.map(({ references: count }) => count).join(' and ');
    print(`${references} references are in ${target.indexLocation()}, of ${each}: each is there with its vector.`);
  }
  return stopped ? STOPPED : undefined;
};

export const indexSubset: Run = async (invocation) => {
  const { config, on } = invocation;
  await using source = new App(config);
  await using target = new App({ ...config, index: into(invocation) });
  const names = { from: source.indexLocation(), to: target.indexLocation() };
  if (resolve(names.from) === resolve(names.to))
    throw fault('copy_same_place', `Expected another place for a part of ${names.from}, got the same one.`);
  const filter = await askedFilter(source, invocation);
  if (filter === undefined)
    throw fault('usage', 'Expected what the part is to hold, such as --country; `index copy` copies all of an index.');
  const report: CopyReport = await working((how) =>
    copyIndex({ ...how, filter, names, from: source.store(), to: target.store() }),
  );
  if (on('json')) printJson(report);
  else if (report.interrupted) print(`Stopped early. Run the same command again to go on.`);
  else print(`${report.references} references and ${report.sources} sources are in ${names.to}. It holds these alone.`);
  return report.interrupted ? STOPPED : undefined;
};

type How = Pick<Parameters<typeof copyIndex>[0], 'onProgress' | 'signal'>;

async function working<T>(work: (how: How) => Promise<T>): Promise<T> {
  const [copying, comparing] = [new Progress('copying'), new Progress('comparing')];
  const onProgress = (stage: 'copying' | 'comparing', done: number, total: number) =>
    (stage === 'copying' ? copying : comparing).count(done, total);
  return withStopSignal(copying, (signal) => work({ signal, onProgress })).finally(() => comparing.end());
}

async function countsOf(app: App) {
  return (await app.index()).catalogue.counts();
}

function into({ text }: Invocation): string {
  const value = text('into');
  if (value !== undefined && value !== '') return value;
  throw fault('usage', 'Expected --into INDEX, a folder or the address of a cluster.');
}
