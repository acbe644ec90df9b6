const SHAPE =
  /^(\d{4})[-:/_.](\d{1,2})[-:/_.](\d{1,2})(?:[T _]+(\d{1,2})[:_](\d{2})(?:[:_](\d{2})(?:[.,_](\d{1,9}))?)?\s*(Z|UTC|[+-]\d{2}:?\d{2}(?::\d{2})?)?)?$/i;

/** Offsets of present-day zones beside whole and half hours. */
const ODD_OFFSETS_MIN = new Set([5 * 60 + 45, 8 * 60 + 45, 12 * 60 + 45, 13 * 60 + 45]);

/**
 * A capture time as ISO 8601 from the forms that EXIF (`2018:06:08 13:24:10`), XMP, Mapillary
 * (`2018_06_08_13_24_10_345`) and tables use. Ends in Z or an offset where the text has one, else it is local time; a
 * date without a time stays a date. null for anything else, for dates that no calendar has and for all zeros.
 * @param offset zone to use where the text has none, as EXIF's OffsetTimeOriginal writes it.
 * @param fraction digits after the second, as EXIF's SubSecTimeOriginal writes them.
 */
export function parseCaptureTime(text: string, offset?: string | null, fraction?: string | null): string | null {
  const match = SHAPE.exec(text.trim());
  if (!match) return null;
  const [, year = '', month = '', day = '', hour, minute, second = '00', ownFraction, ownZone] = match;
  const date = `${year}-${two(month)}-${two(day)}`;
  if (Number(year) < 1826 || !isDate(Number(year), Number(month), Number(day))) return null;
  if (hour === undefined || minute === undefined) return date;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const digits = ownFraction ?? (fraction && /^\s*\d{1,9}\s*$/.test(fraction) ? fraction.trim() : '');
  const milliseconds = digits === '' ? '' : `.${digits.padEnd(3, '0').slice(0, 3)}`;
  const shownSecond = Number(second) === 60 ? '59' : second;
  return `${date}T${two(hour)}:${minute}:${shownSecond}${milliseconds}${zone(ownZone ?? offset)}`;
}

/** ISO 8601 in UTC of an instant, without milliseconds where there are none. */
export function utcTime(ms: number): string | null {
  if (!(Math.abs(ms) < 8.64e15)) return null;
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** Whether a capture time has a zone, so that it is an instant. */
export function hasZone(capturedAt: string): boolean {
  return /(Z|[+-]\d{2}:\d{2})$/.test(capturedAt) && capturedAt.includes('T');
}

/**
 * The zone that makes a local time the same instant as a UTC time, such as `+02:00`; null where no zone of the world
 * does within 90 s, because then the camera's clock or the satellite fix is stale.
 */
export function offsetBetween(localTime: string, utcMs: number): string | null {
  const localMs = Date.parse(`${localTime}Z`);
  const minutes = Math.round((localMs - utcMs) / 60_000 / 15) * 15;
  const left = Math.abs(localMs - utcMs - minutes * 60_000);
  if (!(left <= 90_000) || minutes < -12 * 60 || minutes > 14 * 60) return null;
  if (minutes % 30 !== 0 && !ODD_OFFSETS_MIN.has(minutes)) return null;
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** A zone as EXIF and ISO 8601 write it (`+05:45`, `-0700`, `Z`), as ISO 8601; null for anything else. */
export function readZone(text: string | null): string | null {
  return zone(text) || null;
}

function zone(text: string | null | undefined): string {
  const match = /^\s*(?:(Z|UTC)|([+-])(\d{2}):?(\d{2})(?::\d{2})?)\s*$/i.exec(text ?? '');
  if (!match) return '';
  if (match[1]) return 'Z';
  return Number(match[3]) <= 14 && Number(match[4]) < 60 ? `${match[2]}${match[3]}:${match[4]}` : '';
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function two(value: string | number | undefined): string {
  return String(value).padStart(2, '0');
}
