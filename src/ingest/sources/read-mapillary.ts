import { basename } from 'node:path';
import type { Manifest } from './manifest.js';
import { findColumns } from './manifest-columns.js';
import { isJsonObject, type JsonObject, textOf } from './read-json-file.js';
import { recordManifest } from './record-manifest.js';

const NAMES = [
  'file',
  'MAPLatitude',
  'MAPLongitude',
  'altitude',
  'heading',
  'captured_at',
  'author',
  'sequence',
] as const;

/** Whether a value is what `mapillary_tools process` writes: a list of entries with `filename` and `MAPLatitude` or `error`. */
export function isMapillary(value: unknown): value is readonly unknown[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.some((entry) => isJsonObject(entry) && ('MAPLatitude' in entry || ('filename' in entry && 'error' in entry)))
  );
}

/** A manifest from Mapillary's image description. Entries with `error`, and videos, are passed over and counted. */
export function mapillaryManifest(file: string, entries: readonly unknown[]): Manifest {
  return recordManifest({
    ...{ file, names: NAMES, columns: findColumns(NAMES) },
    *records(notes) {
      for (const [index, entry] of entries.entries()) {
        if (!isJsonObject(entry) || 'error' in entry || entry.filetype === 'video') notes.skippedEntries++;
        else yield { where: `${basename(file)} entry ${index + 1}`, values: valuesOf(entry) };
      }
    },
  });
}

/** Values in the order of NAMES. */
function valuesOf(entry: JsonObject): readonly (string | null)[] {
  const compass = isJsonObject(entry.MAPCompassHeading) ? entry.MAPCompassHeading : {};
  const time = textOf(entry.MAPCaptureTime);
  return [
    textOf(entry.filename),
    textOf(entry.MAPLatitude),
    textOf(entry.MAPLongitude),
    textOf(entry.MAPAltitude),
    textOf(compass.TrueHeading) ?? textOf(compass.MagneticHeading),
    // Mapillary's capture times are UTC and do not say so.
    time === null ? null : `${time}Z`,
    textOf(entry.MAPSettingsUsername),
    textOf(entry.MAPSequenceUUID),
  ];
}
