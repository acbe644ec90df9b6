import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Angle, type Axis, readAngle } from '../../../src/images/read-angle.js';

/** Whole degrees, minutes and thousandths of seconds, so that every form can hold the angle. */
interface Parts {
  readonly axis: Axis;
  readonly degrees: number;
  readonly minutes: number;
  readonly thousandths: number;
  readonly negative: boolean;
}

const angles: fc.Arbitrary<Parts> = fc.record({
  axis: fc.constantFrom<Axis>('lat', 'lon'),
  degrees: fc.nat(89),
  minutes: fc.nat(59),
  thousandths: fc.integer({ min: 1, max: 59_999 }),
  negative: fc.boolean(),
});

interface Written {
  readonly d: number;
  readonly m: number;
  readonly s: string;
  readonly decimal: string;
  readonly decimalMinutes: string;
  readonly letter: string;
  readonly word: string;
  readonly sign: string;
}

const FORMS: Readonly<Record<string, (a: Written) => string>> = {
  'XMP minutes': (a) => `${a.d},${a.decimalMinutes}${a.letter}`,
  'XMP seconds': (a) => `${a.d},${a.m},${a.s}${a.letter}`,
  'spaced XMP': (a) => `${a.d}, ${a.decimalMinutes} ${a.letter.toLowerCase()}`,
  'letter behind': (a) => `${a.decimal}${a.letter}`,
  'letter in front': (a) => `${a.letter} ${a.decimal}`,
  'word behind': (a) => `${a.decimal} ${a.word}`,
  'word in front': (a) => `${a.word.toUpperCase()} ${a.d} ${a.m} ${a.s}`,
  sign: (a) => `${a.sign}${a.decimal}`,
  'minus of typesetters': (a) => `${a.sign.replace('-', '−')}${a.decimal}`,
  'sign and letter that agree': (a) => `${a.sign}${a.decimal} ${a.letter}`,
  'signed parts': (a) => `${a.sign || '+'}${a.d}:${a.m}:${a.s}`,
  'as ExifTool prints': (a) => `${a.d} deg ${a.m}' ${a.s}" ${a.letter}`,
  typeset: (a) => `${a.d}° ${a.m}′ ${a.s}″ ${a.letter}`,
  'typeset, close': (a) => `${a.letter}${a.d}º${a.m}’${a.s}”`,
  'two single marks': (a) => `${a.d}°${a.m}'${a.s}'' ${a.letter}`,
  'decimal comma within marks': (a) => `${a.d}° ${a.m}' ${a.s.replace('.', ',')}" ${a.letter}`,
  'decimal comma': (a) => `${a.sign}${a.decimal.replace('.', ',')}`,
  'units in words': (a) => `${a.d} degrees ${a.m} minutes ${a.s} seconds ${a.word}`,
  'units in letters': (a) => `${a.d}d ${a.m}m ${a.s}s ${a.letter}`,
  'commas around the letter': (a) => `${a.d},${a.m},${a.s},${a.letter}`,
  'decimal degrees with a mark': (a) => `${a.letter}, ${a.decimal}°`,
  'decimal minutes with marks': (a) => `${a.d}° ${a.decimalMinutes}' ${a.letter}`,
  'fractions of EXIF': (a) => `${a.d}/1,${a.m}/1,${Math.round(Number(a.s) * 1000)}/1000${a.letter}`,
};

function written({ axis, degrees, minutes, thousandths, negative }: Parts) {
  const seconds = thousandths / 1000;
  const size = degrees + minutes / 60 + seconds / 3600;
  const words = axis === 'lat' ? ['North', 'South latitude'] : ['east', 'West'];
  const text: Written = {
    d: degrees,
    m: minutes,
    s: seconds.toFixed(3),
    decimal: size.toFixed(9),
    decimalMinutes: (minutes + seconds / 60).toFixed(7),
    letter: axis === 'lat' ? 'NS'.charAt(Number(negative)) : 'EW'.charAt(Number(negative)),
    word: words[Number(negative)] as string,
    sign: negative ? '-' : '',
  };
  return { text, expected: negative ? -size : size };
}

describe('an angle', () => {
  it.each(Object.entries(FORMS))('is read back from: %s', (_name, form) => {
    fc.assert(
      fc.property(angles, (angle) => {
        const { text, expected } = written(angle);
        const read = readAngle(form(text), angle.axis);
        expect(read).toBeCloseTo(expected, 7);
      }),
    );
  });

  it('is the same with its letter beside it', () => {
    fc.assert(
      fc.property(angles, fc.constantFrom('letter', 'word'), (angle, kind) => {
        const { text, expected } = written(angle);
        for (const plain of [text.decimal, `${text.d},${text.decimalMinutes}`, `${text.d},${text.m},${text.s}`]) {
          expect(readAngle(plain, angle.axis, text[kind as 'letter'])).toBeCloseTo(expected, 7);
        }
      }),
    );
  });

  it.each<[string, Axis, string | null, string]>([
    ['-12.5N', 'lat', null, 'contradict'],
    ['-12.5', 'lat', 'north', 'contradict'],
    ['+12.5', 'lon', 'W', 'contradict'],
    ['N 12.5 S', 'lat', null, 'two different'],
    ['12.5N', 'lat', 'S', 'two different'],
    ['12,30.5E', 'lon', 'West longitude', 'two different'],
    ['12.5', 'lat', 'E', 'other axis'],
    ['12.5 North longitude', 'lat', null, 'other axis'],
    ['12.5', 'lat', '?', 'is none'],
    ['12.5 Q', 'lat', null, 'is none'],
    ['12,30.5', 'lat', null, 'lacks'],
    ['12 30 17', 'lon', null, 'lacks'],
    ['12,75.5N', 'lat', null, 'over 60'],
    ['0/0,0/0,0/0N', 'lat', null, 'unknown'],
    ['12,30', 'lat', 'N', 'not written'],
    ['12,5', 'lat', null, 'not written'],
    ['12.5,30N', 'lat', null, 'not written'],
    ['12.5.6', 'lat', null, 'not written'],
    ['12 13 14 15 N', 'lat', null, 'not written'],
    ['north', 'lat', null, 'not written'],
    ['', 'lat', null, 'not written'],
    [`${'1'.repeat(5000)}N`, 'lat', null, 'not written'],
  ])('is none in %s (%s, beside it %s): %s', (text, axis, reference, fault) => {
    const read = readAngle(text, axis, reference) as Exclude<Angle, number>;
    expect(read.fault).toContain(fault);
  });

  it.each<[string, Axis, string | null, number]>([
    ['12.5', 'lat', null, 12.5],
    ['12.5', 'lat', ' s ', -12.5],
    ['-12.5', 'lat', 'S', -12.5],
    ['12.5', 'lat', 'Southern Hemisphere', -12.5],
    ['0.000', 'lat', 'S', 0],
    ['-0', 'lon', null, 0],
    ['1.25e-5', 'lon', null, 0.0000125],
    ['12,30N', 'lat', null, 12.5],
    ['12,30N', 'lat', 'n', 12.5],
    ['7 s', 'lat', null, -7],
    ['7° 30 S', 'lat', null, -7.5],
  ])('in %s (%s, beside it %s) is %s', (text, axis, reference, expected) => {
    expect(readAngle(text, axis, reference)).toBeCloseTo(expected, 12);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.,°\'" -+/:NSEWnsewdmx\0') }), (text) => {
        const read = readAngle(text, 'lat', text);
        expect(typeof read === 'number' ? Number.isFinite(read) : read.fault).toBeTruthy();
      }),
    );
  });
});
