import { describe, expect, it } from '@jest/globals';
import type { ExifTags } from '../../../src/images/metadata/tiff-tags.js';
import { readExif } from '../../../src/images/read-exif.js';

const LETTERS: ExifTags = { GPSLatitudeRef: { value: ['S'] }, GPSLongitudeRef: { value: ['W'] } };

function angles(lat: unknown, lon: unknown): ExifTags {
  return { ...LETTERS, GPSLatitude: { value: lat }, GPSLongitude: { value: lon } };
}

const WHOLE = [
  [10, 1],
  [30, 1],
  [36, 1],
];

describe('EXIF as cameras write it', () => {
  it.each([
    ['degrees, minutes and seconds', WHOLE, -10.51],
    [
      'decimal minutes with unknown seconds',
      [
        [10, 1],
        [306, 10],
        [0, 0],
      ],
      -10.51,
    ],
    ['decimal degrees alone', [[1051, 100]], -10.51],
    [
      'degrees and minutes',
      [
        [10, 1],
        [306, 10],
      ],
      -10.51,
    ],
  ])('reads %s', (_form, value, expected) => {
    expect(readExif(angles(value, WHOLE)).facts.point?.lat).toBeCloseTo(expected, 9);
  });

  it.each([
    [
      'unknown degrees',
      [
        [0, 0],
        [30, 1],
        [0, 1],
      ],
    ],
    [
      'unknown minutes',
      [
        [10, 1],
        [0, 0],
        [0, 1],
      ],
    ],
    [
      'whole minutes with unknown seconds',
      [
        [10, 1],
        [30, 1],
        [0, 0],
      ],
    ],
    [
      '90 minutes',
      [
        [10, 1],
        [90, 1],
        [0, 1],
      ],
    ],
    ['an empty list', []],
    ['text', ['ten']],
  ])('takes %s for no position, with a note', (_form, value) => {
    const { facts, notes } = readExif(angles(value, WHOLE));
    expect(facts.point).toBeNull();
    expect(notes).toHaveLength(1);
  });

  it('takes the sign of a negative value where the letter is missing', () => {
    const signed: ExifTags = { GPSLatitude: { value: [[-1051, 100]] }, GPSLongitude: { value: [[-5, 1]] } };
    expect(readExif(signed).facts.point).toEqual({ lat: -10.51, lon: -5 });
  });

  it('counts an altitude below the sea as negative', () => {
    const below: ExifTags = { GPSAltitude: { value: [430, 1] }, GPSAltitudeRef: { value: 1 } };
    expect(readExif(below).facts.altitudeM).toBe(-430);
    expect(readExif({ GPSAltitude: { value: [0, 1] }, GPSAltitudeRef: { value: 1 } }).facts.altitudeM).toBe(0);
  });

  it.each([
    [[360, 1], 0],
    [[-90, 1], 270],
    [[1, 0], null],
    [[400, 1], null],
  ])('reads a direction of %j as %j', (value, expected) => {
    expect(readExif({ GPSImgDirection: { value } }).facts.headingDeg).toBe(expected);
  });

  it.each<[number, number]>([
    [0, 282],
    [1, -282],
    [2, 282],
    [3, -282],
  ])('counts an altitude of reference %s, above or below ellipsoid or sea, as %s', (reference, expected) => {
    const tags: ExifTags = { GPSAltitude: { value: [282, 1] }, GPSAltitudeRef: { value: reference } };
    expect(readExif(tags).facts.altitudeM).toBe(expected);
  });

  it.each([
    ['S', -10.51],
    ['s', -10.51],
    ['South', -10.51],
    ['N', null],
    ['E', null],
    ['?', null],
  ])('reads a negative latitude beside the letter %s as %s', (letter, expected) => {
    const signed: ExifTags = {
      GPSLatitudeRef: { value: [letter] },
      GPSLatitude: { value: [-1051, 100] },
      GPSLongitudeRef: { value: ['E'] },
      GPSLongitude: { value: [5, 1] },
    };
    const { facts, notes } = readExif(signed);
    expect(facts.point).toEqual(expected === null ? null : { lat: expected, lon: 5 });
    expect(notes).toHaveLength(expected === null ? 1 : 0);
  });

  it('says that half a position is none', () => {
    const { facts, notes } = readExif({ GPSLatitudeRef: { value: ['N'] }, GPSLatitude: { value: WHOLE } });
    expect(facts.point).toBeNull();
    expect(notes).toEqual([{ what: 'The GPS position in EXIF lacks its longitude', got: null }]);
  });
});

describe('the zone of an EXIF time', () => {
  const at = (value: string) => ({ value: [value] });
  const ORIGINAL: ExifTags = { DateTimeOriginal: at('2022:11:05 18:30:00') };
  const SAME: ExifTags = { ...ORIGINAL, DateTimeDigitized: at('2022:11:05 18:30:00') };
  const SATELLITES: ExifTags = {
    GPSDateStamp: at('2022:11:05'),
    GPSTimeStamp: {
      value: [
        [13, 1],
        [0, 1],
        [7, 1],
      ],
    },
  };
  const PLAIN: ExifTags = { OffsetTime: at('+01:00') };

  it.each<[string, ExifTags, string]>([
    ['its own tag', { ...SAME, ...SATELLITES, ...PLAIN, OffsetTimeOriginal: at('-03:00') }, '-03:00'],
    ['the digitised one', { ...SAME, ...SATELLITES, ...PLAIN, OffsetTimeDigitized: at('-03:00') }, '-03:00'],
    ['the digitised one alone', { ...ORIGINAL, ...PLAIN, OffsetTimeDigitized: at('-03:00') }, '-03:00'],
    ['the satellites', { ...SAME, ...SATELLITES, ...PLAIN }, '+05:30'],
    ['the plain one', { ...SAME, ...PLAIN }, '+01:00'],
    ['none', SAME, ''],
    [
      'none of a scan, years after',
      { ...ORIGINAL, DateTimeDigitized: at('2023:02:01 10:00:00'), OffsetTimeDigitized: at('-03:00') },
      '',
    ],
    ['the next where its own is blank', { ...SAME, ...PLAIN, OffsetTimeOriginal: at('   :  ') }, '+01:00'],
  ])('is that of %s', (_name, tags, zone) => {
    expect(readExif(tags).facts.capturedAt).toBe(`2022-11-05T18:30:00${zone}`);
  });

  it('and the fraction belong to the same time', () => {
    const digitized: ExifTags = {
      DateTimeOriginal: at('0000:00:00 00:00:00'),
      SubSecTimeOriginal: at('11'),
      DateTimeDigitized: at('2022:11:05 18:30:00'),
      SubSecTimeDigitized: at('25'),
      OffsetTimeDigitized: at('+09:00'),
    };
    expect(readExif(digitized).facts.capturedAt).toBe('2022-11-05T18:30:00.250+09:00');
  });
});
