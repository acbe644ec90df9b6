import { stat } from 'node:fs/promises';
import type { Manifest } from './manifest.js';
import { extensionOf } from './photo-extensions.js';
import { readJsonManifest } from './read-json-manifest.js';
import { openTable } from './read-table.js';
import { threadedManifest } from './threaded-manifest.js';

const TABLES = new Set(['.csv', '.tsv', '.tab', '.txt']);
const JSONS = new Set(['.json', '.geojson', '.geojsonl', '.geojsons', '.geojsonseq', '.jsonl', '.ndjson']);
/** Up to here parsing takes less than starting a thread does; a data set may have such a manifest in each of its folders. */
const BYTES_AT_ONCE = 1024 * 1024;

export function isManifestName(name: string): boolean {
  return TABLES.has(extensionOf(name)) || JSONS.has(extensionOf(name));
}

/** @throws `manifest_column_missing`, `manifest_invalid`, `manifest_unreadable`, `manifest_too_large` */
export async function openManifest(file: string): Promise<Manifest> {
  if (!JSONS.has(extensionOf(file))) return openTable(file);
  const size = await stat(file).then(
    (entry) => entry.size,
    () => 0,
  );
  return size > BYTES_AT_ONCE ? threadedManifest(file) : readJsonManifest(file);
}
