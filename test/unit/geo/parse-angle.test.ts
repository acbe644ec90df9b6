import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Axis, type LetterO, parseAngle } from '../../../src/geo/parse-angle.js';

function degrees(text: string, axis: Axis = 'lat', letterO: LetterO = null): number | string {
  const parsed = parseAngle(text, axis, letterO);
  return 'reason' in parsed ? parsed.reason : parsed.degrees;
}

describe('an angle', () => {
  const ANGLE = 51 + 28 / 60 + 40.5 / 3600;
  it.each([
    '51°28\'40.5"N',
    '51° 28′ 40.5″ N',
    '51º 28’ 40.5” N',
    "51°28'40,5''",
    '51 28 40.5 N',
    '51 28 40.5',
    'N 51 28 40.5',
    'N51°28.675',
    "n 51° 28.675'",
    "51°28,675' Nord",
    '51:28:40.5',
    '51:28.675',
    '51d28m40.5s',
    '51d 28m 40.5s N',
    '51 deg 28\' 40.50" N',
    '51 degrees 28 minutes 40.5 seconds north',
    '51\u00a0°\u202f28\u00a0\' 40.5" norte',
    '51,47791666666667',
    '+51.47791666666667°',
    '51.47791666666667 N.',
    '51,28.675N',
    '51,28,40.5N',
    '北緯51°28\'40.5"',
  ])('is read from %s', (text) => expect(degrees(text)).toBeCloseTo(ANGLE, 10));

  it.each<[string, number]>([
    ['-33,8688', -33.8688],
    ['\u221233.8688', -33.8688],
    ["\u201333°52'", -33 - 52 / 60],
    ['33.8688 S', -33.8688],
    ['33.8688s', -33.8688],
    ['-33.8688 S', -33.8688],
    ['33°52\'7.7"S', -33 - 52 / 60 - 7.7 / 3600],
    ['33d52m7s S', -33 - 52 / 60 - 7 / 3600],
    ['33°52\'7"s', -33 - 52 / 60 - 7 / 3600],
    ['33 52 7 Süd', -33 - 52 / 60 - 7 / 3600],
    ['33 52 7 Su\u0308d', -33 - 52 / 60 - 7 / 3600],
    ['0°0\'36"S', -0.01],
    ['1e-3', 0.001],
    ['41,203', 41.203],
  ])('is read from %s as %s', (text, expected) => expect(degrees(text)).toBeCloseTo(expected, 10));

  it.each<[string, number]>([
    ['16.37 E', 16.37],
    ['16.37 Ost', 16.37],
    ['0°7\'39" W', -0.1275],
    ['70,6 Oeste', -70.6],
    ['2.35 est', 2.35],
    ['W 70.6', -70.6],
  ])('of longitude is read from %s as %s', (text, expected) => expect(degrees(text, 'lon')).toBeCloseTo(expected, 10));

  it('takes O for what it is told that O is', () => {
    expect(degrees('16°22\'25"O', 'lon', 'E')).toBeCloseTo(16.373611, 6);
    expect(degrees('70.6 O', 'lon', 'W')).toBe(-70.6);
    expect(degrees('70.6 O', 'lon')).toMatch(/East in German and West in French/);
  });

  it.each<[string, RegExp]>([
    ['48 12 29 s', /seconds or South/],
    ['48d12m29S', /seconds or South/],
    ['48.208.200', /thousands/],
    ['1,234.5', /no angle/],
    ['48.2 16.3', /last number/],
    ["48°72'", /below 60/],
    ['48 E', /no side of a latitude/],
    ['-48 N', /contradict/],
    ['N 48 N', /more than one/],
    ['48 V', /different languages/],
    ['48 -12', /sign/],
    ['abc', /no angle/],
    ['48 abc', /no hemisphere/],
    ['--5', /sign/],
    ['', /no angle/],
    ['N', /no angle/],
    ['1 2 3 4', /no angle/],
    ["48' 12", /./],
    ['48.2N3', /behind/],
    ['51,5007; -0,1246', /no angle/],
    ['48/2', /no angle/],
    ['0x30', /./],
    ['Infinity', /no angle/],
  ])('is not read from %j', (text, reason) => expect(degrees(text)).toMatch(reason));

  it('is not read from a letter with two readings, whatever the language of the rest', () => {
    for (const letter of ['V', 'Z', 'L', 'Ö', 'Ø']) expect(degrees(`12 ${letter}`, 'lon')).toMatch(/languages/);
  });

  it('comes back from every form that it is written in', () => {
    const position = fc.record({
      axis: fc.constantFrom<Axis>('lat', 'lon'),
      total: fc.integer({ min: -90 * 3600_000 + 1, max: 90 * 3600_000 - 1 }),
      decimal: fc.constantFrom('.', ','),
      space: fc.constantFrom('', ' ', '\u00a0', '\u202f'),
      minus: fc.constantFrom('-', '\u2212', '\u2013'),
      marks: fc.constantFrom(['°', "'", '"'], ['º', '′', '″'], [':', ':', ''], ['d', 'm', 's'], [' deg ', "' ", '"']),
      parts: fc.integer({ min: 1, max: 3 }),
      side: fc.constantFrom('sign', 'before', 'behind', 'word'),
    });
    fc.assert(
      fc.property(position, ({ axis, total, decimal, space, minus, marks, parts, side }) => {
        const seconds = Math.abs(total) / 1000;
        const values = [
          [seconds / 3600],
          [Math.floor(seconds / 3600), (seconds % 3600) / 60],
          [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60],
        ][parts - 1] as number[];
        const written = values.map((value, i) => {
          const isLast = i === values.length - 1;
          const text = (isLast ? value.toFixed(9) : String(value)).replace('.', decimal);
          return `${text}${marks[0] === ':' && isLast ? '' : (marks[i] ?? '')}`;
        });
        const negative = total < 0;
        const letter = axis === 'lat' ? (negative ? 'S' : 'N') : negative ? 'W' : 'E';
        const word = { N: 'Nord', S: 'South', E: 'est', W: 'Ovest' }[letter];
        const body = written.join(space);
        const text = {
          sign: `${negative ? minus : ''}${body}`,
          before: `${letter}${space}${body}`,
          behind: `${body}${marks[0] === 'd' ? ' ' : space}${letter}`,
          word: `${body} ${word}`,
        }[side];
        expect(degrees(text, axis)).toBeCloseTo(total / 3600_000, 8);
      }),
      { numRuns: 1000 },
    );
  });
});
