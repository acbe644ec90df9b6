import type { App } from '../../app.js';
import { findCopies, type Unseen } from '../../collection/duplicates/find-copies.js';
import { type Because, groupCopies, groupPlaces } from '../../collection/duplicates/group-copies.js';
import { LookCache } from '../../collection/duplicates/look-cache.js';
import { type GroupPage, pageOfGroups } from '../../collection/duplicates/page-of-groups.js';
import { everyReference } from '../../collection/every-reference.js';
import type { Reference } from '../../domain/reference.js';
import { findingsFile } from '../../references/beside-index.js';
import type { StoredReference } from '../../references/reader.js';
import { askedFilter } from '../asked-filter.js';
import type { Invocation, Run } from '../command.js';
import { print, printJson } from '../print.js';
import { Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';
import { KEPT, table } from '../table.js';
import { wholeNumber } from '../whole-number.js';
import { withApp } from '../with-app.js';

interface Group {
  readonly photos: readonly Reference[];
  /** null where none is proposed to be kept, since they are different pictures. */
  readonly because: Because | null;
}

interface Found {
  readonly groups: readonly Group[];
  readonly photos: number;
  readonly unseen: Unseen;
}

const WHY: Readonly<Record<Because, string>> = {
  pixels: 'it has the most pixels',
  bytes: 'of those with the most pixels it has the most bytes',
  facts: 'most is known of it',
  id: 'they are equally good',
};

export const duplicates: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const limit = wholeNumber('limit', invocation.text('limit') ?? '');
    const cursor = invocation.text('cursor');
    // Checked first, so that a wrong cursor is refused before the work.
    pageOfGroups([], limit, cursor);
    const found = await find(app, invocation);
    const page = pageOfGroups(found.groups, limit, cursor);
    const ids = page.groups.flatMap(({ photos }) => photos.map(({ id }) => id));
    const stored = await (await app.index()).reader.getMany(ids);
    if (invocation.on('json')) printJson(shape(invocation.text('kind') ?? '', found, page, stored));
    else print(describe(found, page, stored));
    return undefined;
  });

async function find(app: App, invocation: Invocation): Promise<Found> {
  const filter = (await askedFilter(app, invocation)) ?? {};
  const index = await app.index();
  const references = new Map<string, Reference>();
  for await (const page of everyReference(index.reader, filter)) for (const one of page) references.set(one.id, one);
  const cache = LookCache.open(findingsFile(app.indexFolder()));
  try {
    const pictures = invocation.text('kind') === 'picture';
    const ids = [...references.keys()];
    const [reading, comparing] = [new Progress('looking at photos'), new Progress('comparing')];
    const unseen = pictures
      ? await withStopSignal(reading, (signal) =>
          findCopies({
            ...{ index, cache, ids, filter, signal, pixelsMax: app.config.pixels_max },
            onProgress: (stage, done, total) => (stage === 'reading' ? reading : comparing).count(done, total),
          }),
        ).finally(() => comparing.end())
      : { withoutFile: 0, unreadable: 0 };
    const copies = groupCopies(references, cache.copies());
    const groups: readonly Group[] = pictures
      ? copies
      : groupPlaces(references, copies).map((photos) => ({ photos, because: null }));
    return { groups, photos: references.size, unseen };
  } finally {
    cache.close();
  }
}

function shape(
  kind: string,
  { groups, photos, unseen }: Found,
  page: GroupPage<Group>,
  stored: ReadonlyMap<string, StoredReference>,
) {
  return {
    kind,
    groups: page.groups.map(({ photos: members, because }) => ({
      keep: because === null ? null : members[0]?.id,
      because,
      photos: members.map(({ id, point, width, height, bytes, capturedAt }) => ({
        ...{ id, source: stored.get(id)?.sources[0]?.path ?? null, point, width, height, bytes },
        captured_at: capturedAt,
      })),
    })),
    groups_total: groups.length,
    photos,
    without_file: unseen.withoutFile,
    unreadable: unseen.unreadable,
    cursor: page.cursor,
  };
}

function describe(
  { groups, photos, unseen }: Found,
  page: GroupPage<Group>,
  stored: ReadonlyMap<string, StoredReference>,
): string {
  const shown = page.groups.map(({ photos: members, because }) => {
    const rows = members.map(({ id, width, height, bytes }, i) => [
      ...[because !== null && i === 0 ? '  keep' : '', id.slice(0, 12), `${width}${KEPT}x${KEPT}${height}`, bytes],
      stored.get(id)?.sources[0]?.path ?? '',
    ]);
    const head =
      because === null
        ? `${members.length} pictures of one place`
        : `${members.length} photos of one picture; the first is the best to keep: ${WHY[because]}`;
    return `${head}\n${table(rows, [])}`;
  });
  const extra = groups.reduce((sum, group) => sum + group.photos.length - 1, 0);
  const notes = [
    `${groups.length} ${groups.length === 1 ? 'group' : 'groups'} among ${photos} photos; ${extra} photos beside the first of each. Nothing was deleted.`,
    ...(unseen.withoutFile > 0 ? [`${unseen.withoutFile} could not be compared: their files are not there.`] : []),
    ...(unseen.unreadable > 0 ? [`${unseen.unreadable} could not be compared: their files can’t be read.`] : []),
    ...(page.cursor === null ? [] : [`There are more: --cursor ${page.cursor}`]),
  ];
  return [...shown, notes.join('\n')].join('\n\n');
}
