import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import type { App } from '../../src/app.js';
import { findCopies } from '../../src/collection/duplicates/find-copies.js';
import { groupCopies } from '../../src/collection/duplicates/group-copies.js';
import { LookCache } from '../../src/collection/duplicates/look-cache.js';
import { everyReference } from '../../src/collection/every-reference.js';
import type { Reference } from '../../src/domain/reference.js';
import { runIngest } from '../../src/ingest/run-ingest.js';
import { findingsFile } from '../../src/references/beside-index.js';
import type { StoredReference } from '../../src/references/reader.js';
import { makeEvaluationWorld } from '../support/evaluation-world.js';
import { putFile } from '../support/temporary-folder.js';

const PIXELS_MAX = 10_000_000;
const MARK = Buffer.from('<svg width="320" height="240"><text x="180" y="225">© us</text></svg>');
const COPIES = [
  (picture: Sharp) => picture.resize(240),
  (picture: Sharp) => picture.extract({ left: 20, top: 20, width: 256, height: 192 }),
  (picture: Sharp) => picture.composite([{ input: MARK }]),
];
let app: App;
let photosFolder: string;
/** The references of before, and what was made of the first ones: `copy-N.jpg`. */
let originals: readonly StoredReference[];
let sourceOf: ReadonlyMap<string, string>;

beforeAll(async () => {
  const world = await makeEvaluationWorld(9, 4, 0);
  app = world.open();
  photosFolder = join(world.folder, 'photos');
  const { reader, photos } = await app.index();
  originals = (await reader.list({ limit: 100 })).references;
  const rows: string[] = [];
  for (const [i, { id, point }] of originals.slice(0, 9).entries()) {
    const picture = sharp((await photos.file(id)) as string);
    const copy = (COPIES[i % COPIES.length] ?? ((one: Sharp) => one))(picture);
    putFile(photosFolder, `copies/copy-${i}.jpg`, await copy.jpeg({ quality: 60 }).toBuffer());
    rows.push(`copy-${i}.jpg,${point.lat},${point.lon}`);
  }
  putFile(photosFolder, 'copies/copies.csv', ['file,lat,lon', ...rows, ''].join('\n'));
  const [model, gazetteer] = [await app.model(), await app.gazetteer()];
  const countryAt = gazetteer.countryAt.bind(gazetteer);
  const sources = [join(photosFolder, 'copies/copies.csv')];
  await app.withWriter((writer) => runIngest({ sources, options: {}, writer, model, countryAt }));
  const listed = (await reader.list({ limit: 100 })).references;
  sourceOf = new Map(listed.map(({ id, sources: [first] }) => [id, first?.path.replace(/^copies\//, '') ?? '']));
}, 300_000);

afterAll(() => app?.close());

async function search(
  options: { file?: string; pixelsMax?: number; signal?: AbortSignal; progress?: (stage: string) => void } = {},
) {
  const index = await app.index();
  const references = new Map<string, Reference>();
  for await (const page of everyReference(index.reader, {})) for (const one of page) references.set(one.id, one);
  const cache = LookCache.open(options.file ?? findingsFile(app.indexFolder()));
  try {
    const unseen = await findCopies({
      ...{ index, cache, ids: [...references.keys()], filter: {}, pixelsMax: options.pixelsMax ?? PIXELS_MAX },
      ...(options.signal && { signal: options.signal }),
      onProgress: (stage) => options.progress?.(stage),
    });
    return { unseen, references, groups: groupCopies(references, cache.copies()), looks: cache.count() };
  } finally {
    cache.close();
  }
}

describe('the copies in an index', () => {
  it('are found with their originals, which are the best to keep, and nothing else is', async () => {
    const { groups, references, unseen, looks } = await search();
    expect(unseen).toEqual({ withoutFile: 0, unreadable: 0 });
    expect(looks).toBe(references.size);
    const named = groups.map(({ photos }) => photos.map(({ id }) => sourceOf.get(id)));
    const wanted = originals.slice(0, 9).map(({ id }, i) => [sourceOf.get(id), `copy-${i}.jpg`]);
    expect(named.sort()).toEqual(wanted.sort());
    // A watermarked one has as many pixels; encoded anew it has fewer bytes.
    for (const { because } of groups) expect(['pixels', 'bytes']).toContain(because);
  });

  it('are found again without a look at any photo', async () => {
    const first = await search();
    const away = `${photosFolder}-away`;
    renameSync(photosFolder, away);
    try {
      const again = await search();
      expect(again.groups).toEqual(first.groups);
      expect(again.unseen).toEqual({ withoutFile: 0, unreadable: 0 });
    } finally {
      renameSync(away, photosFolder);
    }
  });

  it('are not looked for among photos whose files are gone, which are counted', async () => {
    const away = `${photosFolder}-away`;
    renameSync(photosFolder, away);
    try {
      const { unseen, references, groups } = await search({ file: join(photosFolder, '../other.sqlite') });
      expect(unseen).toEqual({ withoutFile: references.size, unreadable: 0 });
      expect(groups).toEqual([]);
    } finally {
      renameSync(away, photosFolder);
    }
  });

  it('are not looked for among photos that can’t be decoded, which are counted', async () => {
    const { unseen, references } = await search({ file: join(photosFolder, '../small.sqlite'), pixelsMax: 100 });
    expect(unseen).toEqual({ withoutFile: 0, unreadable: references.size });
  });

  it.each(['reading', 'comparing'])('are found by the next search where one was stopped while %s', async (at) => {
    const file = join(photosFolder, `../stopped-${at}.sqlite`);
    const stop = new AbortController();
    const stopped = search({ file, signal: stop.signal, progress: (stage) => stage === at && stop.abort() });
    if (at === 'reading') await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
    else await stopped.catch((error: unknown) => expect(error).toMatchObject({ code: 'interrupted' }));
    expect(existsSync(file)).toBe(true);
    expect((await search({ file })).groups).toEqual((await search()).groups);
  });
});
