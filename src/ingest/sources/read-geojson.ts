import { basename } from 'node:path';
import { fault } from '../../domain/errors.js';
import type { Issue } from './candidate.js';
import { type GeoJsonPoint, geoJsonPoint } from './geojson-point.js';
import { type FlatRecord, flatRecord, JsonTable } from './json-records.js';
import type { Manifest } from './manifest.js';
import type { ColumnName, Columns } from './manifest-columns.js';
import { isJsonObject, type JsonObject, textOf } from './read-json-file.js';
import { type ManifestRecord, recordManifest } from './record-manifest.js';

/** Whether a value is a feature collection, a feature, or a list of features (from a file with one a line). */
export function isGeoJson(value: unknown): value is JsonObject | readonly unknown[] {
  if (Array.isArray(value)) return value.length > 0 && value.every((one) => isFeature(one) || isCollection(one));
  return isCollection(value) || isFeature(value);
}

/** Names of the coordinates, which follow the properties in a record. */
const COORDINATES = ['the second coordinate', 'the first coordinate', 'the third coordinate'] as const;

/** Point features with a property that names the file; other properties are named like a table's columns. */
export function geoJsonManifest(file: string, value: JsonObject | readonly unknown[]): Manifest {
  const features = (Array.isArray(value) ? value : [value]).flatMap((one: unknown) => featuresOf(file, one));
  const table = new JsonTable(properties(features));
  const columns = withCoordinates(table);
  return recordManifest({
    ...{ file, columns, names: [...table.names, 'id', ...COORDINATES] },
    *records() {
      for (const [index, feature] of features.entries()) {
        yield record(`${basename(file)} feature ${index + 1}`, feature, table, columns);
      }
    },
  });
}

function* properties(features: readonly unknown[]): Generator<FlatRecord> {
  for (const feature of features) yield propertiesOf(feature);
}

function propertiesOf(feature: unknown): FlatRecord {
  return flatRecord(isJsonObject(feature) && isJsonObject(feature.properties) ? feature.properties : {});
}

/** Positions come from the geometries, whatever the properties hold. */
function withCoordinates({ names, columns }: JsonTable): Columns {
  const at = new Map<ColumnName, number>(columns.at);
  for (const column of ['position', 'lat_ref', 'lon_ref'] as const) at.delete(column);
  if (!at.has('file')) at.set('file', names.length);
  for (const [index, column] of (['lat', 'lon', 'altitude'] as const).entries())
    at.set(column, names.length + 1 + index);
  const isOther = ({ column }: { readonly column: ColumnName }) => column !== 'lat' && column !== 'lon';
  return { ...columns, at, isUnsigned: false, rivals: columns.rivals.filter(isOther) };
}

function record(where: string, feature: unknown, table: JsonTable, { at }: Columns): ManifestRecord {
  const values = table.values(propertiesOf(feature));
  const property = (column: ColumnName) => values[table.columns.at.get(column) ?? -1] ?? null;
  const point: GeoJsonPoint = geoJsonPoint(isJsonObject(feature) ? feature.geometry : undefined);
  const [lon, lat, altitude] = point.kind === 'point' ? point.coordinates : [];
  const isPlaced = point.kind === 'point';
  const own = [
    isJsonObject(feature) ? textOf(feature.id) : null,
    isPlaced ? (textOf(lat) ?? 'nothing') : property('lat'),
    isPlaced ? (textOf(lon) ?? 'nothing') : property('lon'),
    textOf(altitude) ?? property('altitude'),
  ];
  const all = [...values, ...own];
  const file = at.get('file') ?? 0;
  all[file] ??= own[0] ?? null;
  return { where, values: all, issue: point.kind === 'wrong' ? wrong(where, point.got) : null };
}

function featuresOf(file: string, value: unknown): readonly unknown[] {
  if (!isJsonObject(value)) return [value];
  refuseOtherCrs(file, value);
  if (value.type === 'Feature') return [value];
  if (!Array.isArray(value.features)) {
    throw fault('manifest_invalid', `Expected a list of features in ${file}, got ${typeof value.features}.`);
  }
  for (const feature of value.features) if (isJsonObject(feature)) refuseOtherCrs(file, feature);
  return value.features;
}

/** `crs` is of GeoJSON's first edition; the present one knows WGS 84 alone. */
function refuseOtherCrs(file: string, { crs }: JsonObject): void {
  if (crs === undefined || crs === null) return;
  const named = isJsonObject(crs) && isJsonObject(crs.properties) ? textOf(crs.properties.name) : null;
  if (named !== null && /(CRS84h?|EPSG:[\d.]*:?(4326|4979)|^WGS ?84)$/i.test(named)) return;
  throw fault(
    'manifest_invalid',
    `Expected positions in WGS 84 (longitude, latitude) in ${file}, but its crs is ${JSON.stringify(named ?? crs).slice(0, 100)}. Convert the file to EPSG:4326 and run again.`,
  );
}

function isFeature(value: unknown): boolean {
  return isJsonObject(value) && value.type === 'Feature';
}

function isCollection(value: unknown): boolean {
  return isJsonObject(value) && value.type === 'FeatureCollection';
}

function wrong(where: string, got: string): Issue {
  return {
    code: 'manifest_row_invalid',
    reason: `${where}: expected the geometry to be one Point, got ${got}. Correct the feature and run again.`,
  };
}
