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
  ])('%s has %s', (photo, sidecar) => {
    expect(takeoutNames(photo, [sidecar, 'other.jpg.json']).map(({ name }) => name)).toEqual([sidecar]);
  });

  it.each([
    ['photo.jpg', 'photo.jpg(1).json'],
    ['photo(1).jpg', 'photo.jpg.json'],
    ['photo.jpg', 'photo.jpeg.json'],
    ['photo2.jpg', 'photo.jpg.json'],
    ['photo.jpg', 'photo.jpg.settings.json'],
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

  it('reads UTF-16 files', async () => {
    const folder = temporaryFolder({ 'photo.xmp': Buffer.from(`\uFEFF${xmp('10,30S')}`, 'utf16le') });
    expect((await new Sidecars().read(join(folder, 'photo.jpg'))).xmp.point).toEqual({ lat: -10.5, lon: 5 });
  });
});
