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
});
