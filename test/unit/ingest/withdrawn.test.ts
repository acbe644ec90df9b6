import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Bench } from '../../support/ingest-bench.js';
import { makePhoto } from '../../support/make-photo.js';
import { makePipe } from '../../support/odd-entries.js';
import { putFile, temporaryFolder } from '../../support/temporary-folder.js';

const NOTHING = { added: 0, updated: 0, linked: 0, unchanged: 0, failed: 0 };
const plain: Buffer[] = [];
let placed: Buffer;
let moved: Buffer;

beforeAll(async () => {
  for (let i = 0; i < 4; i++) plain.push(await makePhoto(200 + i));
  placed = await makePhoto(300, { lat: 40, lon: -3.5 });
  moved = await makePhoto(301, { lat: 41, lon: -3.5 });
});

const photo = (i: number) => plain[i] as Buffer;
const xmp = (lat: string) =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="${lat}" exif:GPSLongitude="5,0E"/></rdf:RDF></x:xmpmeta>`;
const TRACK = `<gpx><trk><trkseg><trkpt lat="10" lon="20"><time>2020-06-01T12:00:00Z</time></trkpt>
  <trkpt lat="10" lon="21"><time>2020-06-01T12:00:40Z</time></trkpt></trkseg></trk></gpx>`;

describe('a position that was withdrawn', () => {
  it.each<[string, Record<string, string>, (folder: string) => void]>([
    [
      'a row set to 0, 0',
      { 'labels.csv': 'file,lat,lon\na.jpg,10,20\nb.jpg,11,21\n' },
      (folder) => putFile(folder, 'labels.csv', 'file,lat,lon\na.jpg,0,0\nb.jpg,11,21\n'),
    ],
    [
      'a row that was emptied',
      { 'labels.csv': 'file,lat,lon\na.jpg,10,20\nb.jpg,11,21\n' },
      (folder) => putFile(folder, 'labels.csv', 'file,lat,lon\na.jpg,,nan\nb.jpg,11,21\n'),
    ],
    [
      'a row that lost one of the two',
      { 'labels.csv': 'file,lat,lon\na.jpg,10,20\nb.jpg,11,21\n' },
      (folder) => putFile(folder, 'labels.csv', 'file,lat,lon\na.jpg,,20\nb.jpg,11,21\n'),
    ],
    [
      'a row that was removed',
      { 'labels.csv': 'file,lat,lon\na.jpg,10,20\nb.jpg,11,21\n' },
      (folder) => putFile(folder, 'labels.csv', 'file,lat,lon\nb.jpg,11,21\n'),
    ],
    [
      'a sidecar that was emptied',
      { 'a.jpg.xmp': xmp('10,0N'), 'b.xmp': xmp('11,0N') },
      (folder) => putFile(folder, 'a.jpg.xmp', xmp('')),
    ],
    [
      'a sidecar that was removed',
      { 'a.jpg.xmp': xmp('10,0N'), 'b.xmp': xmp('11,0N') },
      (folder) => rmSync(join(folder, 'a.jpg.xmp')),
    ],
    [
      'a library’s sidecar set to 0, 0',
      {
        'a.jpg.json': JSON.stringify({ geoData: { latitude: 10, longitude: 20 } }),
        'b.jpg.json': JSON.stringify({ geoData: { latitude: 11, longitude: 21 } }),
      },
      (folder) => putFile(folder, 'a.jpg.json', JSON.stringify({ geoData: { latitude: 0, longitude: 0 } })),
    ],
  ])('by %s takes the reference away, and the run says which', async (_how, files, change) => {
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'b.jpg': photo(1), ...files });
    const bench = new Bench();
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 2, withdrawn: 0 });
    change(folder);
    const expected = {
      ...{ ...NOTHING, unchanged: 1, failed: 1 },
      withdrawn: 1,
      withdrawals: [{ path: 'a.jpg', referenceRemoved: true }],
      notices: expect.arrayContaining([expect.stringMatching(/^1 position was withdrawn.*1 reference.*: a\.jpg\.$/)]),
    };
    expect(await bench.plan(folder)).toMatchObject(expected);
    expect(await bench.run(folder)).toMatchObject(expected);
    expect(bench.points().map(({ lat }) => lat)).toEqual([11]);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, unchanged: 1, failed: 1, withdrawn: 0 });
    for (const [path, content] of Object.entries(files)) putFile(folder, path, content);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 1, unchanged: 1 });
  });

  it('by a row that was removed is found too where the manifest alone is ingested', async () => {
    const folder = temporaryFolder({
      'p/a.jpg': photo(0),
      'p/b.jpg': photo(1),
      'p/c.jpg': placed,
      'list.csv': 'file,lat,lon\na.jpg,10,20\nb.jpg,11,21\nc.jpg,12,22\n',
    });
    const bench = new Bench();
    const run = () => bench.run(join(folder, 'list.csv'), { images: join(folder, 'p') });
    expect(await run()).toMatchObject({ ...NOTHING, added: 3 });
    putFile(folder, 'list.csv', 'file,lat,lon\nb.jpg,11,21\n');
    const plan = await bench.plan(join(folder, 'list.csv'), { images: join(folder, 'p') });
    const report = await run();
    for (const one of [plan, report])
      expect(one).toMatchObject({
        updated: 1,
        unchanged: 1,
        failed: 1,
        withdrawals: [{ path: 'a.jpg', referenceRemoved: true }],
      });
    expect(bench.points()).toEqual([
      { lat: 11, lon: 21 },
      { lat: 40, lon: -3.5 },
    ]);
    expect(await run()).toMatchObject({ ...NOTHING, unchanged: 1 });
  });

  it('is none where the row moved to another manifest of the run', async () => {
    const folder = temporaryFolder({
      'a.jpg': photo(0),
      'b.jpg': photo(1),
      'one.csv': 'file,lat,lon\na.jpg,10,20\nb.jpg,11,21\n',
      'two.csv': 'file,lat,lon\n',
    });
    const bench = new Bench();
    const manifests = [join(folder, 'one.csv'), join(folder, 'two.csv')];
    await bench.run(manifests);
    putFile(folder, 'one.csv', 'file,lat,lon\nb.jpg,11,21\n');
    putFile(folder, 'two.csv', 'file,lat,lon\na.jpg,10,20\n');
    expect(await bench.plan(manifests)).toMatchObject({ withdrawn: 0, failed: 0 });
    expect(await bench.run(manifests)).toMatchObject({ withdrawn: 0, failed: 0 });
    expect(bench.model.encoded).toBe(2);
  });

  it('of a file that lost it with its other bytes takes the former photo away', async () => {
    const folder = temporaryFolder({ 'a.jpg': placed });
    const bench = new Bench();
    await bench.run(folder);
    putFile(folder, 'a.jpg', photo(0));
    expect(await bench.run(folder)).toMatchObject({ failed: 1, withdrawn: 1 });
    expect(bench.points()).toEqual([]);
  });

  it('moves a reference to what its next source says, at once, and takes that source’s other facts at its next visit', async () => {
    const folder = temporaryFolder({
      'a.jpg': photo(0),
      'z.jpg': photo(0),
      'labels.csv': 'file,lat,lon,author\na.jpg,10,20,Ann\nz.jpg,30,40,Zoe\n',
    });
    const bench = new Bench();
    await bench.run(folder);
    expect(bench.points()).toEqual([{ lat: 10, lon: 20 }]);
    putFile(folder, 'labels.csv', 'file,lat,lon,author\nz.jpg,30,40,Zoe\n');
    const report = await bench.run(folder);
    expect(report).toMatchObject({ failed: 1, withdrawals: [{ path: 'a.jpg', referenceRemoved: false }] });
    expect(bench.points()).toEqual([{ lat: 30, lon: 40 }]);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, updated: 1, unchanged: 1 });
    expect([...bench.writer.tables.references.values()][0]?.reference.author).toBe('Zoe');
    expect(bench.model.encoded).toBe(1);
  });
});

describe('a copy that comes as the first one loses its position', () => {
  it('keeps the reference, which stands where the copy says and is not embedded again', async () => {
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'labels.csv': 'file,lat,lon\na.jpg,10,20\n' });
    const bench = new Bench();
    await bench.run(folder);
    putFile(folder, 'z.jpg', photo(0));
    putFile(folder, 'labels.csv', 'file,lat,lon\nz.jpg,30,40\n');
    expect(await bench.run(folder)).toMatchObject({
      linked: 1,
      failed: 1,
      withdrawals: [{ path: 'a.jpg', referenceRemoved: false }],
    });
    expect(bench.points()).toEqual([{ lat: 30, lon: 40 }]);
    expect(bench.model.encoded).toBe(1);
  });
});

describe('a position that only was not asked for', () => {
  it('stays where a run is given no track, or another one, and is looked up again with its own', async () => {
    const time = JSON.stringify({ photoTakenTime: { timestamp: `${Date.UTC(2020, 5, 1, 12, 0, 10) / 1000}` } });
    const folder = temporaryFolder({
      'p/a.jpg': photo(0),
      'p/a.jpg.json': time,
      't.gpx': TRACK,
      'other.gpx': TRACK.replaceAll('2020', '2021'),
    });
    const bench = new Bench();
    const [own, other] = [join(folder, 't.gpx'), join(folder, 'other.gpx')];
    await bench.run(join(folder, 'p'), { gpx: [own] });
    for (const gpx of [[], [other], []]) {
      expect(await bench.plan(join(folder, 'p'), { gpx })).toMatchObject({ ...NOTHING, unchanged: 1 });
      expect(await bench.run(join(folder, 'p'), { gpx })).toMatchObject({ ...NOTHING, unchanged: 1, withdrawn: 0 });
    }
    expect(bench.points()).toEqual([{ lat: 10, lon: 20.25 }]);
    putFile(folder, 't.gpx', TRACK.replaceAll('12:00', '15:00'));
    expect(await bench.run(join(folder, 'p'), { gpx: [own] })).toMatchObject({ failed: 1, withdrawn: 1 });
    expect(bench.points()).toEqual([]);
  });

  it('stays where a folder is ingested without the manifest that placed its photos', async () => {
    const folder = temporaryFolder({ 'p/a.jpg': photo(0), 'list.csv': 'file,lat,lon\np/a.jpg,10,20\n' });
    const bench = new Bench();
    await bench.run(join(folder, 'list.csv'), { images: folder });
    putFile(folder, 'p/b.jpg', placed);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 1, unchanged: 1, withdrawn: 0 });
    expect(bench.points()).toContainEqual({ lat: 10, lon: 20 });
  });

  it('stays where its row fits several photos now', async () => {
    const folder = temporaryFolder({ 'one/a.jpg': photo(0), 'labels.csv': 'file,lat,lon\na.jpg,10,20\n' });
    const bench = new Bench();
    for (const source of [folder, join(folder, 'labels.csv')]) {
      await bench.run(source);
      putFile(folder, 'two/a.jpg', photo(1));
      expect(await bench.plan(source)).toMatchObject({ withdrawn: 0, failed: 1 });
      expect(await bench.run(source)).toMatchObject({ withdrawn: 0, failed: 1 });
      expect(bench.points()).toEqual([{ lat: 10, lon: 20 }]);
      rmSync(join(folder, 'two'), { recursive: true });
    }
  });

  it('stays where the photo or its folder can’t be read now', async () => {
    const folder = temporaryFolder({ 'a.jpg': placed });
    const bench = new Bench();
    await bench.run(folder);
    renameSync(join(folder, 'a.jpg'), join(folder, 'elsewhere'));
    expect(await bench.run(join(folder, 'a.jpg')).catch((error) => error.code)).toBe('source_not_found');
    putFile(folder, 'a.jpg', 'no picture');
    expect(await bench.run(folder)).toMatchObject({ failed: 1, withdrawn: 0 });
    expect(bench.points()).toEqual([{ lat: 40, lon: -3.5 }]);
  });

  it('stays where its sidecar can’t be read now, and that is said', async () => {
    const folder = temporaryFolder({
      'a.jpg': photo(0),
      'a.jpg.xmp': xmp('10,0N'),
      'b.jpg': placed,
      'c.jpg': moved,
      'c.jpg.xmp': xmp('12,0N'),
    });
    const bench = new Bench();
    await bench.run(folder);
    rmSync(join(folder, 'c.jpg.xmp'));
    makePipe(join(folder, 'c.jpg.xmp'));
    rmSync(join(folder, 'a.jpg.xmp'));
    makePipe(join(folder, 'a.jpg.xmp'));
    makePipe(join(folder, 'b.xmp'));
    putFile(folder, 'b.jpg', placed);
    const report = await bench.run(folder);
    expect(report).toMatchObject({ ...NOTHING, unchanged: 3, withdrawn: 0 });
    expect(await bench.plan(folder)).toMatchObject({ ...NOTHING, unchanged: 3, withdrawn: 0 });
    expect(report.notices).toContainEqual(
      'A sidecar beside the photo was not read: 1 photo b.jpg (b.xmp: not_a_file).',
    );
    expect(bench.points().map(({ lat }) => lat)).toEqual([10, 40, 12]);
  });
});
