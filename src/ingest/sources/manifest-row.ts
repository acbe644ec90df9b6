import { hasZone } from '../../images/capture-time.js';
import type { FactNote, KnownFacts } from '../../images/known-facts.js';
import { cleanText, NO_FACTS } from '../../images/known-facts.js';
import type { Issue } from './candidate.js';
import type { Cells, FactName } from './cells.js';
import { type Conventions, NO_CONVENTIONS } from './conventions.js';
import { readAltitude, readHeading } from './read-measure.js';
import { type PositionText, readPosition } from './read-position.js';
import { isClock, readDate } from './table-date.js';

/** One row or entry of a manifest, whatever its format. */
export interface ManifestRow {
  /** Where it stands in the file: `line 12`, `feature 3`. */
  readonly where: string;
  /** The photo's name as the manifest has it; null where it has none. */
  readonly name: string | null;
  readonly facts: KnownFacts;
  readonly issue: Issue | null;
  /** Facts of the row that could not be used. */
  readonly notes: readonly FactNote[];
  /** Latitude and longitude as read, before any check, to tell swapped columns; NaN where there is none. */
  readonly lat: number;
  readonly lon: number;
}

const NOTHING = new Set([
  '',
  'nan',
  'null',
  'none',
  'n/a',
  'na',
  'nil',
  '-',
  '--',
  'undefined',
  '\\n',
  'undef',
  '#n/a',
]);

/** The text; null where it stands for nothing: "nan", "" and the like. */
export function something(text: string | null): string | null {
  // Numbers and dates are most of what a table holds.
  if (text === null || /^\d/.test(text)) return text;
  return NOTHING.has(text.trim().toLowerCase()) ? null : text;
}

/**
 * A row from its texts. 0, 0 means that the position is unknown: the sidecar or EXIF may give it. Other facts that can't be
 * read are noted, and may come from there too.
 */
export function manifestRow(
  where: string,
  name: string | null,
  cells: Cells,
  conventions: Conventions = NO_CONVENTIONS,
): ManifestRow {
  const value = (fact: FactName) => something(cells(fact));
  const position = readPosition(where, value, conventions);
  const { lat, lon } = position;
  const base = { where, name: cleanText(name), lat, lon };
  if (position.issue !== null) return { ...base, facts: NO_FACTS, issue: position.issue, notes: [] };
  const notes: FactNote[] = [];
  const text = (fact: FactName) => cleanText(value(fact));
  return {
    ...base,
    issue: null,
    notes,
    facts: {
      point: position.point,
      headingDeg: headingOf(value('heading'), conventions, notes),
      altitudeM: altitudeOf(value, position, conventions, notes),
      capturedAt: timeOf(value, conventions, notes),
      author: text('author'),
      sequence: text('sequence'),
      licence: text('licence'),
      attribution: text('attribution'),
      url: addressOf(text('url'), conventions, notes),
    },
  };
}

function headingOf(text: string | null, { nameOf }: Conventions, notes: FactNote[]): number | null {
  if (text === null) return null;
  const heading = readHeading(text);
  if (heading === null) {
    notes.push(
      note(
        `A heading of ${nameOf('heading')} is no direction in degrees or points of the compass, and is left out`,
        text,
      ),
    );
  }
  return heading;
}

/** Web addresses only: another scheme could run code when somebody follows the link. */
function addressOf(text: string | null, { nameOf }: Conventions, notes: FactNote[]): string | null {
  if (text === null || (/^https?:\/\//i.test(text) && URL.canParse(text))) return text;
  notes.push(note(`A link of ${nameOf('url')} is none of http or https, and is left out`, text));
  return null;
}

function altitudeOf(
  value: Cells,
  position: PositionText,
  { nameOf, decimalMark }: Conventions,
  notes: FactNote[],
): number | null {
  const text = value('altitude');
  if (text === null) return position.altitude;
  const altitude = readAltitude(text, value('altitude_ref') ?? '', decimalMark);
  if (altitude === null) {
    notes.push(note(`An altitude of ${nameOf('altitude')} is no plain number of metres, and is left out`, text));
  }
  return altitude;
}

function timeOf(value: Cells, { nameOf, dates, isUtc }: Conventions, notes: FactNote[]): string | null {
  const text = timeText(value);
  if (text === null || isAllZeros(text)) return null;
  const reading = readDate(text, { offset: value('offset'), fraction: value('fraction') });
  const decided = dates.decide(reading);
  if ('time' in decided) {
    return isUtc && decided.time.includes('T') && !hasZone(decided.time) ? `${decided.time}Z` : decided.time;
  }
  notes.push(note(`A time of ${nameOf('captured_at')} is left out: ${decided.why}`, text));
  return null;
}

/** The time's text; where date and time of day stand in two cells, both. */
export function timeText(value: Cells): string | null {
  const text = value('captured_at');
  const date = value('date');
  const clock = value('clock');
  if (text === null) return date;
  if (date !== null && date !== text && isClock(text)) return `${date} ${text}`;
  const isDateAlone = clock !== null && clock !== text && !/\d[:h]\d/.test(text);
  return isDateAlone && isClock(clock) ? `${text} ${clock}` : text;
}

/** What cameras without a clock write. */
function isAllZeros(text: string): boolean {
  return /^[0:./\s-]+$/.test(text) && /0/.test(text);
}

function note(what: string, got: string): FactNote {
  return { what, got: got.trim().slice(0, 60) };
}
