import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Sidecars } from '../../../../src/ingest/sidecars/find-sidecars.js';
import { takeoutNames } from '../../../../src/ingest/sidecars/takeout-names.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

function takeout(lat: number, lon: number, more: object = {}): string {
  return JSON.stringify({
    title: 'photo.jpg',
    photoTakenTime: { timestamp: '1528485850', formatted: '8 Jun 2018' },
    geoData: { latitude: lat, longitude: lon, altitude: 0 },
    geoDataExif: { latitude: 7, longitude: 8, altitude: 9 },
    ...more,
  });
}

const LONG = 'a photograph with a name that is long enough to be cut by Takeout.jpg';

describe('Google Takeout sidecars', () => {
  it.each([
    ['photo.jpg', 'photo.jpg.json'],
    ['photo.jpg', 'photo.jpg.supplemental-metadata.json'],
    ['photo.jpg', 'photo.jpg.supplemental-meta.json'],
    ['photo.jpg', 'photo.jpg.suppl.json'],
    ['photo.jpg', 'photo.jpg.s.json'],
    ['photo.jpg', 'photo.jpg..json'],
    ['photo.jpg', 'photo.json'],
    ['photo(1).jpg', 'photo.jpg(1).json'],
    ['photo(1).jpg', 'photo.jpg.supplemental-metadata(1).json'],
    ['photo(12).jpg', 'photo.jpg.supplemental-me(12).json'],
    ['photo-edited.jpg', 'photo.jpg.json'],
    ['photo-edited(1).jpg', 'photo.jpg(1).json'],
    [LONG, `${LONG.slice(0, 46)}.json`],
    // Of the whole in 47 characters some exports leave a part of the extension.
    ['a photograph with a name of forty-one charac.jpeg', 'a photograph with a name of forty-one charac.j.json'],
    ['photo(7).jpg', 'photo(7).jpg.supplem(7).json'],
    ['photo(7).jpg', 'photo(7).jpg(7).json'],
    ['photo(2)-edited.jpg', 'photo.jpg.supplemental-metadata(2).json'],
    ['photo(2)-edited.jpg', 'photo(2).jpg.json'],
    ['photo-Bearbeitet.jpg', 'photo.jpg.json'],
    ['photo-modifi\u00e9.jpg', 'photo.jpg.suppl.json'],
    ['photo-modifie\u0301.jpg', 'photo.jpg.suppl.json'],
    ['photo-отредактировано.jpg', 'photo.jpg.json'],
    ['photo-編集済み(3).jpg', 'photo.jpg(3).json'],
    ['photo-แก้ไข.png', 'photo.png.json'],
    ['photo-effects.jpg', 'photo.jpg.json'],
    ['photo-edited.jpg', 'photo.HEIC.json'],
    [`${'n'.repeat(42)}-edi.jpg`, `${'n'.repeat(42)}.jpg.json`],
    [`${'漢'.repeat(20)}.jpg`, `${'漢'.repeat(15)}.json`],
    ['Zu\u0308rich.jpg', 'Z\u00fcrich.jpg.json'],
    ['Z\u00fcrich.jpg', 'Zu\u0308rich.jpg.supplemental-metadata.json'],
    ['PHOTO.JPG', 'PHOTO.jpg.json'],
    ['photo.jpg', 'photo.jpg.supplemental-metadata.JSON'],
  ])('%s has %s', (photo, sidecar) => {
    expect(takeoutNames(photo, [sidecar, 'other.jpg.json']).map(({ name }) => name)).toEqual([sidecar]);
  });

  it.each([
    ['photo.jpg', 'photo.jpg(1).json'],
    ['photo(1).jpg', 'photo.jpg.json'],
    ['photo.jpg', 'photo.jpeg.json'],
    ['photo2.jpg', 'photo.jpg.json'],
    ['photo.jpg', 'photo.jpg.settings.json'],
    ['photo(7).jpg', 'photo(7).jpg.supplem(8).json'],
    ['photo-edited(1).jpg', 'photo.jpg.json'],
    ['photo-edited.jpg', 'photo.HEIC(1).json'],
    ['photo-unedited.jpg', 'photo.jpg.json'],
    ['-edited.jpg', '.jpg.json'],
    ['photo.jpg', 'photo.jp.json'],
    ['photo.jpg', 'photograph.jpg.json'],
  ])('%s does not have %s', (photo, sidecar) => {
    expect(takeoutNames(photo, [sidecar])).toEqual([]);
  });

  it('gives the position of the library before that of the EXIF, and the time in UTC', async () => {
    const folder = temporaryFolder({ 'photo.jpg': '', 'photo.jpg.json': takeout(1.5, -2) });
    expect((await new Sidecars().read(join(folder, 'photo.jpg'))).takeout).toMatchObject({
      point: { lat: 1.5, lon: -2 },
      altitudeM: null,
      capturedAt: '2018-06-08T19:24:10Z',
    });
  });

  it('takes 0, 0 of the library for none', async () => {
    const folder = temporaryFolder({ 'photo.jpg.suppl.json': takeout(0, 0) });
    expect((await new Sidecars().read(join(folder, 'photo.jpg'))).takeout).toMatchObject({
      point: { lat: 7, lon: 8 },
      altitudeM: 9,
    });
  });

  it('asks the title where a cut name fits two photos', async () => {
    const twin = LONG.replace('Takeout', 'Others');
    const folder = temporaryFolder({ [`${LONG.slice(0, 46)}.json`]: takeout(1, 2, { title: twin }) });
    expect((await new Sidecars().read(join(folder, LONG))).takeout.point).toBeNull();
    expect((await new Sidecars().read(join(folder, twin))).takeout.point).toEqual({ lat: 1, lon: 2 });
  });

  it('finds the sidecar among thousands whatever its form, letter case and composition', async () => {
    const others = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`IMG_${i}x.jpg.json`, '{}']));
    const folder = temporaryFolder({ ...others, 'Img_1(18).jpg.supp(18).json': takeout(3, 4, { title: 'IMG_1.jpg' }) });
    expect((await new Sidecars().read(join(folder, 'IMG_1(18).JPG'))).takeout.point).toEqual({ lat: 3, lon: 4 });
  });

  it('gives a photo none that another photo beside it claims by its very name', async () => {
    const folder = temporaryFolder({
      'img.jpg': '',
      'IMG.JPG': '',
      'img.jpg.json': takeout(1, 2, { title: 'img.jpg' }),
      'two.jpg': '',
      'two.png': '',
      'two.json': takeout(5, 6, { title: 'two.png' }),
    });
    const sidecars = new Sidecars();
    const point = async (name: string) => (await sidecars.read(join(folder, name))).takeout.point;
    expect([await point('img.jpg'), await point('IMG.JPG')]).toEqual([{ lat: 1, lon: 2 }, null]);
    expect([await point('two.png'), await point('two.jpg')]).toEqual([{ lat: 5, lon: 6 }, null]);
  });

  it('does not take a title that only begins alike, and takes one with the characters that file names lack', async () => {
    const stem = 'x'.repeat(46);
    const folder = temporaryFolder({
      [`${stem}.json`]: takeout(1, 2, { title: `${stem}yz.jpg` }),
      'Tom_s.json': takeout(3, 4, { title: "Tom's.jpg" }),
      'a.json': takeout(5, 6, { title: 'a.mp4' }),
    });
    const point = async (name: string) => (await new Sidecars().read(join(folder, name))).takeout.point;
    expect(await point(`${stem}y.jpg`)).toEqual({ lat: 1, lon: 2 });
    expect(await point('Tom_s.jpg')).toEqual({ lat: 3, lon: 4 });
    expect(await point('a.jpg')).toBeNull();
  });

  it("does not take an album's own file for that of a photo called so", async () => {
    const album = { title: 'Trip', access: 'protected', geoData: { latitude: 1, longitude: 2 } };
    const folder = temporaryFolder({ 'metadata.jpg': '', 'metadata.json': JSON.stringify(album) });
    expect((await new Sidecars().read(join(folder, 'metadata.jpg'))).takeout.point).toBeNull();
  });

  it('passes over JSON of other tools and damaged JSON', async () => {
    const folder = temporaryFolder({ 'photo.jpg.json': '{"lat": 5}', 'photo.json': '{', 'b.jpg.json': '[]' });
    for (const photo of ['photo.jpg', 'b.jpg']) {
      expect((await new Sidecars().read(join(folder, photo))).takeout.point).toBeNull();
    }
  });
});

describe('XMP sidecars', () => {
  const xmp = (lat: string) =>
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description exif:GPSLatitude="${lat}" exif:GPSLongitude="5,0E"/></rdf:RDF></x:xmpmeta>`;

  it('prefers photo.jpg.xmp to photo.xmp', async () => {
    const both = temporaryFolder({ 'photo.jpg.xmp': xmp('10,30N'), 'photo.xmp': xmp('20,30N') });
    expect((await new Sidecars().read(join(both, 'photo.jpg'))).xmp.point).toEqual({ lat: 10.5, lon: 5 });
    const one = temporaryFolder({ 'photo.XMP': xmp('20,30N') });
    expect((await new Sidecars().read(join(one, 'photo.jpg'))).xmp.point).toEqual({ lat: 20.5, lon: 5 });
  });

  it.each([
    ['DSC_9.JPG', 'dsc_9.XMP'],
    ['DSC_9.jpg', 'DSC_9.JPG.xmp'],
    ['IMG.JPG', 'img.jpg.xmp'],
    ['Zu\u0308rich.jpg', 'Z\u00fcrich.xmp'],
    ['ÉTÉ.jpg', 'e\u0301te\u0301.jpg.xmp'],
  ])('%s has %s', async (photo, sidecar) => {
    const folder = temporaryFolder({ [photo]: '', [sidecar]: xmp('10,30N') });
    expect((await new Sidecars().read(join(folder, photo))).xmp.point).toEqual({ lat: 10.5, lon: 5 });
  });

  it('keeps apart photos and sidecars that differ in letter case alone, and says where that leaves a choice', async () => {
    const apart = temporaryFolder({ 'a.jpg': '', 'A.JPG': '', 'a.xmp': xmp('10,30N') });
    const owned = await new Sidecars().read(join(apart, 'A.JPG'));
    expect([owned.xmp.point, owned.notes]).toEqual([null, []]);
    expect((await new Sidecars().read(join(apart, 'a.jpg'))).xmp.point).toEqual({ lat: 10.5, lon: 5 });
    const unclear = temporaryFolder({ 'Ab.jpg': '', 'aB.jpg': '', 'ab.xmp': xmp('10,30N') });
    const told = await new Sidecars().read(join(unclear, 'Ab.jpg'));
    expect(told.xmp.point).toBeNull();
    expect(told.notes).toEqual([{ what: expect.stringMatching(/letter case/), got: 'ab.xmp' }]);
    const twoXmp = temporaryFolder({ 'AB.jpg': '', 'ab.xmp': xmp('10,30N'), 'aB.xmp': xmp('20,30N') });
    expect((await new Sidecars().read(join(twoXmp, 'AB.jpg'))).xmp.point).toBeNull();
  });

  it('reads UTF-16 files', async () => {
    const folder = temporaryFolder({ 'photo.xmp': Buffer.from(`\uFEFF${xmp('10,30S')}`, 'utf16le') });
    expect((await new Sidecars().read(join(folder, 'photo.jpg'))).xmp.point).toEqual({ lat: -10.5, lon: 5 });
  });
});
