import { callerError } from '../../domain/errors.js';
import type { Manifest } from './manifest.js';
import { extensionOf } from './photo-extensions.js';
import { geoJsonManifest, isGeoJson } from './read-geojson.js';
import { readJsonFile } from './read-json-file.js';
import { isMapillary, mapillaryManifest } from './read-mapillary.js';
import { openTable } from './read-table.js';

const TABLES = new Set(['.csv', '.tsv', '.tab', '.txt']);
const JSONS = new Set(['.json', '.geojson']);

export function isManifestName(name: string): boolean {
  return TABLES.has(extensionOf(name)) || JSONS.has(extensionOf(name));
}

/** @throws `manifest_column_missing`, `manifest_invalid`, `manifest_unreadable`, `manifest_too_large` */
export async function openManifest(file: string): Promise<Manifest> {
  if (!JSONS.has(extensionOf(file))) return openTable(file);
  const value = await readJsonFile(file);
  if (isGeoJson(value)) return geoJsonManifest(file, value);
  if (isMapillary(value)) return mapillaryManifest(file, value);
  const got = Array.isArray(value) ? `a list of ${value.length}` : typeof value;
  throw callerError(
    'manifest_invalid',
    `Expected a GeoJSON FeatureCollection or Mapillary's image description in ${file}, got ${got} of another kind.`,
  );
}
