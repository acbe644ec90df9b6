import { callerError } from '../../domain/errors.js';
import type { FactName } from './manifest-row.js';

type ColumnName = 'file' | FactName;

/** Accepted names, the stronger first; compared without case, with spaces and hyphens as underscores. */
export const COLUMN_ALIASES: Readonly<Record<ColumnName, readonly string[]>> = {
  file: [
    'file',
    'filename',
    'file_name',
    'filepath',
    'file_path',
    'path',
    'image',
    'image_path',
    'image_name',
    'photo',
    'img',
    'img_path',
    'img_id',
    'image_id',
    'id',
    'key',
  ],
  lat: ['lat', 'latitude', 'gps_lat', 'gps_latitude', 'gpslatitude', 'maplatitude'],
  lon: [
    'lon',
    'lng',
    'long',
    'longitude',
    'gps_lon',
    'gps_lng',
    'gps_long',
    'gps_longitude',
    'gpslongitude',
    'maplongitude',
  ],
  altitude: ['altitude', 'altitude_m', 'alt', 'elevation', 'ele'],
  heading: [
    'heading',
    'heading_deg',
    'compass_angle',
    'computed_compass_angle',
    'compass_heading',
    'bearing',
    'direction',
  ],
  captured_at: [
    'captured_at',
    'capture_time',
    'taken_at',
    'datetime',
    'date_time',
    'timestamp',
    'date_taken',
    'time',
    'date',
  ],
  author: ['author', 'creator', 'photographer', 'creator_username', 'username', 'user', 'owner'],
  sequence: ['sequence', 'sequence_id', 'sequence_key', 'sequence_uuid', 'seq'],
  licence: ['licence', 'license'],
  attribution: ['attribution', 'credit'],
  url: ['url', 'page_url', 'source_url', 'link'],
};

/** Where each fact stands among a manifest's columns or properties; only those that are there. */
export type Columns = ReadonlyMap<ColumnName, number>;

export function findColumns(header: readonly string[]): Columns {
  const names = header.map((name) =>
    name
      .replace(/^\uFEFF/, '')
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_'),
  );
  const found = new Map<ColumnName, number>();
  for (const [column, aliases] of Object.entries(COLUMN_ALIASES) as [ColumnName, readonly string[]][]) {
    const at = aliases.map((alias) => names.indexOf(alias)).find((index) => index >= 0);
    if (at !== undefined) found.set(column, at);
  }
  return found;
}

/** @throws `manifest_column_missing` */
export function requireColumns(manifest: string, header: readonly string[]): Columns {
  const columns = findColumns(header);
  const missing = (['file', 'lat', 'lon'] as const).filter((column) => !columns.has(column));
  if (missing.length === 0) return columns;
  const wanted = missing.map((column) => COLUMN_ALIASES[column].join('|')).join(', and ');
  const shown = header.slice(0, 30).map((name) => JSON.stringify(name.slice(0, 40)));
  throw callerError(
    'manifest_column_missing',
    `Expected a column named ${wanted} in the first line of ${manifest}, got ${shown.length === 0 ? 'an empty file' : shown.join(', ')}. Rename the columns and run again.`,
  );
}
