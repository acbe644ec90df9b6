import { basename } from 'node:path';
import { callerError } from '../../domain/errors.js';
import type { Manifest } from './manifest.js';
import { type COLUMN_ALIASES, findColumns } from './manifest-columns.js';
import { type FactName, type ManifestRow, manifestRow } from './manifest-row.js';
import { isJsonObject, type JsonObject, textOf } from './read-json-file.js';

export function isGeoJson(value: unknown): value is JsonObject {
  return isJsonObject(value) && (value.type === 'FeatureCollection' || value.type === 'Feature');
}

/** Point features with a property that names the file; other properties under the names that tables use. */
export function geoJsonManifest(file: string, value: JsonObject): Manifest {
  const features = value.type === 'Feature' ? [value] : value.features;
  if (!Array.isArray(features)) {
    throw callerError('manifest_invalid', `Expected a list of features in ${file}, got ${typeof features}.`);
  }
  return {
    file,
    coordinateNames: ['the second coordinate', 'the first coordinate'],
    async *rows() {
      for (const [index, feature] of features.entries()) yield row(`${basename(file)} feature ${index + 1}`, feature);
    },
  };
}

function row(where: string, feature: unknown): ManifestRow {
  const properties = isJsonObject(feature) && isJsonObject(feature.properties) ? feature.properties : {};
  const geometry = isJsonObject(feature) ? feature.geometry : undefined;
  const names = Object.keys(properties);
  const columns = findColumns(names);
  const property = (column: keyof typeof COLUMN_ALIASES) => textOf(properties[names[columns.get(column) ?? -1] ?? '']);
  const coordinates = pointCoordinates(geometry);
  const name = property('file') ?? (isJsonObject(feature) ? textOf(feature.id) : null);
  if (coordinates === null) {
    const empty = manifestRow(where, name, (fact) => (fact === 'lat' || fact === 'lon' ? null : property(fact)));
    const kind = isJsonObject(geometry) ? String(geometry.type).slice(0, 40) : typeof geometry;
    const reason = `${where}: expected a Point geometry, got ${kind}. Correct the feature and run again.`;
    return geometry === null ? empty : { ...empty, issue: { code: 'manifest_row_invalid', reason } };
  }
  const [lon, lat, altitude] = coordinates;
  return manifestRow(where, name, (fact: FactName) => {
    if (fact === 'lat') return textOf(lat) ?? 'nothing';
    if (fact === 'lon') return textOf(lon) ?? 'nothing';
    return fact === 'altitude' ? (textOf(altitude) ?? property(fact)) : property(fact);
  });
}

function pointCoordinates(geometry: unknown): readonly unknown[] | null {
  if (!isJsonObject(geometry) || geometry.type !== 'Point') return null;
  return Array.isArray(geometry.coordinates) ? geometry.coordinates : null;
}
