import { fault } from '../../domain/errors.js';
import type { Manifest } from './manifest.js';
import { geoJsonManifest, isGeoJson } from './read-geojson.js';
import { isJsonObject, readJsonFile } from './read-json-file.js';
import { isJsonList, jsonListManifest } from './read-json-list.js';
import { isMapillary, mapillaryManifest } from './read-mapillary.js';

/** All of it is parsed at once, in this thread. @throws `manifest_column_missing`, `manifest_invalid`, `manifest_unreadable`, `manifest_too_large` */
export async function readJsonManifest(file: string): Promise<Manifest> {
  const read = await readJsonFile(file);
  // A single object is a file with one value a line and one line.
  const value = isJsonObject(read) && !isGeoJson(read) ? [read] : read;
  if (isGeoJson(value)) return geoJsonManifest(file, value);
  if (isMapillary(value)) return mapillaryManifest(file, value);
  if (isJsonList(value) && !isBareGeometry(read)) return jsonListManifest(file, value);
  const got = Array.isArray(read)
    ? `a list of ${read.length}`
    : isBareGeometry(read)
      ? 'a geometry alone'
      : typeof read;
  throw fault(
    'manifest_invalid',
    `Expected GeoJSON features, Mapillary's image description or a list of objects with file, lat and lon (as exiftool -json writes it) in ${file}, got ${got} of another kind.`,
  );
}

function isBareGeometry(value: unknown): boolean {
  return isJsonObject(value) && ('coordinates' in value || 'geometries' in value);
}
