import { fault } from '../../domain/errors.js';
import type { FactName } from './cells.js';
import type { PairOrder } from './read-pair.js';
import type { DateOrder } from './table-date.js';

/** What a column can hold. A position may be in one column or two, and so may a date and its time of day. */
export type ColumnName = 'file' | FactName;

/** Accepted names by precedence; only letters and digits are compared, in any case. */
const COLUMN_ALIASES: Readonly<Record<ColumnName, readonly string[]>> = {
  file: [
    // ExifTool's SourceFile has the folder; its FileName has not.
    ...['sourcefile', 'file', 'filename', 'filepath', 'path', 'image', 'imagepath', 'imagename', 'imagefile', 'photo'],
    ...['photofile', 'photopath', 'photoname', 'img', 'imgpath', 'imgname', 'datei', 'dateiname', 'fichier', 'archivo'],
    ...['bestand', 'imgid', 'imageid', 'photoid', 'id', 'key'],
  ],
  lat: [
    ...['lat', 'latitude', 'gpslat', 'gpslatitude', 'maplatitude', 'decimallatitude', 'latdecimal', 'latdd'],
    ...['breitengrad', 'latitud', 'latitudine', 'breedtegraad', 'lattitude', 'latitute'],
  ],
  lon: [
    ...['lon', 'lng', 'long', 'longitude', 'gpslon', 'gpslng', 'gpslong', 'gpslongitude', 'maplongitude'],
    ...['decimallongitude', 'londecimal', 'londd', 'längengrad', 'laengengrad', 'longitud', 'longitudine'],
    ...['lengtegraad', 'longtitude', 'longitute'],
  ],
  lat_ref: [
    'latref',
    'latituderef',
    'gpslatref',
    'gpslatituderef',
    'lathemisphere',
    'latitudehemisphere',
    'latdir',
    'ns',
  ],
  lon_ref: [
    ...['lonref', 'lngref', 'longref', 'longituderef', 'gpslonref', 'gpslongref', 'gpslongituderef', 'lonhemisphere'],
    ...['longitudehemisphere', 'londir', 'ew', 'we'],
  ],
  position: [
    ...[
      'position',
      'gpsposition',
      'coordinates',
      'coordinate',
      'coords',
      'gpscoordinates',
      'gpscoords',
      'latlon',
      'latlng',
    ],
    ...['latlong', 'latitudelongitude', 'lonlat', 'lnglat', 'longitudelatitude', 'geolocation', 'geo', 'geouri', 'gps'],
    ...['wkt', 'geom', 'geometry', 'point', 'computedgeometry', 'koordinaten', 'standort', 'location'],
  ],
  altitude: ['altitude', 'altitudem', 'alt', 'altm', 'gpsaltitude', 'gpsalt', 'elevation', 'elevationm', 'ele'],
  altitude_ref: ['altituderef', 'gpsaltituderef', 'altref'],
  heading: [
    ...['heading', 'headingdeg', 'compassangle', 'computedcompassangle', 'compassheading', 'bearing', 'direction'],
    ...['gpsimgdirection', 'imgdirection', 'azimuth'],
  ],
  captured_at: [
    ...['capturedat', 'capturetime', 'takenat', 'datetime', 'subsecdatetimeoriginal', 'datetimeoriginal', 'timestamp'],
    ...['datetaken', 'time', 'date', 'capturedate', 'dateoriginal', 'createdate', 'zeitstempel', 'aufnahmedatum'],
    ...['aufnahmezeit', 'datum', 'fecha', 'gpsdatetime'],
  ],
  date: ['date', 'datetaken', 'capturedate', 'dateoriginal', 'aufnahmedatum', 'datum', 'fecha'],
  clock: ['time', 'timetaken', 'capturetime', 'timeoriginal', 'aufnahmezeit', 'uhrzeit', 'zeit', 'heure', 'hora'],
  offset: ['offsettimeoriginal', 'offsettime', 'utcoffset', 'timezoneoffset', 'timezone', 'tz'],
  fraction: ['subsectimeoriginal', 'subsectime'],
  author: ['author', 'creator', 'artist', 'photographer', 'byline', 'creatorusername', 'username', 'user', 'owner'],
  sequence: ['sequence', 'sequenceid', 'sequencekey', 'sequenceuuid', 'seq'],
  licence: ['licence', 'license', 'copyright', 'rights', 'usageterms'],
  attribution: ['attribution', 'credit'],
  url: ['url', 'pageurl', 'sourceurl', 'link'],
};

const COLUMN_NAMES = Object.keys(COLUMN_ALIASES) as readonly ColumnName[];

/** Names that mean too little as part of another: `user.id` names no file. */
const VAGUE = new Set([
  ...COLUMN_ALIASES.file.slice(-5),
  'image',
  'photo',
  'img',
  'user',
  'username',
  'owner',
  'link',
  'url',
]);

/** Suffixes of a name that state what is assumed anyway. */
const PLAIN_UNITS: Readonly<Partial<Record<ColumnName, RegExp>>> = {
  lat: /^(deg|degrees?|°|dd|decimal|decimaldegrees|dms|grad|wgs84|epsg4326|n|ns|northing)$/,
  lon: /^(deg|degrees?|°|dd|decimal|decimaldegrees|dms|grad|wgs84|epsg4326|e|ew|easting)$/,
  position: /^(wgs84|epsg4326|deg|degrees?|latlon|latlng|latlong|wkt|lonlat|lnglat)$/,
  altitude: /^(m|metres?|meters?|msl|masl|amsl|asl)$/,
  heading: /^(deg|degrees?|°|true|north)$/,
  captured_at: /^(utc|gmt|z|local|localtime|iso|iso8601|[dmyhs]{3,})$/,
  date: /^(utc|gmt|local|[dmy]{3,})$/,
  clock: /^(utc|gmt|local|[hms]{2,}|24h)$/,
};

/** The column of each fact, and what the header says about reading them. */
export interface Columns {
  /** Index of each column that is there. */
  readonly at: ReadonlyMap<ColumnName, number>;
  readonly order: PairOrder;
  /** Whether times without a zone are UTC. */
  readonly isUtc: boolean;
  /** Order of day and month where the header gives it, as `date (dd/mm/yyyy)` does. */
  readonly dateOrder: DateOrder | null;
  /** EXIF's own numbers without a sign (ExifTool's -G): useless without their hemisphere. */
  readonly isUnsigned: boolean;
  /** Columns with the same fact as one that is read. */
  readonly rivals: readonly ColumnPlace[];
}

export interface ColumnPlace {
  readonly column: ColumnName;
  readonly at: number;
}

interface Candidate {
  readonly at: number;
  readonly column: ColumnName;
  readonly rank: number;
  readonly alias: string;
  readonly group: string;
  readonly unit: string;
}

export function findColumns(header: readonly string[]): Columns {
  const candidates = header.flatMap((name, at) => matches(name, at));
  candidates.sort((a, b) => a.rank - b.rank || groupRank(a.group) - groupRank(b.group) || a.at - b.at);
  const chosen = new Map<ColumnName, Candidate>();
  for (const one of candidates) if (!chosen.has(one.column)) chosen.set(one.column, one);
  const lat = chosen.get('lat');
  if (lat !== undefined && chosen.has('lon')) chosen.delete('position');
  const at = new Map([...chosen].map(([column, one]) => [column, one.at]));
  const taken = new Set(at.values());
  const position = chosen.get('position');
  const time = chosen.get('captured_at');
  return {
    at,
    order: /^(lonlat|lnglat|longitudelatitude)$/.test(position?.unit || position?.alias || '') ? 'lon_lat' : 'lat_lon',
    isUtc: /^(utc|gmt|z)$/.test(time?.unit ?? '') || time?.alias === 'gpsdatetime',
    dateOrder: declaredOrder(chosen.get('date')?.unit ?? time?.unit ?? ''),
    isUnsigned: lat?.alias === 'gpslatitude' && /^(exif|gps|ifd\d)$/i.test(lat.group),
    rivals: candidates
      .filter(
        ({ column, group, at: place }) => at.has(column) && column !== 'file' && group === '' && !taken.has(place),
      )
      .map(({ column, at }) => ({ column, at })),
  };
}

/** Columns that resemble a missing one, and are not read. */
export function findLookalikes(header: readonly string[], { at }: Columns): readonly ColumnPlace[] {
  const taken = new Set(at.values());
  return header.flatMap((name, index) =>
    taken.has(index) || matches(name, index).length > 0 ? [] : lookalike(name, index, at),
  );
}

/** @throws `manifest_column_missing` */
export function requireColumns(manifest: string, header: readonly string[]): Columns {
  const columns = findColumns(header);
  if (hasRequired(columns)) return columns;
  const { at } = columns;
  const missing = (['file', 'lat', 'lon'] as const).filter(
    (column) => !at.has(column) && !(column !== 'file' && at.has('position')),
  );
  const wanted = missing.map((column) => SHOWN_ALIASES[column].join('|')).join(', and ');
  const shown = header.slice(0, 30).map((name) => JSON.stringify(name.slice(0, 40)));
  const alike = findLookalikes(header, columns).map(({ at }) => JSON.stringify(header[at]));
  const hint = alike.length === 0 ? '' : ` ${alike.join(' and ')} may be meant, but can't be read as that.`;
  throw fault(
    'manifest_column_missing',
    `Expected a column named ${wanted} in the first line of ${manifest}, got ${shown.length === 0 ? 'an empty file' : shown.join(', ')}.${hint} Rename the columns and run again.`,
  );
}

/** Whether each row can name a photo and its position. */
export function hasRequired({ at }: Columns): boolean {
  return at.has('file') && ((at.has('lat') && at.has('lon')) || at.has('position'));
}

const SHOWN_ALIASES = {
  file: ['file', 'filename', 'path', 'image', 'photo', 'id'],
  lat: ['lat', 'latitude', 'gps_latitude'],
  lon: ['lon', 'lng', 'long', 'longitude', 'gps_longitude'],
} as const;

const ALIASES: ReadonlyMap<string, readonly { readonly column: ColumnName; readonly rank: number }[]> = aliasIndex();

function aliasIndex() {
  const index = new Map<string, { column: ColumnName; rank: number }[]>();
  for (const column of COLUMN_NAMES) {
    for (const [rank, alias] of COLUMN_ALIASES[column].entries()) {
      index.set(alias, [...(index.get(alias) ?? []), { column, rank }]);
    }
  }
  return index;
}

/** What a column's name can mean: as it is, without a unit, without the group that ExifTool and nested JSON put first. */
function matches(name: string, at: number): Candidate[] {
  const { whole, group, base, unit } = partsOf(name);
  const found = named(whole, unit, '', at);
  if (found.length > 0) return found;
  const [, stem = '', suffix = ''] = /^(.*?)[\s_-]([\p{L}\p{N}]+)$/u.exec(whole) ?? [];
  const spelled =
    unit === '' ? named(stem, collapsed(suffix), '', at).filter(({ column }) => column in PLAIN_UNITS) : [];
  if (spelled.length > 0) return spelled;
  return group === '' || VAGUE.has(collapsed(base)) ? [] : named(base, unit, group, at);
}

function named(name: string, unit: string, group: string, at: number): Candidate[] {
  const alias = collapsed(name);
  return (ALIASES.get(alias) ?? [])
    .filter(({ column }) => unit === '' || (PLAIN_UNITS[column]?.test(unit) ?? !MEASURED.has(column)))
    .map(({ column, rank }) => ({ at, column, rank, alias, group, unit }));
}

const MEASURED = new Set<ColumnName>(['lat_ref', 'lon_ref', 'altitude_ref', 'offset', 'fraction']);

/** `[EXIF] GPS Latitude (deg)` is the group EXIF, the base GPS Latitude, the unit deg. */
function partsOf(name: string): { whole: string; group: string; base: string; unit: string } {
  const clean = name
    .replace(/^\uFEFF/, '')
    .normalize('NFC')
    .replace(/[\s\p{Z}]+/gu, ' ')
    .trim();
  const [, before = '', rest = ''] = /^\[([\w-]+)\]\s*(.+)$/.exec(clean) ?? ['', '', clean];
  const [, body = rest, bracket = ''] = /^(.+?)\s*[[(]([^\])]*)[\])]\s*$/.exec(rest) ?? [];
  const whole = body.replace(/\.$/, '').trim();
  const cut = Math.max(whole.lastIndexOf(':'), whole.lastIndexOf('.'), whole.lastIndexOf('/'));
  const group = before || whole.slice(0, Math.max(0, cut)).split(/[:./]/).at(-1) || '';
  return { whole, group, base: whole.slice(cut + 1), unit: collapsed(bracket) || bracket.trim() };
}

function collapsed(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

/** Precedence of ExifTool's groups: Composite has signed values; then EXIF, whose columns come with their hemispheres. */
function groupRank(group: string): number {
  if (group === '' || /^composite$/i.test(group)) return 0;
  return /^(exif|gps|ifd\d|exififd)$/i.test(group) ? 1 : 2;
}

function declaredOrder(unit: string): DateOrder | null {
  const letters = unit.replace(/(.)\1+/g, '$1');
  if (letters.startsWith('dm')) return 'dmy';
  return letters.startsWith('md') ? 'mdy' : null;
}

const LOOKALIKE_LENGTH_MIN = 5;

function lookalike(name: string, at: number, found: ReadonlyMap<ColumnName, number>) {
  const { whole, base } = partsOf(name);
  const alike = [whole, base].map(collapsed);
  for (const column of COLUMN_NAMES) {
    if (found.has(column) || (column === 'position' && found.has('lat'))) continue;
    if (column === 'date' || column === 'clock') continue;
    const isAlike = COLUMN_ALIASES[column].some((alias) =>
      alike.some((one) => one === alias || startsAs(one, alias) || isNear(one, alias)),
    );
    if (isAlike) return [{ column, at }];
  }
  return [];
}

const OTHER_UNITS = new Set([
  'rad',
  'radians',
  'ft',
  'feet',
  'foot',
  'km',
  'w',
  's',
  'utm',
  'gon',
  'microdegrees',
  'e6',
  'e7',
]);

/** Whether the name is the alias with another unit than the assumed one: `latitude_rad`, `altitude_ft`. */
function startsAs(name: string, alias: string): boolean {
  return name.startsWith(alias) && OTHER_UNITS.has(name.slice(alias.length));
}

/** Whether the name is a misspelling: one letter off, or two in a long name. */
function isNear(name: string, alias: string): boolean {
  if (alias.length < LOOKALIKE_LENGTH_MIN || name.length < LOOKALIKE_LENGTH_MIN) return false;
  return editDistance(name, alias) <= (Math.min(alias.length, name.length) >= 8 ? 2 : 1);
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
