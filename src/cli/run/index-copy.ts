import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { App } from '../../app.js';
import { copyCollection } from '../../collection/copy-collection.js';
import { fault } from '../../domain/errors.js';
import { profileFile } from '../../references/beside-index.js';
import { type CopyReport, copyIndex } from '../../references/copy-index.js';
import type { Invocation, Run } from '../command.js';
import { STOPPED } from '../exit-code.js';
import { print, printJson } from '../print.js';
import { duration, Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';

export const indexCopy: Run = async (invocation) => {
  const { config, on } = invocation;
  const [from, to] = [required(invocation, 'from'), required(invocation, 'to')];
  await using source = new App({ ...config, index: from });
  await using target = new App({ ...config, index: to });
  const names = { from: source.indexLocation(), to: target.indexLocation() };
  if (resolve(names.from) === resolve(names.to)) {
    throw fault('copy_same_place', `Expected another place to copy ${names.from} to, got the same one.`);
  }
  const report = await copyWithProgress(source, target, names);
  if (on('json')) printJson(report);
  else print(describe(report, names.to));
  return report.interrupted ? STOPPED : undefined;
};

/** Copies one app's index to the other's place, with the profile where that has none. */
export async function copyWithProgress(
  source: App,
  target: App,
  names: { readonly from: string; readonly to: string },
): Promise<CopyReport> {
  const copying = new Progress('copying');
  let comparing: Progress | undefined;
  const report = await withStopSignal(copying, (signal) =>
    copyIndex({
      from: source.store(),
      to: target.store(),
      names,
      signal,
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
  if (!report.interrupted) {
    await copyProfile(source.indexFolder(), target.indexFolder());
    await copyCollection(source.indexFolder(), target.indexFolder());
  }
  return report;
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
  { references, sources, copied, before, checksum, interrupted, tookMs }: CopyReport,
  to: string,
): string {
  const had = before > 0 ? `, ${before} were there before` : '';
  if (interrupted) {
    return `Stopped early; ${copied + before} of ${references} references are in ${to}. Run the same command again to go on.`;
  }
  return `${references} references and ${sources} sources are in ${to} (${copied} copied in ${duration(tookMs / 1000)}${had}). Both hold the same: checksum ${checksum?.slice(0, 12)}.`;
}
