import { offsetBetween, parseCaptureTime, readZone, utcTime } from './capture-time.js';
import {
  cleanHeading,
  cleanPoint,
  cleanText,
  type FactNote,
  type KnownFacts,
  NO_FACTS,
  oncePerKind,
  type ToldFacts,
} from './known-facts.js';
import type { ExifTags } from './metadata/tiff-tags.js';
import { type Angle, type Axis, readAngle, signedAngle } from './read-angle.js';

/**
 * Facts of EXIF. A coordinate without its hemisphere letter counts only where it is negative: guessing would silently move a
 * photo to another continent. 0/0 is EXIF's way to write "unknown".
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
  return { facts, notes: oncePerKind(notes) };
}

function readPoint(tags: ExifTags, notes: FactNote[]): KnownFacts['point'] {
  const { GPSLatitude: latTag, GPSLongitude: lonTag } = tags;
  if (latTag === undefined && lonTag === undefined) return null;
  if (latTag === undefined || lonTag === undefined) {
    const missing = latTag === undefined ? 'latitude' : 'longitude';
    notes.push({ what: `The GPS position in EXIF lacks its ${missing}`, got: null });
    return null;
  }
  const lat = angleOf(latTag.value, 'lat', text(tags.GPSLatitudeRef));
  const lon = angleOf(lonTag.value, 'lon', text(tags.GPSLongitudeRef));
  for (const angle of [lat, lon]) {
    if (typeof angle !== 'number') notes.push({ what: `The GPS position in EXIF ${angle.fault}`, got: null });
  }
  if (typeof lat !== 'number' || typeof lon !== 'number') return null;
  const point = cleanPoint(lat, lon);
  if (point === null) notes.push({ what: 'The GPS position in EXIF is none', got: `${lat}, ${lon}` });
  return point;
}

/**
 * A coordinate from EXIF's unsigned fractions and its letter. Writers of negative fractions mean S or W by both, so the sign
 * counts once and does not turn the letter around; with N or E it is a contradiction.
 */
function angleOf(value: unknown, axis: Axis, letter: string | null): Angle {
  const words = text({ value });
  if (words !== null) return readAngle(words, axis, letter, false);
  const parts = (Array.isArray(value) && !isRational(value) ? value : [value]).map(rational);
  const [degrees = null, ...rest] = parts;
  const sizes = [degrees === null ? null : Math.abs(degrees), ...rest];
  const sign = degrees !== null && degrees < 0 ? '-' : null;
  return signedAngle(sizes, axis, { letters: [letter ?? undefined], sign, bareDecimal: false });
}

/** Metres. References 0 and 1 are above and below the ellipsoid, 2 and 3 the sea (Exif 3.0, GPSAltitudeRef). */
function readAltitude(tags: ExifTags): number | null {
  const size = rational(tags.GPSAltitude?.value);
  const reference = tags.GPSAltitudeRef?.value;
  const below = [1, 3].includes(Number(Array.isArray(reference) ? reference[0] : (reference ?? 0)));
  if (size === null || Math.abs(size) > 20_000) return null;
  return below && size !== 0 ? -Math.abs(size) : size;
}

/** A time with its zone tag and fraction. */
interface ClockTime {
  readonly time: string;
  readonly offset: string | null;
  readonly fraction: string | null;
}

/**
 * The shutter's local time. Its zone is that of its own tag, else that of the time of digitising where a camera wrote both at
 * once, else from the satellites' UTC; `OffsetTime` comes last, since it belongs to the last change.
 */
function readTime(tags: ExifTags): string | null {
  const original = clockTime(tags.DateTimeOriginal, tags.OffsetTimeOriginal, tags.SubSecTimeOriginal);
  const digitized = clockTime(tags.DateTimeDigitized, tags.OffsetTimeDigitized, tags.SubSecTimeDigitized);
  const utcMs = satelliteTime(tags);
  for (const [clock, other] of [
    [original, digitized],
    [digitized, original],
  ] as const) {
    const local = clock === null ? null : parseCaptureTime(clock.time, null, clock.fraction);
    if (clock === null || local === null) continue;
    if (!local.includes('T')) return local;
    const beside = other === null || isSameMoment(clock.time, other.time) ? offsetBeside(tags) : null;
    const zone =
      clock.offset ?? beside ?? (utcMs === null ? null : offsetBetween(local, utcMs)) ?? zoneOf(tags.OffsetTime);
    return parseCaptureTime(clock.time, zone, clock.fraction);
  }
  return utcMs === null ? null : utcTime(utcMs);
}

function clockTime(time: ExifTags[string], offset: ExifTags[string], fraction: ExifTags[string]): ClockTime | null {
  const said = text(time);
  return said === null ? null : { time: said, offset: zoneOf(offset), fraction: text(fraction) };
}

function offsetBeside(tags: ExifTags): string | null {
  return zoneOf(tags.OffsetTimeOriginal) ?? zoneOf(tags.OffsetTimeDigitized);
}

/** Whether two times differ by at most a minute: a camera writes both at once, a scanner years later. */
function isSameMoment(one: string, other: string): boolean {
  const [a, b] = [one, other].map((time) => Date.parse(`${parseCaptureTime(time)}Z`));
  return a !== undefined && b !== undefined && Math.abs(a - b) <= 60_000;
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

function isRational(value: readonly unknown[]): value is readonly [number, number] {
  return value.length === 2 && typeof value[0] === 'number' && typeof value[1] === 'number';
}

/** A number, a [numerator, denominator], or the first of a list of either; null for x/0 and for anything else. */
function rational(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (!Array.isArray(value) || value.length === 0) return null;
  if (!isRational(value)) return rational(value[0]);
  const quotient = value[0] / value[1];
  return Number.isFinite(quotient) ? quotient : null;
}

function zoneOf(tag: ExifTags[string]): string | null {
  return readZone(text(tag));
}

function text(tag: ExifTags[string]): string | null {
  const value = tag?.value;
  return cleanText(Array.isArray(value) ? value.filter((part) => typeof part === 'string').join(', ') : value);
}
