import { basename } from 'node:path';
import { flatRecord, JsonTable } from './json-records.js';
import type { Manifest } from './manifest.js';
import { requireColumns } from './manifest-columns.js';
import { isJsonObject, type JsonObject } from './read-json-file.js';
import { recordManifest } from './record-manifest.js';

/** Whether a value is a list of objects, one for each photo, as `exiftool -json` writes. */
export function isJsonList(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
}

/** A manifest of objects whose keys are named like a table's columns. @throws `manifest_column_missing` */
export function jsonListManifest(file: string, entries: readonly JsonObject[]): Manifest {
  const table = new JsonTable(entries.map(flatRecord));
  requireColumns(file, table.names);
  return recordManifest({
    ...{ file, names: table.names, columns: table.columns },
    *records() {
      for (const [index, entry] of entries.entries()) {
        yield { where: `${basename(file)} entry ${index + 1}`, values: table.values(flatRecord(entry)) };
      }
    },
  });
}
