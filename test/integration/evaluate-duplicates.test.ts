import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { App } from '../../src/app.js';
import { gatherQueries } from '../../src/evaluate/gather-queries.js';
import type { ManifestQueries } from '../../src/evaluate/query-set.js';
import { runEvaluation } from '../../src/evaluate/run-evaluation.js';
import { summarise } from '../../src/evaluate/summarise.js';
import { distanceKm } from '../../src/geo/distance.js';
import type { StoredReference } from '../../src/references/reader.js';
import { type EvaluationWorld, makeEvaluationWorld } from '../support/evaluation-world.js';
import { putFile } from '../support/temporary-folder.js';

let world: EvaluationWorld;
let app: App;
/** Honest photos and copies of references, each where it was taken. */
let mixed: string;
let references: readonly StoredReference[];
/** By the file's name. */
let copies: ReadonlyMap<string, StoredReference>;

beforeAll(async () => {
  world = await makeEvaluationWorld();
  app = world.open();
  const { reader, photos } = await app.index();
  references = (await reader.list({ limit: 100 })).references;
  const honest = readFileSync(world.manifest, 'utf8').trimEnd().split('\n');
  const lines: string[] = [];
  const made = new Map<string, StoredReference>();
  for (const [i, reference] of references.slice(0, 8).entries()) {
    const { point, author, id } = reference;
    const picture = sharp((await photos.file(id)) as string);
    const copy = i % 2 === 0 ? picture.resize(260) : picture.extract({ left: 9 * i, top: 0, width: 256, height: 192 });
    const name = `copy-${i}.jpg`;
    putFile(world.folder, `queries/${name}`, await copy.jpeg({ quality: 60 }).toBuffer());
    made.set(name, reference);
    lines.push(`${name},${point.lat},${point.lon},${author},`);
  }
  copies = made;
  putFile(world.folder, 'queries/mixed.csv', [...honest, ...lines, ''].join('\n'));
  mixed = join(world.folder, 'queries/mixed.csv');
}, 300_000);

afterAll(() => app?.close());

const gather = (options: Partial<ManifestQueries> = {}) => gatherQueries(app, { manifest: mixed, ...options });

async function within1Km(options: Partial<ManifestQueries>): Promise<number> {
  const { queries } = await gather(options);
  const results = await runEvaluation(queries, await app.locator(), await app.gazetteer());
  // The nearest photo alone, as a copy gives itself away there whatever the blend makes of it.
  const near = results.filter(({ truth, evidence }) => {
    const [first] = evidence.neighbours;
    return first !== undefined && distanceKm(first.point, truth) < 1;
  });
  return near.length / results.length;
}

describe('near-duplicates in a manifest', () => {
  it('are found with the reference that they show, left out, and said to be', async () => {
    const { queries, skipped, nearDuplicates, inIndex } = await gather();
    expect(nearDuplicates?.leftOut).toBe(true);
    expect(new Map(nearDuplicates?.found.map(({ id, reference }) => [id, reference]))).toEqual(
      new Map([...copies].map(([name, { id }]) => [name, id])),
    );
    for (const { correlation } of nearDuplicates?.found ?? []) expect(correlation).toBeGreaterThan(0.96);
    expect(nearDuplicates?.unknown).toEqual([]);
    expect(queries.map(({ id }) => id)).toEqual(world.rows.map(({ file }) => file));
    expect(skipped.map(({ id, code }) => `${id} ${code}`)).toEqual(
      [...copies.keys()].map((id) => `${id} near_duplicate`),
    );
    expect(inIndex).toEqual([]);
  });

  it('flatter the figures where they are kept', async () => {
    const kept = await gather({ duplicates: 'keep' });
    expect(kept.queries).toHaveLength(world.rows.length + copies.size);
    expect(kept.skipped).toEqual([]);
    expect(kept.nearDuplicates).toMatchObject({ leftOut: false, found: { length: copies.size } });
    const [with_, without] = [await within1Km({ duplicates: 'keep' }), await within1Km({})];
    expect(with_).toBeGreaterThan(without + 0.2);
    const { queries, skipped, inIndex, nearDuplicates } = kept;
    const results = await runEvaluation(queries, await app.locator(), await app.gazetteer());
    const about = { date: '', model: { id: 'm', name: 'm' }, index: null, profile: null, cities: [] };
    const evaluation = summarise(results, { ...about, protocol: 'p', skipped, inIndex, nearDuplicates });
    expect(evaluation.near_duplicates).toMatchObject({ left_out: false, queries: { length: copies.size } });
  });

  it('are found again when every vector is known', async () => {
    const first = await gather();
    const second = await gather();
    expect(second.embedded).toBe(0);
    expect(second.nearDuplicates).toEqual(first.nearDuplicates);
  });

  it('give nothing away where the reference may not speak', async () => {
    const { nearDuplicates, queries } = await gather({ exclude: ['place'] });
    expect(nearDuplicates?.found).toEqual([]);
    expect(queries).toHaveLength(world.rows.length + copies.size);
  });

  it('are not looked for where the index is not asked', async () => {
    const { nearDuplicates, queries } = await gather({ duplicates: 'not_looked_for' });
    expect(nearDuplicates).toBeNull();
    expect(queries).toHaveLength(world.rows.length + copies.size);
  });

  it('may be any photo whose near neighbour’s file is gone, which is said', async () => {
    const [photos, away] = [join(world.folder, 'photos'), join(world.folder, 'away')];
    renameSync(photos, away);
    try {
      const { nearDuplicates, queries } = await gather();
      expect(nearDuplicates?.found).toEqual([]);
      expect(nearDuplicates?.unknown).toEqual(expect.arrayContaining([...copies.keys()]));
      expect(queries).toHaveLength(world.rows.length + copies.size);
    } finally {
      renameSync(away, photos);
      expect(readdirSync(photos).length).toBeGreaterThan(0);
    }
  });
});

describe('leaving out what is a photo’s own, with a manifest', () => {
  it.each([[['author']], [['sequence']], [['place']], [['author', 'place']]] as const)(
    'keeps it out of the evidence: %j',
    async (exclude) => {
      const { reader } = await app.index();
      const { queries, description } = await gather({ exclude, duplicates: 'keep' });
      const results = await runEvaluation(queries, await app.locator(), await app.gazetteer());
      const authors = new Map(
        [...readFileSync(mixed, 'utf8').trim().split('\n')].map((line) => [line.split(',')[0], line.split(',')[3]]),
      );
      for (const { id, truth, evidence } of results) {
        const shown = await Promise.all(evidence.neighbours.map((neighbour) => reader.get(neighbour.id)));
        const names: readonly string[] = exclude;
        if (names.includes('author')) expect(shown.map((one) => one?.author)).not.toContain(authors.get(id));
        if (names.includes('place'))
          for (const one of shown) expect(distanceKm(one?.point ?? truth, truth)).toBeGreaterThan(25);
      }
      if (exclude[0] === 'place') expect(new Set(queries.map(({ part }) => part))).toEqual(new Set(['unindexed']));
      expect(description.text).toMatch(/left out$/);
    },
  );

  it('leaves out the photo’s own walk', async () => {
    const walk = references[0] as StoredReference;
    const row = `copy-0.jpg,${walk.point.lat},${walk.point.lon},,${walk.sequence}`;
    putFile(world.folder, 'queries/walk.csv', ['file,lat,lon,author,sequence', row, ''].join('\n'));
    const { queries } = await gatherQueries(app, {
      ...{ manifest: join(world.folder, 'queries/walk.csv'), exclude: ['sequence'], duplicates: 'keep' },
    });
    expect(queries[0]?.filter).toEqual({ exclude: { sequence: [walk.sequence] } });
  });

  it('skips a photo whose author is to be left out and is not known', async () => {
    const point = `${references[0]?.point.lat},${references[0]?.point.lon}`;
    putFile(
      world.folder,
      'queries/nobody.csv',
      `file,lat,lon,author,sequence\n0-3.jpg,${point},,\n0-4.jpg,${point},ann,\n`,
    );
    const { skipped, queries } = await gatherQueries(app, {
      ...{ manifest: join(world.folder, 'queries/nobody.csv'), exclude: ['author'] },
    });
    expect(skipped).toMatchObject([{ id: '0-3.jpg', code: 'author_unknown' }]);
    expect(queries.map(({ id, filter }) => [id, filter])).toEqual([['0-4.jpg', { exclude: { author: ['ann'] } }]]);
  });
});
