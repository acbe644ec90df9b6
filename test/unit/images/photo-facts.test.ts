import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import sharp, { type Exif } from 'sharp';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { describeNote } from '../../../src/images/known-facts.js';
import { readPhotoFacts } from '../../../src/images/photo-facts.js';
import { describeShared } from '../../support/shared.js';

const LONDON: Exif = {
  IFD0: { Artist: 'Ada Lund', Copyright: 'CC BY 4.0' },
  IFD2: { DateTimeOriginal: '2020:06:08 13:24:10', OffsetTimeOriginal: '-07:00', SubSecTimeOriginal: '55' },
  IFD3: {
    GPSLatitudeRef: 'N',
    GPSLatitude: '51/1 30/1 3600/100',
    GPSLongitudeRef: 'W',
    GPSLongitude: '0/1 7/1 1200/100',
    GPSAltitude: '125/10',
    GPSImgDirection: '9050/100',
  },
};

type Format = 'jpeg' | 'png' | 'webp' | 'avif';

async function photo(exif: Exif, format: Format = 'jpeg', xmp?: string): Promise<Uint8Array> {
  const blank = sharp({ create: { width: 16, height: 16, channels: 3, background: '#456' } }).withExif(exif);
  return (xmp === undefined ? blank : blank.withXmp(xmp)).toFormat(format).toBuffer();
}

function gps(changes: Record<string, string | undefined>): Exif {
  const tags = Object.entries({ ...LONDON.IFD3, ...changes }).filter(([, value]) => value !== undefined);
  return { IFD3: Object.fromEntries(tags) as Record<string, string> };
}

function xmpPacket(attributes: string): string {
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" ${attributes}/>
  </rdf:RDF></x:xmpmeta>`;
}

describe('what a photo says of itself', () => {
  it.each<Format>(['jpeg', 'png', 'webp', 'avif'])('reads position, time and author in %s', async (format) => {
    const { facts } = readPhotoFacts(await photo(LONDON, format));
    expect(facts.point?.lat).toBeCloseTo(51.51, 9);
    expect(facts.point?.lon).toBeCloseTo(-0.12, 9);
    expect(facts.capturedAt).toBe('2020-06-08T13:24:10.550-07:00');
    expect(facts.author).toBe('Ada Lund');
    expect(facts.licence).toBe('CC BY 4.0');
    expect(facts.headingDeg).toBe(90.5);
    expect(facts.altitudeM).toBe(12.5);
  });

  it('reads TIFF files, whose tags are what EXIF is made of', async () => {
    const jpeg = Buffer.from(await photo(LONDON));
    const tiff = jpeg.subarray(jpeg.indexOf('Exif\0\0', 0, 'latin1') + 6);
    expect(readPhotoFacts(tiff).facts.point?.lat).toBeCloseTo(51.51, 9);
  });

  it('reads names in UTF-8', async () => {
    const jpeg = Buffer.from(await photo(LONDON));
    Buffer.from('Ada Ł.').copy(jpeg, jpeg.indexOf('Ada Lund'));
    expect(readPhotoFacts(jpeg).facts.author).toBe('Ada Ł.d');
  });

  it('takes (0, 0) for no position', async () => {
    const zero = gps({ GPSLatitude: '0/1 0/1 0/1', GPSLongitude: '0/1 0/1 0/1' });
    expect(readPhotoFacts(await photo(zero)).facts.point).toBeNull();
  });

  it('takes 0/0 for no position, no heading and no altitude', async () => {
    const unknown = gps({ GPSLatitude: '0/0 0/0 0/0', GPSImgDirection: '0/0', GPSAltitude: '0/0' });
    const { facts, notes } = readPhotoFacts(await photo(unknown));
    expect(facts.point).toBeNull();
    expect(facts.headingDeg).toBeNull();
    expect(facts.altitudeM).toBeNull();
    expect(notes.map(describeNote).join()).toContain('0/0');
  });

  it('does not guess a hemisphere whose letter is missing, and says so', async () => {
    const { facts, notes } = readPhotoFacts(await photo(gps({ GPSLongitudeRef: undefined })));
    expect(facts.point).toBeNull();
    expect(notes.map(describeNote).join()).toContain('hemisphere letter');
  });

  it('takes the position of XMP where EXIF lacks the hemisphere letter', async () => {
    const xmp = xmpPacket('exif:GPSLatitude="51,30.6N" exif:GPSLongitude="0,7.2W"');
    const { facts } = readPhotoFacts(await photo(gps({ GPSLongitudeRef: undefined }), 'jpeg', xmp));
    expect(facts.point?.lon).toBeCloseTo(-0.12, 9);
  });

  it('takes a latitude over 90 for no position', async () => {
    const { facts, notes } = readPhotoFacts(await photo(gps({ GPSLatitude: '91/1 0/1 0/1' })));
    expect(facts.point).toBeNull();
    expect(notes).toHaveLength(1);
  });

  it('keeps a time without a zone local, and finds the zone from the satellites where they agree', async () => {
    const local: Exif = { IFD2: { DateTimeOriginal: '2020:06:08 13:24:10' } };
    expect(readPhotoFacts(await photo(local)).facts.capturedAt).toBe('2020-06-08T13:24:10');
    const agreeing: Exif = { ...local, IFD3: { GPSDateStamp: '2020:06:08', GPSTimeStamp: '7/1 39/1 20/1' } };
    expect(readPhotoFacts(await photo(agreeing)).facts.capturedAt).toBe('2020-06-08T13:24:10+05:45');
    const stale: Exif = { ...local, IFD3: { GPSDateStamp: '2020:06:07', GPSTimeStamp: '7/1 39/1 20/1' } };
    expect(readPhotoFacts(await photo(stale)).facts.capturedAt).toBe('2020-06-08T13:24:10');
  });

  it('takes a time of zeros for none', async () => {
    const never: Exif = { IFD2: { DateTimeOriginal: '0000:00:00 00:00:00' } };
    expect(readPhotoFacts(await photo(never)).facts.capturedAt).toBeNull();
  });

  it('never throws on damaged metadata, wherever the damage lies', async () => {
    const whole = await photo(LONDON);
    for (let at = 2; at < Math.min(whole.length, 900); at++) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0xff;
      expect(() => readPhotoFacts(damaged)).not.toThrow();
      expect(() => readPhotoFacts(whole.subarray(0, at))).not.toThrow();
    }
    expect(readPhotoFacts(new Uint8Array(0)).facts.point).toBeNull();
  });

  it('expands no entity of an XMP packet', async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "51.5"><!ENTITY b "&a;">]>${xmpPacket('exif:GPSLatitude="&b;" exif:GPSLongitude="7.5"')}`;
    expect(readPhotoFacts(await photo({ IFD0: { Artist: 'x' } }, 'jpeg', bomb)).facts.point).toBeNull();
  });
});

describeShared('photos of many cameras', (folder) => {
  it.each([
    ['exif', 50],
    ['mapillary', 34],
  ])('reads the position of each photo of %s within 20 m of its label', (set, count) => {
    const labels: Record<string, string>[] = parse(readFileSync(join(folder, 'photos', set, 'labels.csv')), {
      columns: true,
    });
    expect(labels).toHaveLength(count);
    for (const label of labels) {
      const { facts } = readPhotoFacts(readFileSync(join(folder, 'photos', set, label.file as string)));
      const labelled = { lat: Number(label.lat), lon: Number(label.lon) };
      expect({ file: label.file, near: facts.point !== null && metres(facts.point, labelled) <= 20 }).toEqual({
        file: label.file,
        near: true,
      });
    }
  });
});

function metres(a: GeoPoint, b: GeoPoint): number {
  const east = (a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180);
  return (Math.hypot(a.lat - b.lat, east) * Math.PI * 6_371_000) / 180;
}
