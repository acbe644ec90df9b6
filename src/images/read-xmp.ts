import { present } from '../domain/present.js';
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
import { type Angle, type Axis, readAngle } from './read-angle.js';
import { readXmpProperties, type XmpState } from './xmp-properties.js';
import { xmpText } from './xmp-text.js';

/** Largest XMP packet or file that is read: real ones have a few kilobytes, rarely a picture of megabytes. */
export const XMP_BYTES_MAX = 4 * 1024 * 1024;

export const XMP_TOO_LARGE = `The XMP was not read: it is larger than ${XMP_BYTES_MAX / 1024 / 1024} MiB`;

const STATE_NOTES: Readonly<Record<XmpState, string | null>> = {
  whole: null,
  absent: null,
  broken: 'The XMP was not read: it is not well-formed XML',
  too_many: 'The XMP was not read: it has more attributes or elements than any program writes',
  declares_entities: 'The XMP was not read: it declares entities',
};

/** Text of the first of these properties that has any. */
type Get = (...names: string[]) => string | null;

/**
 * Facts of an XMP packet or sidecar file: position, time, direction, altitude, author, licence, whatever its encoding, root
 * element and namespace prefixes. Never throws.
 */
export function readXmp(packet: string | Uint8Array): ToldFacts {
  if (packet.length > XMP_BYTES_MAX) return { facts: NO_FACTS, notes: [{ what: XMP_TOO_LARGE, got: null }] };
  const { properties, state } = readXmpProperties(typeof packet === 'string' ? packet : xmpText(packet));
  const notes: FactNote[] = [];
  const what = STATE_NOTES[state];
  if (what !== null) notes.push({ what, got: null });
  if (properties.size === 0) return { facts: NO_FACTS, notes };
  const get: Get = (...names) => {
    for (const name of names) {
      const value = cleanText(properties.get(name));
      if (value !== null) return value;
    }
    return null;
  };
  const facts = {
    ...NO_FACTS,
    point: readPoint(get, notes),
    headingDeg: readHeading(get),
    altitudeM:
      readAltitude(get('exif:GPSAltitude'), get('exif:GPSAltitudeRef')) ??
      readAltitude(get('drone-dji:AbsoluteAltitude'), null),
    capturedAt: readTime(get),
    author: get('dc:creator', 'tiff:Artist', 'photoshop:Credit'),
    licence: get('cc:license', 'xmpRights:UsageTerms', 'dc:rights', 'xmpRights:WebStatement'),
    attribution: get('cc:attributionName'),
  };
  return { facts, notes: oncePerKind(notes) };
}

/** Properties of positions, the standard's first; `GpsLongtitude` is how DJI's cameras spelt it for years. */
const POSITIONS: readonly (readonly [lat: string, lon: readonly string[]])[] = [
  ['exif:GPSLatitude', ['exif:GPSLongitude']],
  ['drone-dji:GpsLatitude', ['drone-dji:GpsLongitude', 'drone-dji:GpsLongtitude']],
  ['drone-dji:Latitude', ['drone-dji:Longitude']],
];

function readPoint(get: Get, notes: FactNote[]): KnownFacts['point'] {
  for (const [latName, lonNames] of POSITIONS) {
    const lat = get(latName);
    const lon = get(...lonNames);
    if (lat === null && lon === null) continue;
    if (lat === null || lon === null) {
      const missing = lat === null ? 'latitude' : 'longitude';
      notes.push({ what: `The GPS position in XMP lacks its ${missing}`, got: lat ?? lon });
      continue;
    }
    // Letters beside a position are the standard's; makers of drones write signs.
    const ownLetters = latName === 'exif:GPSLatitude';
    const latRef = ownLetters ? get('exif:GPSLatitudeRef') : null;
    const lonRef = ownLetters ? get('exif:GPSLongitudeRef') : null;
    const point = pointOf([lat, latRef], [lon, lonRef], notes);
    if (point !== null) return point;
  }
  return null;
}

type Told = readonly [text: string, reference: string | null];

function pointOf(lat: Told, lon: Told, notes: FactNote[]): KnownFacts['point'] {
  const angle = (axis: Axis, [text, reference]: Told): Angle => {
    const read = readAngle(text, axis, reference);
    if (typeof read !== 'number') {
      const got = reference === null ? text : `${text}, ${reference}`;
      notes.push({ what: `The GPS position in XMP ${read.fault}`, got });
    }
    return read;
  };
  const latitude = angle('lat', lat);
  const longitude = angle('lon', lon);
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return null;
  const point = cleanPoint(latitude, longitude);
  if (point === null) notes.push({ what: 'The GPS position in XMP is none', got: `${lat[0]}, ${lon[0]}` });
  return point;
}

/** A camera that points nearly straight down has no compass direction. */
const DOWN_DEG = -85;

function readHeading(get: Get): number | null {
  const said = cleanHeading(readNumber(get('exif:GPSImgDirection', 'GPano:PoseHeadingDegrees')));
  if (said !== null) return said;
  const pitch = readNumber(get('drone-dji:GimbalPitchDegree', 'drone-parrot:CameraPitchDegree'));
  if (pitch !== null && pitch <= DOWN_DEG) return null;
  return cleanHeading(
    readNumber(get('drone-dji:GimbalYawDegree', 'drone-parrot:CameraYawDegree', 'drone-dji:FlightYawDegree')),
  );
}

/** Metres; references 1 and 3 are below the ellipsoid and below the sea (Exif 3.0, GPSAltitudeRef). */
function readAltitude(size: string | null, reference: string | null): number | null {
  const metres = readNumber(size);
  if (metres === null || Math.abs(metres) > 20_000) return null;
  const below = /^[13]$|below/i.test(reference ?? '') || /below/i.test(size ?? '');
  return below && metres !== 0 ? -Math.abs(metres) : metres;
}

/** `1805/10`, `-12.5`, `+121`, `121 m`, `171.5 m Above Sea Level`. */
function readNumber(value: string | null): number | null {
  const match =
    /^([+-]?\d+(?:\.\d+)?)(?:\/(\d+))?(?:\s*(?:°|m|met(?:er|re)s?))?(?:\s+(?:above|below) sea level)?$/i.exec(
      value?.trim() ?? '',
    );
  if (!match) return null;
  const quotient = Number(match[1]) / Number(match[2] ?? 1);
  return Number.isFinite(quotient) ? quotient : null;
}

/** The first time that can be read, the shutter's first; one without a time of day is completed by another of that day. */
function readTime(get: Get): string | null {
  const satellite = satelliteTime(get);
  const zoneOf = (local: string, own: string | null) =>
    own ?? (satellite === null ? null : offsetBetween(local, Date.parse(satellite))) ?? get('exif:OffsetTime');
  const original = readZone(get('exif:OffsetTimeOriginal'));
  const digitized = readZone(get('exif:OffsetTimeDigitized'));
  const candidates: readonly (readonly [time: string | null, offset: string | null, fraction: string | null])[] = [
    [get('exif:DateTimeOriginal'), original, get('exif:SubSecTimeOriginal')],
    [get('photoshop:DateCreated'), original, null],
    [get('exif:DateTimeDigitized'), digitized ?? original, get('exif:SubSecTimeDigitized')],
    [get('xmp:CreateDate'), digitized ?? original, null],
  ];
  let day: string | null = null;
  for (const [said, offset, fraction] of candidates) {
    const time = said === null ? null : plainTime(said);
    const local = time === null ? null : parseCaptureTime(time, null, fraction);
    if (time === null || local === null) continue;
    if (!local.includes('T')) day ??= local;
    else if (day === null || local.startsWith(day)) return parseCaptureTime(time, zoneOf(local, offset), fraction);
  }
  return day ?? satellite;
}

/** The first of several times, without the `GMT` that Apple's programs put before an offset. */
function plainTime(text: string): string {
  return present(text.split(', ')[0]).replace(/(?:GMT|UTC)(?=[+-])/i, '');
}

/** `exif:GPSTimeStamp`, which is UTC: a whole time (XMP specification part 2), or a time of day beside `exif:GPSDateStamp`. */
function satelliteTime(get: Get): string | null {
  const stamp = get('exif:GPSTimeStamp');
  if (stamp === null) return null;
  const date = get('exif:GPSDateStamp');
  const day = date === null ? null : parseCaptureTime(date);
  const whole =
    parseCaptureTime(stamp, 'Z') ?? (day?.length === 10 ? parseCaptureTime(`${day} ${timeOfDay(stamp)}`, 'Z') : null);
  return whole?.includes('T') ? utcTime(Date.parse(whole)) : null;
}

/** `01:12:34.5`, or the three fractions that EXIF has, as `01:12:34.500`. */
function timeOfDay(stamp: string): string {
  const parts = stamp.split(/[\s,:]+/).map((part) => readNumber(part.replace(/Z$/i, '')));
  const [hours, minutes, seconds] = parts;
  if (parts.length !== 3 || hours == null || minutes == null || seconds == null) return stamp;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(hours)}:${two(minutes)}:${seconds.toFixed(3).padStart(6, '0')}`;
}
