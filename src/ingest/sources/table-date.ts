import { parseCaptureTime, utcTime } from '../../images/capture-time.js';
import { dateWords, plainWord } from './month-words.js';

export type DateOrder = 'dmy' | 'mdy';

/** A reading of a cell's time, before the other cells of its column are considered. */
export type DateReading =
  /** `order`: set where the numbers themselves tell which is the day. */
  | { readonly kind: 'read'; readonly time: string; readonly separator?: string; readonly order?: DateOrder }
  | { readonly kind: 'either'; readonly separator: string; readonly dmy: string; readonly mdy: string }
  /** Days since 1899-12-30, as spreadsheets count; only a date where the whole column is. */
  | { readonly kind: 'serial'; readonly time: string }
  | { readonly kind: 'unread'; readonly why: string };

/** Other parts of a row's time. */
export interface TimeParts {
  readonly offset?: string | null;
  readonly fraction?: string | null;
}

const ZONE = String.raw`(?:Z|(?:UTC|GMT)?\s*[+-]\d{2}:?\d{2}|UTC|GMT)`;
const HALF = String.raw`[ap]\.?\s?m\.?`;
const CLOCK = new RegExp(
  String.raw`(?<![\d:.])(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?\s*(?<half>${HALF})?\s*(?<zone>${ZONE})?(?![\p{L}\d:])`,
  'iu',
);
/** With a point or an h, as in Finnish and French; only at the end, where it can't be a date. */
const END_CLOCK = new RegExp(
  String.raw`(?<=[\s,T])(?<hour>\d{1,2})[.h](?<minute>\d{2})(?:\.(?<second>\d{2}))?(?<fraction>(?!))?\s*(?<half>${HALF})?\s*(?<zone>${ZONE})?$`,
  'iu',
);
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:[T _-]?(\d{2})(\d{2})(\d{2})?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const NUMERIC = /^(\d{1,4})\s*([./ -])\s*(\d{1,2})\s*\2\s*(\d{1,4})\.?$/;
const FILLERS = new Set([
  'de',
  'del',
  'of',
  'the',
  'den',
  'd',
  'st',
  'nd',
  'rd',
  'th',
  'er',
  'г',
  'года',
  'р',
  'року',
  'r',
  'at',
  'um',
  'uhr',
  'kl',
  'klo',
  'à',
  'a',
  'om',
  'в',
  'o',
]);

const DAY_MS = 24 * 3600_000;
const SERIAL_ZERO_MS = Date.UTC(1899, 11, 30);
/** 1950-01-01: smaller numbers are years, counts and the like. */
const SERIAL_MIN = 18_264;

/**
 * Reads a time as spreadsheets, programs and people write it: what `parseCaptureTime` reads, seconds or milliseconds since
 * 1970, compact digits, `16.11.2009 12:51`, `11/16/2009 12:51 PM`, `16-Nov-2009`, `16. November 2009`, days since 1899. Where
 * the numbers can be day and month in both orders, both readings come back.
 */
export function readDate(text: string, parts: TimeParts = {}): DateReading {
  const clean = text.replace(/[\s\p{Z}\u200e\u200f]+/gu, ' ').trim();
  const time = fromDigits(clean, parts) ?? parseCaptureTime(clean, parts.offset, parts.fraction);
  if (time !== null) return typeof time === 'string' ? { kind: 'read', time } : time;
  const serial = /^\d{5}(?:[.,]\d+)?$/.test(clean) ? fromSerial(Number(clean.replace(',', '.'))) : null;
  if (serial !== null) return { kind: 'serial', time: serial };
  return fromWords(clean, parts);
}

/** Whether the text is a time of day without a date, as in the second of two columns. */
export function isClock(text: string): boolean {
  const match = CLOCK.exec(text.trim()) ?? END_CLOCK.exec(` ${text.trim()}`);
  return match !== null && text.trim().length === match[0].trim().length;
}

function fromDigits(text: string, { offset, fraction }: TimeParts): string | DateReading | null {
  const compact = COMPACT.exec(text);
  const [, year, month, day, hour, minute, second = '00', zone = ''] = compact ?? [];
  const clock = hour === undefined ? '' : ` ${hour}:${minute}:${second}`;
  const calendar = compact && parseCaptureTime(`${year}-${month}-${day}${clock}${zone}`, offset, fraction);
  const epoch = /^\d{9,14}(\.\d+)?$/.test(text) ? utcTime(Number(text) * (Number(text) >= 1e11 ? 1 : 1000)) : null;
  if (!calendar || epoch === null) return calendar || epoch;
  // Digits may be a calendar date or a count: nobody photographs in the future, which may leave one reading.
  const isPast = (time: string) => Date.parse(time) <= Date.now() + DAY_MS;
  if (isPast(epoch) && isPast(calendar)) return { kind: 'unread', why: 'they are a date and a count of milliseconds' };
  return isPast(calendar) ? calendar : epoch;
}

function fromSerial(days: number): string | null {
  const ms = Math.round((days * DAY_MS) / 1000) * 1000 + SERIAL_ZERO_MS;
  if (days < SERIAL_MIN || ms > Date.now() + 2 * DAY_MS) return null;
  const time = new Date(ms).toISOString().slice(0, 19);
  return Number.isInteger(days) ? time.slice(0, 10) : time;
}

function fromWords(text: string, parts: TimeParts): DateReading {
  const plain = text
    .replace(/\s*\([^)]*\)$/, '')
    .replace(/(\d{4})[年년]\s?(\d{1,2})[月월]\s?(\d{1,2})[日일]/, '$1-$2-$3');
  const match = CLOCK.exec(plain) ?? END_CLOCK.exec(plain);
  const clock = match === null ? '' : clockOf(match.groups ?? {});
  if (clock === null) return { kind: 'unread', why: 'there is no such time of day' };
  const date = (match === null ? plain : plain.replace(match[0], ' ')).replace(/^[\s,T]+|[\s,T]+$/g, '');
  const read = (day: string) => parseCaptureTime(`${day}${clock}`, parts.offset, parts.fraction);
  const numeric = NUMERIC.exec(date);
  return numeric ? fromNumbers(numeric, read) : fromMonthName(date, read);
}

function clockOf(groups: Readonly<Record<string, string | undefined>>): string | null {
  const { hour = '', minute = '', second = '00', fraction, half, zone } = groups;
  let hours = Number(hour);
  if (half !== undefined) {
    if (hours > 12) return null;
    hours = (hours % 12) + (/^p/i.test(half) ? 12 : 0);
  }
  const named = (zone ?? '')
    .replace(/\s/g, '')
    .replace(/^(UTC|GMT)(?=[+-])/i, '')
    .replace(/^GMT$/i, 'UTC');
  return ` ${String(hours).padStart(2, '0')}:${minute}:${second}${fraction === undefined ? '' : `.${fraction}`}${named}`;
}

type ReadDay = (isoDay: string) => string | null;

function fromNumbers(
  [, first = '', separator = '', second = '', third = '']: RegExpExecArray,
  read: ReadDay,
): DateReading {
  if (first.length === 4) return readOrNot(read(`${first}-${second}-${third}`));
  if (third.length !== 4) return { kind: 'unread', why: 'its year has no four digits' };
  const dmy = read(`${third}-${second}-${first}`);
  const mdy = read(`${third}-${first}-${second}`);
  if (dmy !== null && mdy !== null && dmy !== mdy) return { kind: 'either', separator, dmy, mdy };
  if (dmy !== null && dmy === mdy) return { kind: 'read', time: dmy };
  if (dmy !== null) return { kind: 'read', time: dmy, separator, order: 'dmy' };
  return mdy === null ? readOrNot(null) : { kind: 'read', time: mdy, separator, order: 'mdy' };
}

function fromMonthName(date: string, read: ReadDay): DateReading {
  const tokens = date.match(/\d+|\p{L}+/gu)?.map(plainWord) ?? [];
  const { months, weekdays } = dateWords();
  const named = tokens.filter((token) => !/^\d/.test(token) && !FILLERS.has(token));
  const [year] = tokens.filter((token) => /^\d{4}$/.test(token));
  const [day, ...otherNumbers] = tokens.filter((token) => /^\d/.test(token) && token !== year);
  const monthWord = named.length === 2 && weekdays.has(named[0] ?? '') ? named[1] : named[0];
  const month = months.get(monthWord ?? '');
  if (named.length > 2 || (named.length === 2 && monthWord === named[0]) || month === undefined) return readOrNot(null);
  if (month === 0) return { kind: 'unread', why: 'its month is another one in another language' };
  if (year === undefined) return { kind: 'unread', why: 'its year has no four digits' };
  if (day === undefined || day.length > 2 || otherNumbers.length > 0) return readOrNot(null);
  return readOrNot(read(`${year}-${month}-${day}`));
}

function readOrNot(time: string | null): DateReading {
  return time === null ? { kind: 'unread', why: 'it is no date that is known' } : { kind: 'read', time };
}
