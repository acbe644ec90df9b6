// What ExifTool says of files, in the terms of our own facts. It is asked for numbers (`-n`), all groups and duplicates.
import { spawnSync } from 'node:child_process';

const TAGS = [
  'GPSLatitude GPSLongitude GPSLatitudeRef GPSLongitudeRef GPSLongtitude Latitude Longitude GPSAltitude AbsoluteAltitude GPSImgDirection',
  'PoseHeadingDegrees GimbalYawDegree FlightYawDegree DateTimeOriginal CreateDate SubSecDateTimeOriginal SubSecCreateDate',
  'DateCreated GPSDateTime OffsetTime OffsetTimeOriginal OffsetTimeDigitized Artist XPAuthor Creator Orientation ImageSize',
].flatMap((line) => line.split(' '));

/** The version, null where ExifTool is not installed. */
export function exiftoolVersion() {
  const { status, stdout } = spawnSync('exiftool', ['-ver'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** One call for all files: starting it costs more than reading a photo. Map of the path to its tags, `Group:Tag` each. */
export function readWithExiftool(files) {
  if (files.length === 0) return new Map();
  const options = ['-json', '-n', '-a', '-G1', '-q', '-q', '-charset', 'filename=utf8', '-@', '-'];
  const { stdout, error } = spawnSync('exiftool', [...TAGS.map((tag) => `-${tag}`), ...options], {
    input: `${files.join('\n')}\n`,
    maxBuffer: 2 ** 30,
  });
  if (error) throw error;
  const found = stdout.length === 0 ? [] : JSON.parse(stdout.toString('utf8'));
  return new Map(found.map((tags) => [tags.SourceFile, tags]));
}

/** As ExifTool's users would take them: what it composes first, then EXIF, then XMP, then makers' own. */
export function factsOfExiftool(tags) {
  const first = (...names) => names.map((name) => tags[name]).find((value) => value !== undefined && value !== '');
  const time = first(
    'Composite:SubSecDateTimeOriginal',
    'ExifIFD:DateTimeOriginal',
    'IFD0:DateTimeOriginal',
    'XMP-exif:DateTimeOriginal',
    'XMP-photoshop:DateCreated',
    'Composite:SubSecCreateDate',
    'ExifIFD:CreateDate',
    'XMP-exif:DateTimeDigitized',
    'XMP-xmp:CreateDate',
    'Composite:GPSDateTime',
    'XMP-exif:GPSDateTime',
  );
  const author = first('IFD0:Artist', 'IFD0:XPAuthor', 'XMP-dc:Creator', 'XMP-tiff:Artist');
  const [width, height] = String(first('Composite:ImageSize') ?? '')
    .split(/[x ]/)
    .map(Number);
  return {
    point: pointOf(first),
    time: typeof time === 'string' ? clockOf(time) : null,
    zone: typeof time === 'string' ? (zoneOf(time) ?? zoneOf(first('ExifIFD:OffsetTimeOriginal'))) : null,
    heading: numberOf(
      first(
        'GPS:GPSImgDirection',
        'XMP-exif:GPSImgDirection',
        'XMP-GPano:PoseHeadingDegrees',
        'XMP-drone-dji:GimbalYawDegree',
      ),
    ),
    altitude: numberOf(
      first('Composite:GPSAltitude', 'GPS:GPSAltitude', 'XMP-exif:GPSAltitude', 'XMP-drone-dji:AbsoluteAltitude'),
    ),
    author: author === undefined ? null : [author].flat().join(', '),
    orientation: numberOf(first('IFD0:Orientation')),
    size: width > 0 && height > 0 ? `${width} x ${height}` : null,
  };
}

function pointOf(first) {
  for (const [lat, ...lon] of [
    ['Composite:GPSLatitude', 'Composite:GPSLongitude'],
    ['XMP-exif:GPSLatitude', 'XMP-exif:GPSLongitude'],
    ['XMP-drone-dji:GPSLatitude', 'XMP-drone-dji:GPSLongitude', 'XMP-drone-dji:GPSLongtitude'],
    ['XMP-drone-dji:Latitude', 'XMP-drone-dji:Longitude'],
  ]) {
    const point = { lat: numberOf(first(lat)), lon: numberOf(first(...lon)) };
    if (point.lat === null || point.lon === null) continue;
    // ExifTool joins the letter that stands beside a value in EXIF, and leaves XMP's to its user.
    const isXmp = point.lat === numberOf(first('XMP-exif:GPSLatitude')) && first('GPS:GPSLatitude') === undefined;
    if (!isXmp) return point;
    return {
      lat: signed(point.lat, first('XMP-exif:GPSLatitudeRef'), 'S'),
      lon: signed(point.lon, first('XMP-exif:GPSLongitudeRef'), 'W'),
    };
  }
  return null;
}

function signed(degrees, letter, negative) {
  return String(letter ?? '')
    .trim()
    .toUpperCase()
    .startsWith(negative)
    ? -Math.abs(degrees)
    : degrees;
}

function numberOf(value) {
  const number = value === undefined || value === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}

/** `2020-06-08T13:24:10` of any form, to the second; a date alone stays one; null where it is none or all zeros. */
export function clockOf(text) {
  const match = /^(\d{4})[-:](\d\d)[-:](\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?)?/.exec(text);
  if (match === null || match[1] === '0000') return null;
  const [, year, month, day, minutes, seconds = ':00'] = match;
  return `${year}-${month}-${day}${minutes === undefined ? '' : `T${minutes}${seconds}`}`;
}

export function zoneOf(text) {
  const zone = /(Z|[+-]\d\d:?\d\d)$/.exec(text ?? '')?.[1];
  return zone === undefined ? null : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').replace(/^[+-]00:00$/, 'Z');
}
