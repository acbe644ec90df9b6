import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { App } from '../../app.js';
import type { ClipModel } from '../../clip/clip-model.js';
import { copyCollection } from '../../collection/copy-collection.js';
import { fault } from '../../domain/errors.js';
import { embedPhoto } from '../../ingest/vector-of-photo.js';
import { profileFile } from '../../references/beside-index.js';
import { type CopyReport, copyIndex } from '../../references/copy-index.js';
import type { IndexModel } from '../../references/reader.js';
import type { Invocation, Run } from '../command.js';
import { STOPPED } from '../exit-code.js';
import { print, printJson } from '../print.js';
import { duration, Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';
import { table } from '../table.js';

const FAILURES_SHOWN = 10;

export const indexCopy: Run = async (invocation) => {
  const { config, on } = invocation;
  const [from, to] = [required(invocation, 'from'), required(invocation, 'to')];
  await using source = new App({ ...config, index: from });
  await using target = new App({ ...config, index: to });
  const names = { from: source.indexLocation(), to: target.indexLocation() };
  if (resolve(names.from) === resolve(names.to)) {
    throw fault('copy_same_place', `Expected another place to copy ${names.from} to, got the same one.`);
  }
  const model = await modelAnew(source);
  const report = await copyWithProgress(source, target, names, model);
  if (on('json')) printJson(report);
  else print(describe(report, names.to, model?.info.name));
  return report.interrupted ? STOPPED : report.failed > 0 ? 1 : undefined;
};

/** Copies one app's index to the other's place, with the profile where that has none. */
export async function copyWithProgress(
  source: App,
  target: App,
  names: { readonly from: string; readonly to: string },
  model: ClipModel | null = null,
): Promise<CopyReport> {
  const copying = new Progress('copying');
  let comparing: Progress | undefined;
  const report = await withStopSignal(copying, (signal) =>
    copyIndex({
      from: source.store(),
      to: target.store(),
      names,
      signal,
      ...(model && { anew: { model: indexModelOf(model), vectorOf: (photo) => embedPhoto(model, photo) } }),
      onProgress: (stage, done, total) => {
        if (stage === 'copying') copying.count(done, total);
        else {
          // Begun only now, so that its rate is right.
          comparing ??= new Progress('comparing');
          comparing.count(done, total);
        }
      },
    }),
  );
  comparing?.end();
  if (report.interrupted) return report;
  // It was fitted to the model.
  if (model === null) await copyProfile(source.indexFolder(), target.indexFolder());
  await copyCollection(source.indexFolder(), target.indexFolder());
  return report;
}

/** The model that was asked for, where the index has another one's vectors. */
async function modelAnew(source: App): Promise<ClipModel | null> {
  if (source.config.model === undefined) return null;
  const model = await source.nextModel();
  if ((await source.store().identity())?.modelId === model.info.id) return null;
  if (model.info.notice) process.stderr.write(`${model.info.notice}\n`);
  return model;
}

function indexModelOf({ info: { id, name, dimension } }: ClipModel): IndexModel {
  return { modelId: id, modelName: name, dimension };
}

async function copyProfile(from: string, to: string): Promise<void> {
  try {
    await copyFile(profileFile(from), profileFile(to), constants.COPYFILE_EXCL);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  }
}

function required({ text }: Invocation, flag: string): string {
  const value = text(flag);
  if (value === undefined || value === '')
    throw fault('usage', `Expected --${flag} INDEX, a folder or the address of a cluster.`);
  return value;
}

function describe(
  { references, sources, copied, before, failed, failures, checksum, interrupted, tookMs }: CopyReport,
  to: string,
  model: string | undefined,
): string {
  const had = before > 0 ? `, ${before} were there before` : '';
  if (interrupted) {
    return `Stopped early; ${copied + before} of ${references} references are in ${to}. Run the same command again to go on.`;
  }
  const copies = `${copied} ${model === undefined ? 'copied' : `embedded by ${model}`} in ${duration(tookMs / 1000)}${had}`;
  const same = `Both hold the same${model === undefined ? '' : ' but for the vectors'}: checksum ${checksum?.slice(0, 12)}.`;
  if (failed === 0) return `${references} references and ${sources} sources are in ${to} (${copies}). ${same}`;
  const shown = table(
    failures.slice(0, FAILURES_SHOWN).map((f) => [`  ${f.code}`, f.path ?? f.id, f.reason]),
    [],
  );
  const more = failed > FAILURES_SHOWN ? '\n  … --json lists more.' : '';
  return `${failed} of ${references} references are not in ${to}, since their photos gave no vector:\n${shown}${more}\nThe others are (${copies}). Bring the photos back and run the same command again, or leave it at these.`;
}
