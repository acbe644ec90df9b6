import { drawSample } from '../../collection/labels/samples.js';
import { population } from '../../collection/population.js';
import type { EstimatedShare } from '../../collection/shares/estimate-shares.js';
import { type SharesAnswer, sharesOfSet } from '../../collection/shares/shares-of-set.js';
import { askedFilter } from '../asked-filter.js';
import type { Run } from '../command.js';
import { print, printJson } from '../print.js';
import { table } from '../table.js';
import { wholeNumber } from '../whole-number.js';
import { withApp } from '../with-app.js';
import { askedSet, keepLabels, writePhotos } from './probe.js';

export const share: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const set = askedSet(invocation);
    const by = invocation.text('by') ?? null;
    const filter = await askedFilter(app, invocation);
    const [collection, { reader }, tags] = [await app.collection(), await app.index(), await app.tags()];
    const answer = await sharesOfSet(
      { set, filter, by },
      { collection, reader, tags, gazetteer: () => app.gazetteer() },
    );
    if (invocation.on('json')) printJson({ ...answer, by });
    else describe(answer, by);
    return undefined;
  });

export const label: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const set = askedSet(invocation);
    const [file] = invocation.positionals;
    if (file !== undefined) {
      const { labelled, empty, unknown } = await keepLabels(app, set, file);
      if (invocation.on('json')) printJson({ set: set.id, labelled: labelled.length, empty, unknown });
      else
        print(
          `${labelled.length} labels are kept${empty > 0 ? `, ${empty} photos have none yet` : ''}. See: streetdex share --set ${set.id}.`,
        );
      return undefined;
    }
    const n = wholeNumber('n', invocation.text('n') ?? '');
    const filter = await askedFilter(app, invocation);
    const photos = await population((await app.index()).reader, filter);
    const sample = drawSample(await app.collection(), set.id, { photos, filter, n });
    await writePhotos(app, invocation, sample.ids, sample.id);
    return undefined;
  });

function describe({ photos, method, groups, notices }: SharesAnswer, by: string | null): void {
  print(
    `${photos} photos. ${method === 'sample' ? 'From labels of photos drawn at random.' : 'From a probe alone.'} Intervals hold 90 %.`,
  );
  for (const { group, photos: own, labelled, shares } of groups) {
    if (by !== null) print(`\n${group}: ${own} photos, ${labelled} of them labelled`);
    const said = shares.filter(({ share: value }) => value !== null);
    if (said.length === 0) print('  too few labels');
    else print(table(said.map(row), ['label', 'share', 'of these photos', 'of walks like these']));
  }
  print('');
  for (const notice of notices) print(notice);
}

function row({ label: name, share: value, low, high, walks }: EstimatedShare): string[] {
  const percent = (part: number | null) => (part === null || Number.isNaN(part) ? '?' : `${(100 * part).toFixed(1)} %`);
  return [
    ...[name, percent(value), `${percent(low)} to ${percent(high)}`],
    walks === null ? '' : `${percent(walks.low)} to ${percent(walks.high)}`,
  ];
}
