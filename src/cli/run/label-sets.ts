import { listLabelSets, readLabelSet } from '../../collection/label-sets.js';
import { present } from '../../domain/present.js';
import type { Run } from '../command.js';
import { print, printJson } from '../print.js';
import { table } from '../table.js';

export const labelSetsList: Run = async ({ config, on }) => {
  const listed = listLabelSets(config.data_dir);
  if (on('json')) {
    printJson(
      listed.map(({ name, file, own, set, error }) => ({
        ...{ name, file, own, error, title: set?.title ?? null, kind: set?.kind ?? null },
        ...{ zero_shot: set?.zero_shot ?? null, labels: set?.labels.map((label) => label.name) ?? null },
      })),
    );
    return undefined;
  }
  print(
    table(
      listed.map(({ name, own, set, error }) => [
        ...[name, set === null ? (error ?? '') : set.subject, set?.labels.length ?? ''],
        ...[set === null ? '' : set.zero_shot ? 'weak' : 'off', own ? 'yours' : ''],
      ]),
      ['set', 'about', 'labels', 'zero-shot', ''],
    ),
  );
  return undefined;
};

export const labelSetsShow: Run = async ({ config, positionals, on }) => {
  const set = readLabelSet(config.data_dir, present(positionals[0]));
  if (on('json')) {
    printJson(set);
    return undefined;
  }
  const { source, licence } = set.taxonomy;
  print(`${set.title}: ${set.subject}. ${set.kind === 'exclusive' ? 'One label a photo.' : 'Any number of labels.'}`);
  print(`Source: ${source}. Terms: ${licence}.`);
  print(`Zero-shot ${set.zero_shot ? 'is weak' : 'is off'}. ${set.known}\n`);
  print(
    table(
      set.labels.map(({ name, meaning, sentences }) => [name, meaning, sentences.join(' ')]),
      ['label', 'meaning', 'sentences'],
    ),
  );
  return undefined;
};
