import { renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { fault } from '../../../src/domain/errors.js';
import { HeicThread } from '../../../src/images/heic/heic-thread.js';
import { NO_FACTS } from '../../../src/images/known-facts.js';
import { addPhoto } from '../../../src/ingest/add-photo.js';
import type { IngestOptions } from '../../../src/ingest/ingest-options.js';
import { planIngest } from '../../../src/ingest/plan.js';
import type { FailureState } from '../../../src/references/known-files.js';
import { fixtureBytes } from '../../support/fixtures.js';
import { fakeLibheif, noHeic } from '../../support/heic.js';
import { Bench } from '../../support/ingest-bench.js';
import { makePhoto } from '../../support/make-photo.js';
import type { MemoryStore } from '../../support/memory-store.js';
import { makeDanglingLink, makePipe, makeSocket, writeNotUtf8 } from '../../support/odd-entries.js';
import { putFile, temporaryFolder } from '../../support/temporary-folder.js';

const photos: Buffer[] = [];
let plain: Buffer;

beforeAll(async () => {
  for (let i = 0; i < 8; i++) photos.push(await makePhoto(i + 1, { lat: 40 + i, lon: -3.5 }));
  plain = await makePhoto(99);
});

const photo = (i: number) => photos[i] as Buffer;

const NOTHING = { added: 0, updated: 0, linked: 0, unchanged: 0, failed: 0 };

describe('an ingest', () => {
  it('stores photos with position, size, country and vector', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'sub/ü b.jpg': photo(1) });
    const report = await bench.run(folder);
    expect(report).toMatchObject({
      ...NOTHING,
      photos: 2,
      added: 2,
      interrupted: false,
      decodeMs: 4,
      preprocessMs: 2,
      encodeMs: 6,
    });
    const [first] = bench.writer.tables.references.values();
    expect(first?.reference).toMatchObject({
      point: { lat: 40, lon: -3.5 },
      width: 24,
      height: 16,
      iso2: 'ES',
      bytes: photo(0).length,
    });
    expect(first?.reference.sha256.startsWith(first.reference.id)).toBe(true);
    expect(first?.vector).toHaveLength(4);
    expect([...bench.writer.tables.sources.values()].map(({ source }) => [source.root, source.path])).toEqual([
      [folder, 'a.jpg'],
      [folder, 'sub/ü b.jpg'],
    ]);
    expect(bench.writer.checkpoints).toBe(1);
    expect(bench.writer.ran).toMatchObject([{ state: 'finished', counts: { added: 2 } }]);
  });

  it('does nothing the second time but note what failures it met', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'b.jpg': plain });
    await bench.run(folder);
    const commits = bench.writer.commits;
    const report = await bench.run(folder);
    expect(report).toMatchObject({ ...NOTHING, unchanged: 1, failed: 1 });
    expect(bench.writer.commits).toBe(commits);
    expect(bench.writer.met).toEqual([['b.jpg']]);
    expect(bench.model.encoded).toBe(1);
  });

  it('corrects a reference from a corrected row without embedding it again', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'm.csv': 'file,lat,lon,author\na.jpg,10,20,Ada\n' });
    await bench.run(join(folder, 'm.csv'));
    expect(bench.points()).toEqual([{ lat: 10, lon: 20 }]);
    putFile(folder, 'm.csv', 'file,lat,lon,author\na.jpg,11,-21,Ada\n');
    expect(await bench.run(join(folder, 'm.csv'))).toMatchObject({ ...NOTHING, updated: 1 });
    expect(bench.points()).toEqual([{ lat: 11, lon: -21 }]);
    expect(bench.model.prepared).toBe(1);
    expect((await bench.writer.get([...bench.writer.tables.references.keys()][0] as string))?.sources).toMatchObject([
      { point: { lat: 11, lon: -21 } },
    ]);
  });

  it('takes the manifest before the sidecar before the EXIF, and follows a changed sidecar', async () => {
    const bench = new Bench();
    const xmp = (lat: number) =>
      `<x:xmpmeta><rdf:RDF><rdf:Description exif:GPSLatitude="${lat},0N" exif:GPSLongitude="5,0E" dc:creator="Bo"/></rdf:RDF></x:xmpmeta>`;
    const folder = temporaryFolder({
      'a.jpg': photo(0),
      'b.jpg': photo(1),
      'labels.csv': 'file,lat,lon\nb.jpg,10,20\n',
    });
    await bench.run(folder);
    expect(bench.points()).toEqual([
      { lat: 40, lon: -3.5 },
      { lat: 10, lon: 20 },
    ]);
    putFile(folder, 'a.jpg.xmp', xmp(50));
    putFile(folder, 'b.xmp', xmp(51));
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, updated: 2 });
    expect(bench.points()).toEqual([
      { lat: 50, lon: 5 },
      { lat: 10, lon: 20 },
    ]);
    expect([...bench.writer.tables.references.values()].map(({ reference }) => reference.author)).toEqual(['Bo', 'Bo']);
  });

  it('keeps one reference with two sources for the same bytes, and the position of the first', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({
      'a.jpg': photo(0),
      'copy.jpg': photo(0),
      'labels.csv': 'file,lat,lon\ncopy.jpg,10,20\n',
    });
    const report = await bench.run(folder);
    expect(report).toMatchObject({ ...NOTHING, added: 1, linked: 1, conflictCount: 1 });
    expect(report.conflicts).toMatchObject([{ path: 'copy.jpg', otherPath: 'a.jpg' }]);
    expect(report.conflicts[0]?.km).toBeGreaterThan(3000);
    expect(bench.points()).toEqual([{ lat: 40, lon: -3.5 }]);
    expect(bench.model.encoded).toBe(1);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, unchanged: 2 });
  });

  it('knows a moved photo by its bytes, and lets its new path correct it', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0) });
    await bench.run(folder);
    renameSync(join(folder, 'a.jpg'), join(folder, 'z.jpg'));
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, linked: 1 });
    putFile(folder, 'labels.csv', 'file,lat,lon\nz.jpg,10,20\n');
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, updated: 1 });
    expect(bench.points()).toEqual([{ lat: 10, lon: 20 }]);
    expect(bench.model.encoded).toBe(1);
  });

  it('takes the facts of the first of two folders, in whatever order they came, and keeps them while its disk is away', async () => {
    const base = temporaryFolder({
      'a/labels.csv': 'file,lat,lon\np.jpg,10,20\n',
      'a/p.jpg': photo(0),
      'b/labels.csv': 'file,lat,lon\np.jpg,10,20.0001\n',
      'b/p.jpg': photo(0),
    });
    const bench = new Bench();
    expect(await bench.run(join(base, 'b'))).toMatchObject({ ...NOTHING, added: 1 });
    expect(await bench.run(join(base, 'a'))).toMatchObject({ ...NOTHING, updated: 1 });
    expect(bench.points()).toEqual([{ lat: 10, lon: 20 }]);
    renameSync(join(base, 'a'), join(base, 'away'));
    putFile(base, 'b/labels.csv', 'file,lat,lon\np.jpg,10,20.0002\n');
    expect(await bench.run(join(base, 'b'))).toMatchObject({ ...NOTHING, unchanged: 1 });
    expect(bench.points()).toEqual([{ lat: 10, lon: 20 }]);
    renameSync(join(base, 'away'), join(base, 'a'));
    rmSync(join(base, 'a/p.jpg'));
    putFile(base, 'b/labels.csv', 'file,lat,lon\np.jpg,10,20.0003\n');
    expect(await bench.run(join(base, 'b'))).toMatchObject({ ...NOTHING, updated: 1 });
    expect(bench.points()).toEqual([{ lat: 10, lon: 20.0003 }]);
  });

  it('only looks again at a file that was touched, and embeds one that was replaced', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0) });
    await bench.run(folder);
    utimesSync(join(folder, 'a.jpg'), 1000, 1000);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, unchanged: 1, replaced: 0 });
    expect(bench.model.encoded).toBe(1);
    putFile(folder, 'a.jpg', photo(1));
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 1, replaced: 1 });
    expect(bench.writer.tables.references.size).toBe(2);
  });

  it('sees a file that was edited in place, or replaced, with its size and time set back', async () => {
    const edited = await makePhoto(0, { lat: 41.5, lon: -3.5 });
    const swapped = await makePhoto(0, { lat: 42.5, lon: -3.5 });
    const before = await makePhoto(0, { lat: 40.5, lon: -3.5 });
    expect([edited.length, swapped.length]).toEqual([before.length, before.length]);
    const folder = temporaryFolder({ 'a.jpg': before });
    const file = join(folder, 'a.jpg');
    utimesSync(file, 1000, 1000);
    const bench = new Bench();
    await bench.run(folder);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, unchanged: 1 });
    writeFileSync(file, edited, { flag: 'r+' });
    utimesSync(file, 1000, 1000);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 1, replaced: 1 });
    putFile(folder, 'other', swapped);
    utimesSync(join(folder, 'other'), 1000, 1000);
    renameSync(join(folder, 'other'), file);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 1, replaced: 1 });
    expect(bench.points().map(({ lat }) => lat)).toEqual([40.5, 41.5, 42.5]);
  });

  it('hashes every file when told to recheck, for file systems that know only size and time', async () => {
    const edited = await makePhoto(0, { lat: 41.5, lon: -3.5 });
    const before = await makePhoto(0, { lat: 40.5, lon: -3.5 });
    const folder = temporaryFolder({ 'a.jpg': before, 'b.jpg': photo(1) });
    const file = join(folder, 'a.jpg');
    utimesSync(file, 1000, 1000);
    const bench = new Bench();
    await bench.run(folder);
    for (const [key, { id, source }] of bench.writer.tables.sources)
      bench.writer.tables.sources.set(key, { id, source: { ...source, ctimeMs: null, inode: null } });
    writeFileSync(file, edited, { flag: 'r+' });
    utimesSync(file, 1000, 1000);
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, unchanged: 2 });
    expect(await bench.plan(folder, { recheck: true })).toMatchObject({ ...NOTHING, added: 1, unchanged: 1 });
    expect(await bench.run(folder, { recheck: true })).toMatchObject({ ...NOTHING, added: 1, unchanged: 1 });
    expect(bench.model.encoded).toBe(3);
  });

  it('places photos on a track by their time', async () => {
    const bench = new Bench();
    const gpx = `<gpx><trk><trkseg><trkpt lat="10" lon="20"><time>2020-06-01T12:00:00Z</time></trkpt>
      <trkpt lat="10" lon="21"><time>2020-06-01T12:00:40Z</time></trkpt></trkseg></trk></gpx>`;
    const folder = temporaryFolder({
      'a.jpg': plain,
      't.gpx': gpx,
      'a.jpg.json': JSON.stringify({ photoTakenTime: { timestamp: `${Date.UTC(2020, 5, 1, 12, 0, 10) / 1000}` } }),
    });
    const gpxFile = join(folder, 't.gpx');
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, failed: 1 });
    expect(await bench.run(folder, { gpx: [gpxFile], gapMaxS: 10 })).toMatchObject({ ...NOTHING, failed: 1 });
    expect(await bench.run(folder, { gpx: [gpxFile] })).toMatchObject({ ...NOTHING, added: 1 });
    expect(bench.points()).toEqual([{ lat: 10, lon: 20.25 }]);
    expect(bench.failures()).toEqual([]);
  });

  it('adds a clock’s zone only to times without one, and its error to every time', async () => {
    const zoned = await makePhoto(7);
    const local = await makePhoto(8);
    const gpx = `<gpx><trk><trkseg><trkpt lat="10" lon="20"><time>2020-06-01T12:00:00Z</time></trkpt>
      <trkpt lat="10" lon="21"><time>2020-06-01T12:00:40Z</time></trkpt></trkseg></trk></gpx>`;
    const folder = temporaryFolder({
      'local.jpg': local,
      'zoned.jpg': zoned,
      'm.csv': 'file,lat,lon,time\nlocal.jpg,,,2020-06-01 14:00:10\nzoned.jpg,,,2020-06-01T17:30:10+05:30\n',
      't.gpx': gpx,
    });
    const bench = new Bench();
    const run = (options: IngestOptions) =>
      bench.run(join(folder, 'm.csv'), { gpx: [join(folder, 't.gpx')], clockOffset: '-02:00', ...options });
    const lons = () => bench.points().map(({ lon }) => lon);
    expect(await run({})).toMatchObject({ ...NOTHING, added: 2 });
    expect(lons()).toEqual([20.25, 20.25]);
    expect(await run({ clockCorrection: '+00:00:20' })).toMatchObject({ ...NOTHING, updated: 2 });
    expect(lons()).toEqual([20.75, 20.75]);
    expect(await run({ clockCorrection: '-5' })).toMatchObject({ ...NOTHING, updated: 2 });
    expect(lons()).toEqual([20.125, 20.125]);
    await expect(bench.run(folder, { clockCorrection: '5' })).rejects.toMatchObject({ code: 'usage' });
  });

  it('says what is strange in its tracks, in a plan too', async () => {
    const folder = temporaryFolder({
      'a.jpg': photo(0),
      't.gpx': `<gpx><trk><trkseg><trkpt lat="" lon=""><time>2020-06-01T12:00:00Z</time></trkpt>
        <trkpt lat="10" lon="21"><time>2020-06-01T12:00:40Z</time></trkpt></trkseg></trk></gpx>`,
    });
    const bench = new Bench();
    const gpx = [join(folder, 't.gpx')];
    const said = expect.stringMatching(/t\.gpx has 1 point without a position/);
    expect((await bench.plan(folder, { gpx })).notices).toContainEqual(said);
    expect((await bench.run(folder, { gpx })).notices).toContainEqual(said);
    expect(bench.events).toContainEqual({ type: 'notice', message: said });
  });

  it('is not ended nor held by what is no plain file, beside photos or in their place', async () => {
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'z.jpg': photo(1), 'more/b.jpg': photo(2) });
    makeDanglingLink(join(folder, 'b.jpg'));
    makePipe(join(folder, 'c.jpg'));
    const socket = await makeSocket(join(folder, 'd.jpg'));
    symlinkSync('/dev/zero', join(folder, 'e.jpg'));
    writeNotUtf8(folder, photo(3));
    makePipe(join(folder, 'labels.csv'));
    makePipe(join(folder, 'a.jpg.xmp'));
    makePipe(join(folder, 'a.jpg.json'));
    makeDanglingLink(join(folder, 'z.xmp'));
    makeDanglingLink(join(folder, 'more/labels.csv'));
    const bench = new Bench();
    const plan = await bench.plan([folder, join(folder, 'more')]);
    const report = await bench.run([folder, join(folder, 'more'), join(folder, 'b.jpg')]);
    socket.close();
    expect(report).toMatchObject({ added: 3, failed: 5 });
    expect(plan).toMatchObject({ added: 3, failed: 5 });
    expect(bench.failures()).toEqual([
      ['Stra\\xDFe.jpg', 'name_not_utf8'],
      ['b.jpg', 'file_missing'],
      ['c.jpg', 'not_a_file'],
      ['d.jpg', 'not_a_file'],
      ['e.jpg', 'not_a_file'],
    ]);
    expect(report.notices).toContainEqual(expect.stringMatching(/^labels\.csv in .* was left aside: .*a pipe/));
  });

  it('asks for the clock of photos whose time names no zone', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({
      'a.jpg': plain,
      'm.csv': 'file,lat,lon,time\na.jpg,,,2020-06-01 14:00:10\n',
      't.gpx': `<gpx><trk><trkseg><trkpt lat="1" lon="2"><time>2020-06-01T12:00:10Z</time></trkpt></trkseg></trk></gpx>`,
    });
    const gpx = [join(folder, 't.gpx')];
    const report = await bench.run(join(folder, 'm.csv'), { gpx });
    expect(report.failures[0]).toMatchObject({
      code: 'no_position',
      reason: expect.stringContaining('--clock-offset'),
    });
    expect(await bench.run(join(folder, 'm.csv'), { gpx, clockOffset: '-02:00' })).toMatchObject({ added: 1 });
  });
});

describe('HEIC photos', () => {
  const folder = () =>
    temporaryFolder({
      'a.heic': fixtureBytes('heic', 'gps.heic'),
      'copy of a.heic': fixtureBytes('heic', 'gps.heic'),
      'none.heic': fixtureBytes('heic', 'plain.heic'),
    });

  it('wait for the decoder to be installed, and need nobody to ask again', async () => {
    const bench = new Bench();
    const photos = folder();
    bench.model.heic = noHeic;
    const report = await bench.run(photos);
    expect(report).toMatchObject({ ...NOTHING, photos: 3, failed: 3 });
    expect(Object.fromEntries(bench.failures())).toEqual({
      'a.heic': 'heic_decoder_missing',
      'copy of a.heic': 'heic_decoder_missing',
      'none.heic': 'no_position',
    });
    expect(report.failures[0]?.reason).toContain('npm install');
    expect(await bench.run(photos)).toMatchObject({ ...NOTHING, failed: 3 });
    const heic = new HeicThread({ find: () => fakeLibheif });
    bench.model.heic = heic;
    expect(await bench.run(photos)).toMatchObject({ ...NOTHING, added: 1, linked: 1, failed: 1 });
    expect(bench.points()).toEqual([{ lat: expect.closeTo(48.20833, 4), lon: expect.closeTo(16.37083, 4) }]);
    expect(bench.failures()).toEqual([['none.heic', 'no_position']]);
    await heic.end();
  });

  it('fail in a plan as they would in the run', async () => {
    const bench = new Bench();
    const plan = await bench.plan(folder(), {}, noHeic);
    expect(plan).toMatchObject({ ...NOTHING, photos: 3, failed: 3 });
    expect(plan.failures.map(({ code }) => code).sort()).toEqual([
      'heic_decoder_missing',
      'heic_decoder_missing',
      'no_position',
    ]);
  });

  it('whose bytes the index has already need no decoder', async () => {
    const bench = new Bench();
    const photos = temporaryFolder({ 'a.heic': fixtureBytes('heic', 'gps.heic') });
    const heic = new HeicThread({ find: () => fakeLibheif });
    bench.model.heic = heic;
    expect(await bench.run(photos)).toMatchObject({ ...NOTHING, added: 1 });
    await heic.end();
    bench.model.heic = noHeic;
    putFile(photos, 'copy.heic', fixtureBytes('heic', 'gps.heic'));
    expect(await bench.plan(photos, {}, noHeic)).toMatchObject({ ...NOTHING, unchanged: 1, linked: 1 });
    expect(await bench.run(photos)).toMatchObject({ ...NOTHING, unchanged: 1, linked: 1 });
  });
});

describe('bad photos', () => {
  it('are rows with a code and a reason, and the others are stored', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({
      'a.jpg': photo(0),
      'empty.jpg': '',
      'old.bmp': Buffer.from('BM\x46\0\0\0\0\0\0\0\x36\0\0\0', 'latin1'),
      'none.jpg': plain,
      'text.jpg': 'this is a text and no picture',
      'truncated.jpg': photo(1).subarray(0, photo(1).length - 60),
      'z.jpg': photo(2),
      'labels.csv': 'file,lat,lon\nz.jpg,91,0\n',
    });
    const report = await bench.run(folder);
    expect(report).toMatchObject({ ...NOTHING, photos: 7, added: 1, failed: 6 });
    expect(Object.fromEntries(bench.failures())).toEqual({
      'empty.jpg': 'image_empty',
      'old.bmp': 'unsupported_format',
      'none.jpg': 'no_position',
      'text.jpg': 'not_an_image',
      'truncated.jpg': 'image_truncated',
      'z.jpg': 'latitude_out_of_range',
    });
    expect(
      report.failures.every((failure) => failure.reason.startsWith('Expected') || failure.reason.includes('expected')),
    ).toBe(true);
    expect(bench.events.filter((event) => event.type === 'failure')).toHaveLength(6);
  });

  it('are not decoded again while they are the same, are tried again when asked, and are forgotten when mended', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0).subarray(0, photo(0).length - 60), 'gone.jpg': photo(1) });
    putFile(folder, 'labels.csv', 'file,lat,lon\ngone.jpg,95,2\n');
    expect(await bench.run(folder)).toMatchObject({ failed: 2 });
    const commits = bench.writer.commits;
    expect(await bench.run(folder)).toMatchObject({ failed: 2, added: 0 });
    expect(bench.writer.commits).toBe(commits);
    expect(await bench.run(folder, { retryFailed: true })).toMatchObject({ failed: 2 });
    expect(bench.writer.commits).toBe(commits + 1);
    putFile(folder, 'a.jpg', photo(0));
    putFile(folder, 'labels.csv', 'file,lat,lon\ngone.jpg,85,2\n');
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 2 });
    expect(bench.failures()).toEqual([]);
  });

  it('that have no position are not read again until something says where they are', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': plain });
    const { failures } = await bench.run(folder);
    expect(failures).toMatchObject([{ code: 'no_position', reason: expect.stringContaining('position') }]);
    const { commits } = bench.writer;
    expect((await bench.run(folder)).failures).toEqual(failures);
    expect(bench.writer.commits).toBe(commits);
    putFile(folder, 'a.jpg.json', JSON.stringify({ geoData: { latitude: 1, longitude: 2 } }));
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 1 });
    expect(bench.failures()).toEqual([]);
  });

  it('that an earlier version met are read once more: it read fewer kinds of metadata', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': plain });
    await bench.run(folder);
    const { local } = bench.writer;
    const before = local.failures({}).map((one) => {
      const state = local.failure(one) as FailureState;
      return { ...state, root: one.root, path: one.path, reason: 'Of before.', ctimeMs: null, inode: null };
    });
    local.store(before, []);
    const reasons = () => local.failures({}).map(({ reason }) => reason);
    await bench.run(folder);
    expect(reasons()).toEqual([expect.stringMatching(/^Expected a position/)]);
  });

  it('forgets the failure of a table that was mended', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'm.csv': 'file,lat,lon\na.jpg,1,2\n,3,4\n' });
    expect(await bench.run(join(folder, 'm.csv'))).toMatchObject({ added: 1, failed: 1 });
    expect(bench.failures()).toEqual([['m.csv', 'manifest_row_invalid']]);
    putFile(folder, 'm.csv', 'file,lat,lon\na.jpg,1,2\n');
    expect(await bench.run(join(folder, 'm.csv'))).toMatchObject({ ...NOTHING, unchanged: 1 });
    expect(bench.failures()).toEqual([]);
  });

  it('that vanish after their manifest was counted are missing', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({
      'a.jpg': photo(0),
      'b.jpg': photo(1),
      'm.csv': 'file,lat,lon\na.jpg,1,2\nb.jpg,1,2\n',
    });
    rmSync(join(folder, 'b.jpg'));
    expect(await bench.run(join(folder, 'm.csv'))).toMatchObject({ added: 1, failed: 1 });
    expect(bench.failures()).toEqual([['b.jpg', 'file_missing']]);
  });
});

describe('an ingest that is stopped', () => {
  const many = () => temporaryFolder(Object.fromEntries(photos.map((bytes, i) => [`${i}.jpg`, bytes])));

  it('keeps what was with the encoder, says so, and goes on from there', async () => {
    const bench = new Bench();
    const folder = many();
    const stop = new AbortController();
    bench.model.beforeEncode = (encoded) => {
      if (encoded === 2) stop.abort();
    };
    const report = await bench.run(folder, {}, stop.signal);
    expect(report.interrupted).toBe(true);
    expect(report.added).toBeGreaterThanOrEqual(3);
    expect(report.added).toBeLessThan(8);
    expect(bench.writer.tables.references.size).toBe(report.added);
    expect(bench.writer.ran[0]?.state).toBe('stopped');
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 8 - report.added, unchanged: report.added });
  });

  it('by a full disk says how to go on, and loses nothing that was committed', async () => {
    const bench = new Bench();
    const folder = many();
    bench.model.beforeEncode = () => new Promise((resolve) => setTimeout(resolve, 300));
    bench.writer.beforeCommit = (commit) => {
      if (commit >= 1) throw fault('disk_full', 'The disk is full.');
    };
    await expect(bench.run(folder)).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringMatching(
        /The disk is full\. The ingest stopped; \d photos of this run are stored, and the same command goes on/,
      ),
    });
    const stored = bench.writer.tables.references.size;
    expect(stored).toBeGreaterThan(0);
    expect(bench.writer.checkpoints).toBe(0);
    bench.writer.beforeCommit = () => undefined;
    bench.model.beforeEncode = () => undefined;
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 8 - stored, unchanged: stored });
  });

  it('by a broken encoder stores what was embedded before, and blames no photo', async () => {
    const bench = new Bench();
    const folder = many();
    bench.model.beforeEncode = (encoded) => {
      if (encoded === 5) throw fault('encoder_crashed', 'The encoder ended.');
    };
    await expect(bench.run(folder)).rejects.toMatchObject({ code: 'encoder_crashed' });
    expect(bench.writer.tables.references.size).toBe(5);
    expect(bench.failures()).toEqual([]);
    expect(bench.writer.ran[0]).toMatchObject({ state: 'failed' });
  });

  it('before it starts by a source that is not there, having stored nothing', async () => {
    const bench = new Bench();
    const folder = many();
    await expect(bench.run([folder, join(folder, 'no')])).rejects.toMatchObject({ code: 'source_not_found' });
    expect(bench.writer.commits + bench.writer.ran.length).toBe(0);
  });
});

describe('a run that is asked to stop while something does not answer', () => {
  // Both wait for seconds, at once.
  const HANGS = [(bench: Bench) => hang(bench.model, 'prepare'), (bench: Bench) => hang(bench.writer, 'files')];
  it('ends all the same: a photo that is being read, or what is asked of a file before', async () => {
    await Promise.all(HANGS.map(endsAllTheSame));
  });

  async function endsAllTheSame(hangAfterOne: (bench: Bench) => void): Promise<void> {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'b.jpg': photo(1), 'c.jpg': photo(2) });
    hangAfterOne(bench);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const started = performance.now();
    const report = await bench.run(folder, {}, stop.signal);
    expect(report.interrupted).toBe(true);
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(bench.writer.ran[0]).toMatchObject({ state: 'stopped' });
  }
});

/** The second call of a method, and each after it, gives no answer. */
function hang<Name extends string>(of: { [name in Name]: (...given: never[]) => Promise<unknown> }, name: Name): void {
  const answered = of[name].bind(of);
  let calls = 0;
  of[name] = (...given) => (++calls === 1 ? answered(...given) : new Promise(() => {}));
}

describe('the pipeline', () => {
  it('blames a vector that is not finite on its photo', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'b.jpg': photo(0), 'c.jpg': photo(1) });
    bench.model.beforeEncode = (encoded) => {
      if (encoded === 0) {
        bench.model.encoded++;
        throw fault('vector_not_finite', 'Expected a finite vector.');
      }
    };
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 1, failed: 2 });
    expect(Object.fromEntries(bench.failures())).toEqual({ 'a.jpg': 'vector_not_finite', 'b.jpg': 'twin_failed' });
  });

  it('parses no metadata itself: a thread that decodes says what photos and sidecars say', async () => {
    const bench = new Bench();
    const bare = await makePhoto(7);
    const folder = temporaryFolder({ 'a.jpg': bare, 'b.jpg': photo(1), 'b.xmp': '<never parsed here/>' });
    bench.model.photoFacts = async () => ({ facts: { ...NO_FACTS, point: { lat: 1, lon: 2 } }, notes: [] });
    bench.model.xmpFacts = async () => ({ facts: { ...NO_FACTS, point: { lat: 3, lon: 4 } }, notes: [] });
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 2 });
    expect(bench.points()).toEqual([
      { lat: 1, lon: 2 },
      { lat: 3, lon: 4 },
    ]);
  });

  it('goes on after a photo that a thread of the decoder ended under', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'b.jpg': photo(1) });
    const prepare = bench.model.prepare.bind(bench.model);
    bench.model.prepare = async (bytes) => {
      if (photo(0).equals(bytes)) throw fault('decoder_crashed', 'The thread ended.');
      return prepare(bytes);
    };
    expect(await bench.run(folder)).toMatchObject({ ...NOTHING, added: 1, failed: 1 });
    expect(Object.fromEntries(bench.failures())).toEqual({ 'a.jpg': 'decoder_crashed' });
  });

  it('commits 64 photos at a time, keeps few of them in memory, and tells how it goes', async () => {
    const files: Record<string, Buffer> = {};
    for (let i = 0; i < 150; i++) files[`${i}.jpg`] = await makePhoto(1000 + i, { lat: 1, lon: i / 1000 });
    const bench = new Bench();
    const report = await bench.run(temporaryFolder(files));
    expect(report.added).toBe(150);
    expect(bench.writer.commits).toBeGreaterThanOrEqual(3);
    expect(bench.model.aheadMax).toBeLessThanOrEqual(16 + 4 + 1);
    const progress = bench.events.filter((event) => event.type === 'progress');
    expect(bench.events[0]).toEqual({ type: 'planned', photos: 150 });
    expect(progress.at(-1)).toMatchObject({ done: 150, total: 150, added: 150, failed: 0 });
    expect(bench.events.slice(-2).map((event) => event.type)).toEqual(['indexing', 'done']);
  });

  it('waits for a store that is slow, with no more photos in memory', async () => {
    const files: Record<string, Buffer> = {};
    for (let i = 0; i < 150; i++) files[`${i}.jpg`] = await makePhoto(2000 + i, { lat: 1, lon: i / 1000 });
    const bench = new Bench();
    const apply = bench.writer.apply.bind(bench.writer);
    const begun: number[] = [];
    bench.writer.apply = async (changes) => {
      begun.push(bench.model.prepared);
      await new Promise((resolve) => setTimeout(resolve, 300));
      begun.push(bench.model.prepared);
      return apply(changes);
    };
    expect((await bench.run(temporaryFolder(files))).added).toBe(150);
    // What was begun before the store was asked is all that goes on meanwhile.
    for (let i = 0; i < begun.length; i += 2)
      expect((begun[i + 1] as number) - (begun[i] as number)).toBeLessThanOrEqual(16 + 4 + 1);
    expect(begun.length).toBeGreaterThan(4);
  });

  it('lets the first of two sources that name one path count', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'm.csv': 'file,lat,lon\na.jpg,1,2\n' });
    expect(await bench.run([join(folder, 'm.csv'), folder])).toMatchObject({ ...NOTHING, added: 1, photos: 1 });
    expect(bench.points()).toEqual([{ lat: 1, lon: 2 }]);
  });
});

describe('a part', () => {
  const FILES = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`${i}.jpg`, i]));
  const folderOf = async (more: Record<string, string> = {}) => {
    const files: Record<string, Buffer | string> = { ...more };
    for (const [path, i] of Object.entries(FILES)) files[path] = await makePhoto(3000 + i, { lat: 1, lon: i / 10 });
    return temporaryFolder(files);
  };

  it('takes each photo in exactly one of all parts, and counts its own alone', async () => {
    const folder = await folderOf({ 'm.csv': `file,lat,lon\n${Object.keys(FILES).join(',3,4\n')},3,4\n` });
    for (const source of [folder, join(folder, 'm.csv')]) {
      const bench = new Bench();
      const taken: number[] = [];
      for (const part of ['1/3', '2/3', '3/3']) {
        bench.events.length = 0;
        const plan = await bench.plan(source, { part });
        const report = await bench.run(source, { part });
        expect(report).toMatchObject({ ...NOTHING, added: report.photos });
        expect(plan).toMatchObject({ photos: report.photos, added: report.added });
        expect(bench.events[0]).toEqual({ type: 'planned', photos: report.photos });
        taken.push(report.photos);
      }
      expect(taken.reduce((sum, count) => sum + count)).toBe(24);
      expect(Math.min(...taken)).toBeGreaterThan(0);
      expect(await bench.run(source, { part: '2/3' })).toMatchObject({ ...NOTHING, unchanged: taken[1] });
      expect(await bench.run(source)).toMatchObject({ ...NOTHING, unchanged: 24 });
      expect(bench.writer.ran[1]).toMatchObject({ arguments: { part: '2/3' } });
    }
  });

  it('goes by paths below the root, wherever it is mounted', async () => {
    const folder = await folderOf();
    const [one, other] = [new Bench(), new Bench()];
    await one.run(folder, { part: '1/2' });
    const moved = `${folder} moved`;
    renameSync(folder, moved);
    await other.run(moved, { part: '1/2' });
    const paths = (bench: Bench) => [...bench.writer.tables.sources.values()].map(({ source }) => source.path).sort();
    expect(paths(other)).toEqual(paths(one));
    expect(paths(one).length).toBeLessThan(24);
  });

  it('neither withdraws nor takes for gone what other parts hold', async () => {
    const folder = await folderOf({ 'm.csv': `file,lat,lon\n${Object.keys(FILES).join(',3,4\n')},3,4\n` });
    for (let i = 0; i < 12; i++) putFile(folder, `copy ${i}.jpg`, await makePhoto(3000 + i, { lat: 1, lon: i / 10 }));
    const bench = new Bench();
    await bench.run(folder);
    await bench.run(join(folder, 'm.csv'));
    const before = structuredClone(bench.writer.tables);
    for (const part of ['1/4', '4/4']) await bench.run(join(folder, 'm.csv'), { part, recheck: true });
    expect(bench.writer.tables.references.size).toBe(before.references.size);
    expect([...bench.writer.tables.sources.keys()].sort()).toEqual([...before.sources.keys()].sort());
    // The rows of half the photos are gone: each part takes back what was its own.
    putFile(folder, 'm.csv', 'file,lat,lon\n0.jpg,3,4\n');
    const reports = [];
    for (const part of ['1/2', '2/2']) reports.push(await bench.run(join(folder, 'm.csv'), { part }));
    expect(reports.map(({ photos }) => photos).reduce((a, b) => a + b)).toBe(24);
    expect(reports.every(({ updated }) => updated > 0)).toBe(true);
    for (const part of ['1/4', '2/4', '3/4', '4/4']) await bench.run(folder, { part, recheck: true });
    expect(bench.writer.tables.references.size).toBe(before.references.size);
  });

  it.each(['0/3', '4/3', '1', '1/', 'a/b', '1/0', '-1/2', '1/2/3', '1.5/2', '1/10001', ''])(
    '%s is refused',
    async (part) => {
      const folder = temporaryFolder({ 'a.jpg': photo(0) });
      await expect(new Bench().run(folder, { part })).rejects.toMatchObject({ code: 'part_invalid' });
      await expect(new Bench().plan(folder, { part })).rejects.toMatchObject({ code: 'part_invalid' });
    },
  );
});

describe('a plan', () => {
  it('says what a run would do and stores nothing', async () => {
    const bench = new Bench();
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'b.jpg': photo(1), 'm.txt': 'x' });
    await bench.run(folder);
    const commits = bench.writer.commits;
    putFile(folder, 'c.jpg', photo(2));
    putFile(folder, 'c copy.jpg', photo(2));
    putFile(folder, 'b2.jpg', photo(1));
    putFile(folder, 'none.jpg', plain);
    putFile(folder, 'labels.csv', 'file,lat,lon\na.jpg,1,2\nb2.jpg,3,4\n');
    const plan = await bench.plan(folder);
    expect(plan).toMatchObject({
      photos: 6,
      added: 1,
      updated: 1,
      linked: 2,
      unchanged: 1,
      failed: 1,
      conflictCount: 1,
    });
    expect(plan.ignoredByExtension).toEqual({ '.txt': 1 });
    expect(bench.writer.commits).toBe(commits);
    const { added, updated, linked, unchanged, failed, conflictCount } = await bench.run(folder);
    expect({ added, updated, linked, unchanged, failed, conflictCount }).toEqual({
      added: plan.added,
      updated: plan.updated,
      linked: plan.linked,
      unchanged: plan.unchanged,
      failed: plan.failed,
      conflictCount: plan.conflictCount,
    });
  });

  it('needs no index', async () => {
    const folder = temporaryFolder({ 'a.jpg': photo(0), 'b.jpg': photo(0) });
    expect(await planIngest({ sources: [folder], known: null })).toMatchObject({ photos: 2, added: 1, linked: 1 });
  });
});

describe('a single photo handed over as bytes', () => {
  function parts({ writer, model }: Bench) {
    const withWriter = <T>(work: (writer: MemoryStore) => Promise<T>) => work(writer);
    return { model, withWriter, countryAt: () => 'ES' };
  }

  it('is added once, and corrected by facts given later', async () => {
    const bench = new Bench();
    const added = await addPhoto(photo(0), {}, parts(bench));
    expect(added.outcome).toBe('added');
    expect(await addPhoto(photo(0), {}, parts(bench))).toEqual({ id: added.id, outcome: 'unchanged' });
    const corrected = await addPhoto(photo(0), { point: { lat: 1, lon: 2 } }, parts(bench));
    expect(corrected).toEqual({ id: added.id, outcome: 'updated' });
    expect(bench.points()).toEqual([{ lat: 1, lon: 2 }]);
  });

  it('does not move a reference that a folder placed', async () => {
    const bench = new Bench();
    await bench.run(temporaryFolder({ 'a.jpg': photo(0) }));
    const again = await addPhoto(photo(0), { point: { lat: 1, lon: 2 } }, parts(bench));
    expect(again.outcome).toBe('unchanged');
    expect(bench.points()).toEqual([{ lat: 40, lon: -3.5 }]);
    expect((await bench.writer.get(again.id))?.sources).toHaveLength(2);
  });

  it('needs a position', async () => {
    await expect(addPhoto(plain, {}, parts(new Bench()))).rejects.toMatchObject({ code: 'no_position' });
  });
});
