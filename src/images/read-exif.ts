import { offsetBetween, parseCaptureTime } from './capture-time.js';
import {
  cleanHeading,
  cleanPoint,
  cleanText,
  type FactNote,
  type KnownFacts,
  NO_FACTS,
  type ToldFacts,
} from './known-facts.js';

/** ExifReader's tags: each value is a number, a list of numbers, of [numerator, denominator] or of strings. */
export type ExifTags = Readonly<Record<string, { readonly value?: unknown } | undefined>>;

/**
 * What EXIF says. A coordinate without its hemisphere letter counts as none unless it is negative: guessing would move
 * a photo to another continent in silence. 0/0 is EXIF's way to write "unknown".
 */
export function readExif(tags: ExifTags): ToldFacts {
  const notes: FactNote[] = [];
  const facts = {
    ...NO_FACTS,
    point: readPoint(tags, notes),
    headingDeg: cleanHeading(rational(tags.GPSImgDirection?.value)),
    altitudeM: readAltitude(tags),
    capturedAt: readTime(tags),
    author: text(tags.Artist) ?? text(tags.XPAuthor),
    licence: text(tags.Copyright),
  };
  return { facts, notes };
}

function readPoint(tags: ExifTags, notes: FactNote[]): KnownFacts['point'] {
  if (tags.GPSLatitude === undefined || tags.GPSLongitude === undefined) return null;
  const lat = readAngle(tags.GPSLatitude.value, letter(tags.GPSLatitudeRef), 'N', 'S');
  const lon = readAngle(tags.GPSLongitude.value, letter(tags.GPSLongitudeRef), 'E', 'W');
  for (const angle of [lat, lon])
    if (typeof angle === 'string') notes.push({ what: `The GPS position in EXIF ${angle}`, got: null });
  if (typeof lat === 'string' || typeof lon === 'string') return null;
  const point = cleanPoint(lat, lon);
  if (point === null) notes.push({ what: 'The GPS position in EXIF is none', got: `${lat}, ${lon}` });
  return point;
}

/** Signed degrees, or what is wrong. */
function readAngle(value: unknown, hemisphere: string, positive: string, negative: string): number | string {
  const parts = Array.isArray(value) ? (isRational(value) ? [value] : value) : [value];
  const [degrees, minutes = 0, seconds = 0] = parts.map(rational);
  if (degrees === null || degrees === undefined || minutes === null) return 'has an unknown part (0/0)';
  // Writers of decimal minutes leave the seconds unknown; with whole minutes they really are unknown.
  if (seconds === null && Number.isInteger(minutes)) return 'has unknown seconds (0/0)';
  if (Math.abs(minutes) > 60 || Math.abs(seconds ?? 0) > 60) return 'has minutes or seconds over 60';
  const size = Math.abs(degrees) + minutes / 60 + (seconds ?? 0) / 3600;
  if (hemisphere === positive || hemisphere === negative) return hemisphere === negative ? -size : size;
  if (degrees < 0 || size === 0) return size === 0 ? 0 : -size;
  return `lacks its hemisphere letter (${positive} or ${negative}), so that it could be on either side`;
}

function readAltitude(tags: ExifTags): number | null {
  const size = rational(tags.GPSAltitude?.value);
  const reference = tags.GPSAltitudeRef?.value;
  const below = Number(Array.isArray(reference) ? reference[0] : (reference ?? 0)) === 1;
  if (size === null || Math.abs(size) > 20_000) return null;
  return below && size !== 0 ? -Math.abs(size) : size;
}

/** Local time of the shutter with its zone, from the zone tag or from the satellites' UTC beside it. */
function readTime(tags: ExifTags): string | null {
  const named = text(tags.OffsetTimeOriginal) ?? text(tags.OffsetTime) ?? text(tags.OffsetTimeDigitized);
  const fraction = text(tags.SubSecTimeOriginal) ?? text(tags.SubSecTimeDigitized);
  const shutter = text(tags.DateTimeOriginal) ?? text(tags.DateTimeDigitized);
  const utcMs = satelliteTime(tags);
  const local = shutter === null ? null : parseCaptureTime(shutter, null, fraction);
  if (local?.includes('T')) {
    const zone = named ?? (utcMs === null ? null : offsetBetween(local, utcMs));
    return parseCaptureTime(shutter as string, zone, fraction);
  }
  return local ?? (utcMs === null ? null : new Date(utcMs).toISOString().replace('.000Z', 'Z'));
}

function satelliteTime(tags: ExifTags): number | null {
  const parts = tags.GPSTimeStamp?.value;
  const date = text(tags.GPSDateStamp);
  if (date === null || !Array.isArray(parts)) return null;
  const day = parseCaptureTime(date);
  const [hours, minutes, seconds] = parts.map(rational);
  if (day === null || day.length !== 10) return null;
  if (typeof hours !== 'number' || typeof minutes !== 'number' || typeof seconds !== 'number') return null;
  if (hours > 23 || minutes > 59 || seconds > 60) return null;
  return Date.parse(`${day}T00:00:00Z`) + Math.round((hours * 3600 + minutes * 60 + seconds) * 1000);
}

function isRational(value: readonly unknown[]): boolean {
  return value.length === 2 && typeof value[0] === 'number' && typeof value[1] === 'number';
}

/** A number, a [numerator, denominator], or the first of a list of either; null for x/0 and for anything else. */
function rational(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (!Array.isArray(value) || value.length === 0) return null;
  if (!isRational(value)) return rational(value[0]);
  const quotient = (value[0] as number) / (value[1] as number);
  return Number.isFinite(quotient) ? quotient : null;
}

function letter(tag: ExifTags[string]): string {
  return (text(tag) ?? '').slice(0, 1).toUpperCase();
}

function text(tag: ExifTags[string]): string | null {
  const value = tag?.value;
  return cleanText(Array.isArray(value) ? value.filter((part) => typeof part === 'string').join(', ') : value);
}
