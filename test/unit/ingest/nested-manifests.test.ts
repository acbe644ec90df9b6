import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { openSource } from '../../../src/ingest/sources/open-source.js';
import { Bench } from '../../support/ingest-bench.js';
import { makePhoto } from '../../support/make-photo.js';
import { collectSource } from '../../support/source-items.js';
import { putFile, temporaryFolder } from '../../support/temporary-folder.js';

const NOTHING = { added: 0, updated: 0, linked: 0, unchanged: 0, failed: 0 };
const plain: Buffer[] = [];
let placed: Buffer;

beforeAll(async () => {
  for (let i = 0; i < 5; i++) plain.push(await makePhoto(400 + i));
  placed = await makePhoto(410, { lat: 60, lon: 5 });
});

const photo = (i: number) => plain[i] as Buffer;
const latitudes = (bench: Bench) =>
  bench
    .points()
    .map(({ lat }) => lat)
    .sort((a, b) => a - b);

describe('manifests of folders below the one that is ingested', () => {
  it('name the photos of their own folders, the nearest first, and a parent’s the rest', async () => {
    const folder = temporaryFolder({
      'labels.csv': 'file,lat,lon\na/1.jpg,10,1\na/2.jpg,11,1\nb/c/1.jpg,12,1\nz.jpg,13,1\n',
      'a/manifest.csv': 'file,lat,lon\n1.jpg,20,1\n',
      'a/1.jpg': '',
      'a/2.jpg': '',
      'b/metadata.tsv': 'file\tlat\tlon\n1.jpg\t30\t1\nc/1.jpg\t31\t1\n',
      'b/1.jpg': '',
      'b/c/1.jpg': '',
      'b/c/2.jpg': '',
      'z.jpg': '',
    });
    const { photos, notes } = await collectSource(await openSource(folder));
    expect(photos.map(({ path, manifest }) => [path, manifest?.point?.lat ?? null])).toEqual([
      ['a/1.jpg', 20],
      ['a/2.jpg', 11],
      ['b/1.jpg', 30],
      ['b/c/1.jpg', 31],
      ['b/c/2.jpg', null],
      ['z.jpg', 13],
    ]);
    expect(photos.map(({ manifestFile }) => manifestFile?.slice(folder.length + 1) ?? null)).toEqual([
      'a/manifest.csv',
      'labels.csv',
      'b/metadata.tsv',
      'b/metadata.tsv',
      null,
      'labels.csv',
    ]);
    const said = notes.notices.join('\n');
    expect(said).toContain('Positions and more of 3 photos are taken from 2 manifests in folders below');
    expect(said).toContain('2 rows name photos that a manifest nearer to them names too');
    expect(notes.ignoredByExtension.size).toBe(0);
  });

  it('are read by the strongest name where a folder has two, and the other is said', async () => {
    const folder = temporaryFolder({
      'a/labels.csv': 'file,lat,lon\n1.jpg,10,1\n',
      'a/manifest.csv': 'file,lat,lon\n1.jpg,20,1\n',
      'a/1.jpg': '',
    });
    const { photos, notes } = await collectSource(await openSource(folder));
    expect(photos[0]?.manifest?.point?.lat).toBe(10);
    expect(notes.notices.join('\n')).toContain(`manifest.csv in ${join(folder, 'a')} was not read, since labels.csv`);
  });

  it('that can’t be used fail with their folder’s photos, and the rest goes on', async () => {
    const good = 'file,lat,lon\n1.jpg,10,1\n2.jpg,11,120\n';
    const folder = temporaryFolder({
      'a/labels.csv': good,
      'a/1.jpg': placed,
      'a/2.jpg': photo(1),
      'a/deep/labels.csv': 'file,lat,lon\n3.jpg,12,1\n',
      'a/deep/3.jpg': photo(2),
      'b/labels.csv': 'file,lat,lon\n4.jpg,13,1\n',
      'b/4.jpg': photo(3),
    });
    const bench = new Bench();
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 4 });
    putFile(folder, 'a/labels.csv', 'file,lat,lon\n1.jpg,151.2,-33.8\n2.jpg,150,-33\n');
    for (const report of [await bench.plan(folder), await bench.run(folder)])
      expect(report).toMatchObject({ ...NOTHING, unchanged: 2, failed: 3, withdrawn: 0 });
    expect(bench.failures().sort()).toEqual([
      ['a/', 'manifest_columns_swapped'],
      ['a/1.jpg', 'manifest_columns_swapped'],
      ['a/2.jpg', 'manifest_columns_swapped'],
    ]);
    expect(latitudes(bench)).toEqual([10, 11, 12, 13]);
    putFile(folder, 'a/labels.csv', good);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, unchanged: 4 });
    expect(bench.failures()).toEqual([]);
  });
});

describe('what a nested manifest said of a photo', () => {
  it.each<[string, (folder: string) => void]>([
    ['a row that was removed', (folder) => putFile(folder, 'p/a/labels.csv', 'file,lat,lon\n2.jpg,11,1\n')],
    ['a row that was emptied', (folder) => putFile(folder, 'p/a/labels.csv', 'file,lat,lon\n1.jpg,,\n2.jpg,11,1\n')],
    [
      'a manifest that is gone',
      (folder) => {
        rmSync(join(folder, 'p/a/labels.csv'));
        putFile(folder, 'p/labels.csv', 'file,lat,lon\na/2.jpg,11,1\n');
      },
    ],
  ])('is withdrawn by %s', async (_how, change) => {
    const folder = temporaryFolder({
      'p/a/labels.csv': 'file,lat,lon\n1.jpg,10,1\n2.jpg,11,1\n',
      'p/a/1.jpg': photo(0),
      'p/a/2.jpg': photo(1),
      'p/b/labels.csv': 'file,lat,lon\n1.jpg,12,1\n',
      'p/b/1.jpg': photo(2),
    });
    const bench = new Bench();
    const source = join(folder, 'p');
    expect(await bench.run(source)).toMatchObject({ ...NOTHING, added: 3 });
    expect(await bench.run(source, { recheck: true })).toMatchObject({ ...NOTHING, unchanged: 3 });
    change(folder);
    const withdrawals = [{ path: 'a/1.jpg', referenceRemoved: true }];
    expect(await bench.plan(source)).toMatchObject({ failed: 1, withdrawals });
    expect(await bench.run(source)).toMatchObject({ failed: 1, withdrawals });
    expect(latitudes(bench)).toEqual([11, 12]);
  });

  it('moves to a parent’s row where the nearer one is gone', async () => {
    const folder = temporaryFolder({
      'labels.csv': 'file,lat,lon\na/1.jpg,20,1\n',
      'a/labels.csv': 'file,lat,lon\n1.jpg,10,1\n',
      'a/1.jpg': photo(0),
    });
    const bench = new Bench();
    await bench.run(folder);
    expect(latitudes(bench)).toEqual([10]);
    putFile(folder, 'a/labels.csv', 'file,lat,lon\n');
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, updated: 1, withdrawn: 0 });
    expect(latitudes(bench)).toEqual([20]);
  });

  it('stays where the manifest is given by itself and still says it, and is withdrawn where it does not', async () => {
    const folder = temporaryFolder({
      'a/labels.csv': 'file,lat,lon\n1.jpg,10,1\n2.jpg,11,1\n',
      'a/1.jpg': photo(0),
      'a/2.jpg': photo(1),
    });
    const bench = new Bench();
    await bench.run(folder);
    const alone = join(folder, 'a/labels.csv');
    for (const report of [await bench.plan(alone), await bench.run(alone)])
      expect(report).toMatchObject({ ...NOTHING, linked: 2, withdrawn: 0 });
    putFile(folder, 'a/labels.csv', 'file,lat,lon\n2.jpg,11,1\n');
    expect(await bench.run(alone)).toMatchObject({ withdrawn: 2 });
    expect(latitudes(bench)).toEqual([11]);
  });
});
