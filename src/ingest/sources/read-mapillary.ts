import { basename } from 'node:path';
import type { Manifest } from './manifest.js';
import { type FactName, type ManifestRow, manifestRow } from './manifest-row.js';
import { isJsonObject, type JsonObject, textOf } from './read-json-file.js';

/** True for what `mapillary_tools process` writes: a list of entries with `filename` and `MAPLatitude` or `error`. */
export function isMapillary(value: unknown): value is readonly unknown[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.some((entry) => isJsonObject(entry) && ('MAPLatitude' in entry || ('filename' in entry && 'error' in entry)))
  );
}

/** Mapillary's image description. Entries with `error`, and videos, are passed over and counted. */
export function mapillaryManifest(file: string, entries: readonly unknown[]): Manifest {
  return {
    file,
    coordinateNames: ['MAPLatitude', 'MAPLongitude'],
    async *rows(notes) {
      for (const [index, entry] of entries.entries()) {
        if (!isJsonObject(entry) || 'error' in entry || entry.filetype === 'video') notes.skippedEntries++;
        else yield row(`${basename(file)} entry ${index + 1}`, entry);
      }
    },
  };
}

function row(where: string, entry: JsonObject): ManifestRow {
  const compass = isJsonObject(entry.MAPCompassHeading) ? entry.MAPCompassHeading : {};
  const time = textOf(entry.MAPCaptureTime);
  const facts: Partial<Record<FactName, string | null>> = {
    lat: textOf(entry.MAPLatitude),
    lon: textOf(entry.MAPLongitude),
    altitude: textOf(entry.MAPAltitude),
    heading: textOf(compass.TrueHeading) ?? textOf(compass.MagneticHeading),
    // Mapillary's capture times are UTC and do not say so.
    captured_at: time === null ? null : `${time}Z`,
    author: textOf(entry.MAPSettingsUsername),
    sequence: textOf(entry.MAPSequenceUUID),
  };
  return manifestRow(where, textOf(entry.filename), (fact) => facts[fact] ?? null);
}
