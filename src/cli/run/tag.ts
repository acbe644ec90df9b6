import type { App } from '../../app.js';
import { readLabelSet } from '../../collection/label-sets.js';
import { taggerOf } from '../../collection/probes/tagger-of.js';
import { tagIndex } from '../../collection/tags/tag-index.js';
import { fault } from '../../domain/errors.js';
import type { Run } from '../command.js';
import { STOPPED } from '../exit-code.js';
import { print, printJson } from '../print.js';
import { Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';

export const tag: Run = ({ config, text, on }) =>
  withApp(config, async (app) => {
    const names = text('set')
      ?.split(',')
      .filter((name) => name !== '');
    if (names === undefined) return show(app, on('json'));
    if (names.length === 0) throw fault('usage', 'Expected the names of label sets: --set road-surface,light.');
    const sets = [...new Set(names)].map((name) => readLabelSet(config.data_dir, name));
    const [model, { reader }, collection] = [await app.model('throughput'), await app.index(), await app.collection()];
    const taggers = sets.map((set) => taggerOf(set, collection, reader.modelId, model));
    const progress = new Progress('tagging');
    const report = await withStopSignal(progress, (signal) =>
      tagIndex(taggers, { collection, reader }, { signal, onProgress: (done, total) => progress.count(done, total) }),
    );
    const weak = taggers.filter(({ madeBy }) => madeBy === 'sentences').map(({ name }) => name);
    if (on('json')) printJson({ ...report, sets: names, weak });
    else {
      const left = report.references - report.tagged;
      const others = report.interrupted
        ? '; it was stopped, and the same command goes on'
        : left > 0
          ? `, the other ${left} had their tags`
          : '';
      print(`${report.tagged} of ${report.references} photos were tagged now${others}.`);
      if (weak.length > 0)
        print(`By sentences alone, which is weak: ${weak.join(', ')}. Some labels of yours beat any wording.`);
      if (model.info.notice !== null) print(model.info.notice);
    }
    return report.interrupted ? STOPPED : undefined;
  });

async function show(app: App, json: boolean): Promise<undefined> {
  const { reader, catalogue } = await app.index();
  const states = (await app.tags()).states(reader.modelId);
  const { references } = await catalogue.counts();
  if (json) printJson({ references, sets: states });
  else if (states.length === 0)
    print('No photo is tagged yet. Tag them: streetdex tag --set NAME (`streetdex label-sets list`).');
  else {
    print(
      table(
        states.map(({ name, made_by, tagged, stale, tagged_at }) => [
          ...[name, made_by === 'probe' ? 'your labels' : 'sentences (weak)', tagged],
          stale
            ? 'stale: tag anew'
            : tagged < references
              ? `${references - tagged} photos are not`
              : tagged_at.slice(0, 10),
        ]),
        ['set', 'by', 'photos', ''],
      ),
    );
  }
  return undefined;
}
