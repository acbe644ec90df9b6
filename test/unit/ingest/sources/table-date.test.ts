import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateColumn } from '../../../../src/ingest/sources/date-column.js';
import { isClock, readDate } from '../../../../src/ingest/sources/table-date.js';

function time(text: string): string {
  const reading = readDate(text);
  if (reading.kind === 'unread') return reading.why;
  return reading.kind === 'either' ? `${reading.dmy} or ${reading.mdy}` : reading.time;
}

describe('a time in a table', () => {
  it.each([
    ['16.11.2009 12:51', '2009-11-16T12:51:00'],
    ['16. 11. 2009', '2009-11-16'],
    ['2009. 11. 16.', '2009-11-16'],
    ['11/16/2009, 12:51:07\u202fAM', '2009-11-16T00:51:07'],
    ['11/16/2009 1:51 p.m.', '2009-11-16T13:51:00'],
    ['2009-11-16 12:51 PM', '2009-11-16T12:51:00'],
    ['16/11/2009 12:51:58.25 +01:00', '2009-11-16T12:51:58.250+01:00'],
    ['16.11.2009 12.51', '2009-11-16T12:51:00'],
    ['16 novembre 2009 12h51', '2009-11-16T12:51:00'],
    ['Montag, 16. November 2009 um 12:51 Uhr', '2009-11-16T12:51:00'],
    ['Mon Nov 16 2009 12:51:00 GMT+0100 (Central European Standard Time)', '2009-11-16T12:51:00+01:00'],
    ['Mon Nov 16 12:51:00 2009', '2009-11-16T12:51:00'],
    ['mar. 17 nov. 2009', '2009-11-17'],
    ['16-Nov-2009', '2009-11-16'],
    ['16 de marzo de 2009', '2009-03-16'],
    ['16 ноября 2009 г.', '2009-11-16'],
    ['2009年11月16日 12:51', '2009-11-16T12:51:00'],
    ['20091116', '2009-11-16'],
    ['20091116T125100Z', '2009-11-16T12:51:00Z'],
    ['20091116125100', '2009-11-16T12:51:00'],
    ['1528485850', '2018-06-08T19:24:10Z'],
    ['40133.535', '2009-11-16T12:50:24'],
    ['05/05/2009', '2009-05-05'],
    ['03/04/2009', '2009-04-03 or 2009-03-04'],
  ])('%s is %s', (text, expected) => expect(time(text)).toBe(expected));

  it.each([
    ['16.11.09', /four digits/],
    ['Nov 16', /four digits/],
    ['listopad 16 2009', /another language/],
    ['31/02/2009', /no date/],
    ['11/16/2009 13:51 PM', /time of day/],
    ['16.11.2009 12:51 CET', /no date/],
    ['200911161251', /milliseconds/],
    ['2009', /no date/],
    ['12:51', /no date/],
    ['99999', /no date/],
  ])('%s is none: %s', (text, why) => expect(time(text)).toMatch(why));

  it('is a time of day alone where no date stands beside it', () => {
    expect(['12:51', '1:05:09 PM', '12.51', '12h51'].every(isClock)).toBe(true);
    expect(['16.11.2009', '2009-11-16 12:51', '', 'noon'].some(isClock)).toBe(false);
  });

  it('comes back from a column of any order, or is left out where no row tells', () => {
    const day = fc.date({ min: new Date('1950-01-01'), max: new Date('2025-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(
        fc.array(day, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('/', '-', ' '),
        fc.boolean(),
        (days, separator, dayFirst) => {
          const column = new DateColumn();
          const cells = days.map((one) => {
            const [year, month, date] = one.toISOString().slice(0, 10).split('-') as [string, string, string];
            const text = (dayFirst ? [date, month, year] : [month, date, year]).join(separator);
            return {
              iso: `${year}-${month}-${date}`,
              reading: readDate(text),
              tells: Number(date) > 12,
              twins: date === month,
            };
          });
          for (const { reading } of cells) column.add(reading);
          const decided = cells.some(({ tells }) => tells);
          for (const { iso, reading, twins } of cells) {
            const said = column.decide(reading);
            expect('time' in said ? said.time : null).toBe(decided || twins ? iso : null);
          }
        },
      ),
    );
  });
});
