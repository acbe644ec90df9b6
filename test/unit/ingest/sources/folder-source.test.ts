import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openSource } from '../../../../src/ingest/sources/open-source.js';
import { photoFiles } from '../../../../src/ingest/sources/photo-files.js';
import { makeDanglingLink, makePipe, writeNotUtf8 } from '../../../support/odd-entries.js';
import { collectSource } from '../../../support/source-items.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('a folder as source', () => {
  it('yields photos in order, in any folder and under any name, and counts what it passes over', async () => {
    const folder = temporaryFolder({
      'b.JPG': '',
      'a b/ツ ü.jpeg': '',
      'a b/é\u0301.webp': '',
      'c.txt': '',
      'd.mp4': '',
      'e.MP4': '',
      'b.jpg.xmp': '',
      '.hidden.jpg': '',
      '.thumbs/x.jpg': '',
      '@eaDir/y.jpg': '',
      '-n.png': '',
      'quote\'"$(x).tif': '',
    });
    const { photos, notes, counted } = await collectSource(await openSource(folder));
    expect(photos.map((photo) => photo.path)).toEqual([
      '-n.png',
      'a b/é\u0301.webp',
      'a b/ツ ü.jpeg',
      'b.JPG',
      'quote\'"$(x).tif',
    ]);
    expect(counted).toBe(5);
    expect(photos[1]).toMatchObject({
      root: folder,
      file: join(folder, 'a b/é\u0301.webp'),
      manifest: null,
      issue: null,
    });
    expect(Object.fromEntries(notes.ignoredByExtension)).toEqual({ '.txt': 1, '.mp4': 2 });
  });

  it('visits a folder once, whatever links lead to it', async () => {
    const folder = temporaryFolder({ 'a/x.jpg': '', 'elsewhere.jpg': '' });
    symlinkSync('..', join(folder, 'a', 'loop'));
    symlinkSync(join(folder, 'a'), join(folder, 'z'));
    symlinkSync('x.jpg', join(folder, 'a', 'y.jpg'));
    symlinkSync('nowhere', join(folder, 'broken.jpg'));
    const { photos } = await collectSource(await openSource(folder));
    expect(photos.map((photo) => photo.path)).toEqual(['a/x.jpg', 'a/y.jpg', 'broken.jpg', 'elsewhere.jpg']);
  });

  it('reports a folder that it may not read and goes on', () => {
    const folder = temporaryFolder({ 'a/x.jpg': '', 'b/y.jpg': '' });
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'a'), 0o000);
    try {
      expect(walkAsNobody(folder)).toEqual(['folder ', 'folder a EACCES', 'folder b', 'file b/y.jpg']);
    } finally {
      chmodSync(join(folder, 'a'), 0o755);
    }
  });

  it('tells names that are no UTF-8 apart from a name that holds the replacement character itself', async () => {
    const folder = temporaryFolder({ 'Stra\uFFFDe.jpg': '', 'ü.jpg': '' });
    writeNotUtf8(folder, '');
    const { photos } = await collectSource(await openSource(folder));
    expect(photos.map(({ path, issue }) => [path, issue?.code ?? null])).toEqual([
      ['Stra\\xDFe.jpg', 'name_not_utf8'],
      ['Stra\uFFFDe.jpg', null],
      ['ü.jpg', null],
    ]);
    expect(photos[0]?.issue?.reason).toMatch(/UTF-8.*rename/);
  });

  it('takes positions from a manifest that lies in it', async () => {
    const folder = temporaryFolder({
      'labels.csv': 'file,lat,lon\nimages/a.jpg,10,20\nimages/gone.jpg,1,2\n',
      'images/a.jpg': '',
      'images/b.jpg': '',
    });
    const { photos, notes } = await collectSource(await openSource(folder));
    expect(photos.map((photo) => photo.manifest?.point ?? null)).toEqual([{ lat: 10, lon: 20 }, null]);
    expect(notes.notices.join('\n')).toMatch(/1 photos are taken from labels\.csv[\s\S]*1 rows .* not there/);
    expect(notes.ignoredByExtension.size).toBe(0);
  });

  it('takes them from one in other letters too', async () => {
    const folder = temporaryFolder({ 'Labels.CSV': 'File;Lat;Lon\nA.jpg;10,5;20,5\n', 'a.JPG': '' });
    const { photos } = await collectSource(await openSource(folder));
    expect(photos.map(({ path, manifest }) => [path, manifest?.point])).toEqual([['a.JPG', { lat: 10.5, lon: 20.5 }]]);
  });

  it('leaves a labels.csv aside that is no manifest, and refuses one whose columns are swapped', async () => {
    const foreign = temporaryFolder({ 'labels.csv': 'class,score\ncat,1\n', 'a.jpg': '' });
    const { photos, notes } = await collectSource(await openSource(foreign));
    expect(photos).toHaveLength(1);
    expect(notes.notices.join()).toContain('left aside');
    const swapped = temporaryFolder({ 'labels.csv': 'file,lat,lon\na.jpg,151.2,-33.8\n', 'a.jpg': '' });
    await expect((await openSource(swapped)).count()).rejects.toMatchObject({ code: 'manifest_columns_swapped' });
  });
});

describe('a source by name', () => {
  it('may be a single photo', async () => {
    const folder = temporaryFolder({ 'a.jpg': '' });
    const { photos } = await collectSource(await openSource(join(folder, 'a.jpg')));
    expect(photos).toMatchObject([
      { kind: 'photo', root: folder, path: 'a.jpg', file: join(folder, 'a.jpg'), manifest: null, issue: null },
    ]);
  });

  it('must exist, and a track is no source', async () => {
    const folder = temporaryFolder({ 'a.gpx': '', 'a.csv': 'file,lat,lon\n' });
    await expect(openSource(join(folder, 'none'))).rejects.toMatchObject({ code: 'source_not_found' });
    makePipe(join(folder, 'pipe.csv'));
    await expect(openSource(join(folder, 'pipe.csv'))).rejects.toMatchObject({ code: 'source_unreadable' });
    await expect(openSource(join(folder, 'a.gpx'))).rejects.toMatchObject({ code: 'source_is_track' });
    await expect(openSource(join(folder, 'a.csv'), join(folder, 'no'))).rejects.toMatchObject({
      code: 'source_not_found',
    });
  });

  it('stands for its photos where photos are wanted', async () => {
    const folder = temporaryFolder({ 'b.jpg': '', 'a/c.png': '', 'd.txt': '', 'empty/x.txt': '' });
    expect(await photoFiles([join(folder, 'b.jpg'), folder])).toEqual(
      ['b.jpg', 'a/c.png', 'b.jpg'].map((path) => ({ file: join(folder, path), error: null })),
    );
    makeDanglingLink(join(folder, 'a', 'b.jpg'));
    writeNotUtf8(join(folder, 'a'), '');
    expect(
      (await photoFiles([join(folder, 'a'), join(folder, 'a', 'b.jpg')])).map(({ file, error }) => [file, error?.code]),
    ).toEqual([
      [join(folder, 'a', 'Stra\\xDFe.jpg'), 'name_not_utf8'],
      [join(folder, 'a', 'b.jpg'), undefined],
      [join(folder, 'a', 'c.png'), undefined],
      [join(folder, 'a', 'b.jpg'), undefined],
    ]);
    await expect(photoFiles([join(folder, 'none')])).rejects.toMatchObject({ code: 'source_not_found' });
    await expect(photoFiles([join(folder, 'empty')])).rejects.toMatchObject({ code: 'no_photos' });
  });
});

/** Root reads what chmod forbids, so that the walk runs in a process without root's rights, on what was built. */
function walkAsNobody(folder: string): string[] {
  const script = `
    const { walkFolder } = await import(${JSON.stringify(join(process.cwd(), 'dist/ingest/sources/walk-folder.js'))});
    for await (const entry of walkFolder(${JSON.stringify(folder)})) {
      console.log(entry.kind + ' ' + entry.path + (entry.error ? ' ' + entry.error.message.match(/E[A-Z]+/)?.[0] : ''));
    }`;
  const rights = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { ...rights, cwd: '/' })
    .toString()
    .replace(/\n$/, '')
    .split('\n');
}
