import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readTiffTags } from '../../../../src/images/metadata/tiff-tags.js';
import { readExif } from '../../../../src/images/read-exif.js';
import { gpsEntries, type TiffEntry, tiffBytes } from '../../../support/tiff-bytes.js';

const ARTIST = 0x013b;
const XP_AUTHOR = 0x9c9d;

function factsOf(first: readonly TiffEntry[], little = true) {
  return readExif(readTiffTags(tiffBytes({ first }, little))?.tags ?? {}).facts;
}

describe('the tags of a TIFF structure', () => {
  it.each([true, false])('are read in either byte order (little-endian: %s)', (little) => {
    fc.assert(
      fc.property(
        fc.integer({ min: -89_999, max: 89_999 }).filter((lat) => lat !== 0),
        fc.integer({ min: -179_999, max: 179_999 }),
        (lat, lon) => {
          const tags = readTiffTags(tiffBytes({ gps: gpsEntries(lat / 1000, lon / 1000) }, little))?.tags;
          const { point } = readExif(tags ?? {}).facts;
          expect(point?.lat).toBeCloseTo(lat / 1000, 5);
          expect(point?.lon).toBeCloseTo(lon / 1000, 5);
        },
      ),
    );
  });

  it('are found where some writers put them: GPS linked from the EXIF directory, dates in the first one', () => {
    const build = (offset: number) =>
      Buffer.from(tiffBytes({ exif: [{ tag: 0x8825, type: 4, value: [offset] }], gps: gpsEntries(-12.5, 7.25) }));
    // The first directory's second entry is the link to GPS; it gets the number of a tag that means nothing.
    const linkAt = 8 + 2 + 12;
    const file = build(build(0).readUInt32LE(linkAt + 8));
    file.writeUInt16LE(0x8826, linkAt);
    expect(readExif(readTiffTags(file)?.tags ?? {}).facts.point).toEqual({ lat: -12.5, lon: 7.25 });
    expect(factsOf([{ tag: 0x9003, type: 2, value: '2020:01:02 03:04:05' }]).capturedAt).toBe('2020-01-02T03:04:05');
  });

  it.each<[string, TiffEntry, string]>([
    ['ASCII', { tag: ARTIST, type: 2, value: 'Ida Berg' }, 'Ida Berg'],
    ['UTF-8 in an ASCII tag', { tag: ARTIST, type: 2, value: 'Žofie Nová' }, 'Žofie Nová'],
    ['the UTF-8 of Exif 3.0', { tag: ARTIST, type: 129, value: 'Žofie Nová' }, 'Žofie Nová'],
    ['Latin-1', { tag: ARTIST, type: 2, value: Buffer.from('J\xf6rg \x96 M\0', 'latin1') }, 'Jörg – M'],
    ['several', { tag: ARTIST, type: 2, value: Buffer.from('A\0B\0') }, 'A, B'],
    [
      'XPAuthor with its end',
      { tag: XP_AUTHOR, type: 1, value: Buffer.from('Åse Ødegård\0', 'utf16le') },
      'Åse Ødegård',
    ],
    ['XPAuthor without', { tag: XP_AUTHOR, type: 1, value: Buffer.from('京都太郎', 'utf16le') }, '京都太郎'],
    ['XPAuthor with rest', { tag: XP_AUTHOR, type: 7, value: Buffer.from('Åse\0old', 'utf16le') }, 'Åse'],
  ])('name the author in %s', (_name, entry, expected) => {
    expect(factsOf([entry]).author).toBe(expected);
    expect(factsOf([entry], false).author).toBe(expected);
  });

  it('prefer the artist, unless it is blank', () => {
    const windows: TiffEntry = { tag: XP_AUTHOR, type: 1, value: Buffer.from('Windows\0', 'utf16le') };
    expect(factsOf([{ tag: ARTIST, type: 2, value: 'Camera' }, windows]).author).toBe('Camera');
    expect(factsOf([{ tag: ARTIST, type: 2, value: '    ' }, windows]).author).toBe('Windows');
  });

  it('are read from signed fractions, floating numbers and text, as some programs write angles', () => {
    const position = (lat: Omit<TiffEntry, 'tag'>, lon: Omit<TiffEntry, 'tag'>) =>
      readExif(
        readTiffTags(
          tiffBytes({
            gps: [
              { tag: 1, type: 2, value: 'S' },
              { tag: 2, ...lat },
              { tag: 3, type: 2, value: 'W' },
              { tag: 4, ...lon },
            ],
          }),
        )?.tags ?? {},
      ).facts.point;
    const expected = { lat: -33.5, lon: -70.25 };
    expect(position({ type: 10, value: [-67, 2] }, { type: 10, value: [281, 4] })).toEqual(expected);
    expect(position({ type: 12, value: [33, 30, 0] }, { type: 12, value: [70.25] })).toEqual(expected);
    expect(position({ type: 2, value: '33,30.0' }, { type: 2, value: `70° 15' 0"` })).toEqual(expected);
  });

  it('give XMP that stands in one', () => {
    const packet = '<rdf:RDF/>';
    const read = readTiffTags(tiffBytes({ first: [{ tag: 700, type: 1, value: Buffer.from(packet) }] }));
    expect(Buffer.from(read?.xmp ?? []).toString()).toBe(packet);
  });

  it('are none of what is no TIFF structure', () => {
    for (const text of ['', 'II*', 'II*\0', 'II*\0\xff\xff\xff\xff', 'MM\0*\0\0\0\x04', 'hello hello']) {
      expect(readTiffTags(Buffer.from(text, 'latin1'))).toBeNull();
    }
  });

  it('never throw and stay small, whatever is changed', () => {
    const whole = tiffBytes({ first: [{ tag: ARTIST, type: 2, value: 'Ida Berg' }], gps: gpsEntries(-33.5, 70.25) });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 12 }), (at, bytes) => {
        const changed = Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at + bytes.length)]);
        const tags = readTiffTags(changed)?.tags ?? {};
        expect(() => readExif(tags)).not.toThrow();
        expect(JSON.stringify(tags).length).toBeLessThan(10_000);
      }),
      { numRuns: 1000 },
    );
  });
});
