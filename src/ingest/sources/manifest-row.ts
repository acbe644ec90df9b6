import { parseCaptureTime, utcTime } from '../../images/capture-time.js';
import type { KnownFacts } from '../../images/known-facts.js';
import { cleanHeading, cleanText, NO_FACTS } from '../../images/known-facts.js';
import type { Issue } from './candidate.js';

/** What one row or entry of a manifest says, whatever its format. */
export interface ManifestRow {
  /** `line 12`, `feature 3`. */
  readonly where: string;
  /** The file as the manifest names it, null where it names none. */
  readonly name: string | null;
  readonly facts: KnownFacts;
  readonly issue: Issue | null;
  /** As they were read, before any check, for telling swapped columns; NaN where there is none. */
  readonly lat: number;
  readonly lon: number;
}

export type FactName =
  | 'lat'
  | 'lon'
  | 'altitude'
  | 'heading'
  | 'captured_at'
  | 'author'
  | 'sequence'
  | 'licence'
  | 'attribution'
  | 'url';

const NOTHING = new Set(['', 'nan', 'null', 'none', 'n/a', 'na', 'nil', '-', 'undefined', '\\n']);

/**
 * A row from its values as text. "nan", "" and their like mean unknown, as do 0, 0: such a photo's position comes from
 * its sidecar or its EXIF.
 */
export function manifestRow(where: string, name: string | null, value: (fact: FactName) => string | null): ManifestRow {
  const lat = readNumber(value('lat'));
  const lon = readNumber(value('lon'));
  const base = { where, name: cleanText(name), lat: numberOrNaN(lat), lon: numberOrNaN(lon) };
  const issue = positionIssue(where, value('lat'), value('lon'), lat, lon);
  if (issue !== null) return { ...base, facts: NO_FACTS, issue };
  const known = lat !== null && lon !== null && !(lat === 0 && lon === 0);
  const altitude = numberOrNaN(readNumber(value('altitude')));
  const heading = numberOrNaN(readNumber(value('heading')));
  const text = (fact: FactName) => (isNothing(value(fact)) ? null : cleanText(value(fact)));
  return {
    ...base,
    issue: null,
    facts: {
      point: known ? { lat: lat as number, lon: lon as number } : null,
      headingDeg: cleanHeading(heading),
      altitudeM: Math.abs(altitude) <= 20_000 ? altitude : null,
      capturedAt: readTime(text('captured_at')),
      author: text('author'),
      sequence: text('sequence'),
      licence: text('licence'),
      attribution: text('attribution'),
      url: text('url'),
    },
  };
}

function positionIssue(
  where: string,
  latText: string | null,
  lonText: string | null,
  lat: number | null | string,
  lon: number | null | string,
): Issue | null {
  for (const [name, text, value] of [
    ['latitude', latText, lat],
    ['longitude', lonText, lon],
  ] as const) {
    if (typeof value === 'string')
      return invalid(`${where}: expected the ${name} as a number, got ${shown(text)}${value}`);
  }
  if ((lat === null) !== (lon === null)) {
    const [has, lacks] = lat === null ? ['longitude', 'latitude'] : ['latitude', 'longitude'];
    return invalid(`${where}: expected latitude and longitude, got a ${has} without a ${lacks}`);
  }
  if (Math.abs(Number(lat)) > 90) return outOfRange('latitude', where, Number(lat), 90, Math.abs(Number(lon)) <= 90);
  if (Math.abs(Number(lon)) > 180) return outOfRange('longitude', where, Number(lon), 180, false);
  return null;
}

function outOfRange(name: string, where: string, value: number, limit: number, maybeSwapped: boolean): Issue {
  const hint = maybeSwapped && Math.abs(value) <= 180 ? '; it may be swapped with the longitude' : '';
  return {
    code: `${name}_out_of_range`,
    reason: `${where}: expected a ${name} between -${limit} and ${limit}, got ${value}${hint}. Correct the row and run again.`,
  };
}

function invalid(what: string): Issue {
  return { code: 'manifest_row_invalid', reason: `${what}. Correct the row and run again.` };
}

/** A number, null where the text says that there is none, or what is wrong with it. */
function readNumber(text: string | null): number | null | string {
  if (isNothing(text)) return null;
  const trimmed = (text as string).trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(trimmed)) return Number(trimmed);
  return /^[+-]?\d+,\d+$/.test(trimmed) ? ` (write a point, not a comma, before the decimals)` : '';
}

function numberOrNaN(value: number | null | string): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function isNothing(text: string | null): boolean {
  return text === null || NOTHING.has(text.trim().toLowerCase());
}

/** ISO and EXIF forms, and seconds or milliseconds since 1970 as datasets have them. */
function readTime(text: string | null): string | null {
  if (text === null) return null;
  if (/^\d{9,14}(\.\d+)?$/.test(text)) return utcTime(Number(text) * (Number(text) >= 1e11 ? 1 : 1000));
  return parseCaptureTime(text);
}

function shown(text: string | null): string {
  return JSON.stringify((text ?? '').slice(0, 60));
}
