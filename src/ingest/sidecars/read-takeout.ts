import { utcTime } from '../../images/capture-time.js';
import { cleanPoint, type KnownFacts, NO_FACTS } from '../../images/known-facts.js';
import { isJsonObject } from '../sources/read-json-file.js';

/**
 * A Google Takeout sidecar's facts: the position that the photo has in the library, else the one of its EXIF, and the time,
 * which Takeout gives in UTC. null for any other JSON.
 */
export function readTakeout(text: string): { readonly title: string | null; readonly facts: KnownFacts } | null {
  const value = parse(text);
  if (!isJsonObject(value) || !('photoTakenTime' in value || 'geoData' in value || 'geoDataExif' in value)) return null;
  // An album's own file (metadata.json, Metadaten.json, métadonnées.json) may have a place too; its date is the album's.
  if ('albumData' in value || (!('photoTakenTime' in value) && ('access' in value || 'date' in value))) return null;
  const place = [value.geoData, value.geoDataExif].map(readPlace).find((found) => found !== null);
  return {
    title: typeof value.title === 'string' ? value.title : null,
    facts: { ...NO_FACTS, ...place, capturedAt: readTime(value.photoTakenTime) },
  };
}

function readPlace(value: unknown): Pick<KnownFacts, 'point' | 'altitudeM'> | null {
  if (!isJsonObject(value)) return null;
  const point = cleanPoint(number(value.latitude), number(value.longitude));
  const altitude = number(value.altitude);
  // Takeout writes 0 for an altitude that it does not know.
  return point === null ? null : { point, altitudeM: altitude === 0 ? null : altitude };
}

function readTime(value: unknown): string | null {
  if (!isJsonObject(value)) return null;
  const seconds = Number(value.timestamp);
  return value.timestamp === undefined || value.timestamp === '0' ? null : utcTime(seconds * 1000);
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
