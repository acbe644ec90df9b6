import type { GeoPoint } from '../../domain/geo-point.js';
import { type Axis, hemisphereOf, type LetterO, parseAngle } from '../../geo/parse-angle.js';
import type { Issue } from './candidate.js';
import type { Cells } from './cells.js';
import type { Conventions } from './conventions.js';
import { readPair } from './read-pair.js';

/** A row's position, or why it has none. */
export interface PositionText {
  /** null where the row has no position, and for 0, 0. */
  readonly point: GeoPoint | null;
  /** Metres, where given with the position. */
  readonly altitude: number | null;
  readonly issue: Issue | null;
  /** Latitude and longitude as read, before any check; NaN where there is none. */
  readonly lat: number;
  readonly lon: number;
}

type Coordinate = { readonly degrees: number | null } | { readonly wrong: string };

const WORDS = { lat: 'latitude', lon: 'longitude' } as const;
const LIMITS = { lat: 90, lon: 180 } as const;
const NONE = { point: null, altitude: null, issue: null, lat: Number.NaN, lon: Number.NaN };

export function readPosition(where: string, value: Cells, conventions: Conventions): PositionText {
  const text = value('position');
  if (text === null) return fromTwo(where, value, conventions);
  const pair = readPair(text, conventions.order, conventions.letterO);
  if ('reason' in pair) return failed(invalid(`${where}: expected a position, got ${shown(text)}: ${pair.reason}`));
  return checked(where, pair.lat, pair.lon, pair.altitude);
}

function fromTwo(where: string, value: Cells, conventions: Conventions): PositionText {
  const lat = coordinate('lat', value, conventions);
  const lon = coordinate('lon', value, conventions);
  for (const [axis, one] of [
    ['lat', lat],
    ['lon', lon],
  ] as const) {
    if (!('wrong' in one)) continue;
    const issue = invalid(`${where}: expected the ${WORDS[axis]} in degrees, got ${shown(value(axis))}: ${one.wrong}`);
    return { ...failed(issue), lat: numberOf(lat), lon: numberOf(lon) };
  }
  const [latDegrees, lonDegrees] = [numberOf(lat), numberOf(lon)];
  if (Number.isNaN(latDegrees) && Number.isNaN(lonDegrees)) return NONE;
  if (Number.isNaN(latDegrees) || Number.isNaN(lonDegrees)) {
    const [has, lacks] = Number.isNaN(latDegrees) ? ['longitude', 'latitude'] : ['latitude', 'longitude'];
    const issue = invalid(`${where}: expected latitude and longitude, got a ${has} without a ${lacks}`);
    return { ...failed(issue), lat: latDegrees, lon: lonDegrees };
  }
  return checked(where, latDegrees, lonDegrees, null);
}

function coordinate(axis: Axis, value: Cells, { letterO, isUnsigned }: Conventions): Coordinate {
  const text = value(axis);
  if (text === null) return { degrees: null };
  const angle = parseAngle(text, axis, letterO);
  if ('reason' in angle) return { wrong: angle.reason };
  const { degrees, signed } = angle;
  const reference = value(axis === 'lat' ? 'lat_ref' : 'lon_ref');
  if (reference !== null) return withReference(degrees, signed, reference, axis, letterO);
  // EXIF has the hemisphere apart from the number; without it the number may mean either side.
  if (!signed && degrees !== 0 && (isUnsigned || /deg/i.test(text))) {
    return { wrong: `it does not say whether it is ${axis === 'lat' ? 'north or south' : 'east or west'}` };
  }
  return { degrees };
}

/** A number with the hemisphere of a separate column. */
function withReference(degrees: number, signed: boolean, reference: string, axis: Axis, letterO: LetterO): Coordinate {
  const side = hemisphereOf(reference, letterO);
  if (side.length > 1) return { wrong: `its hemisphere can't be read, ${side}` };
  if ((side === 'N' || side === 'S') !== (axis === 'lat')) return { wrong: `${side} is no side of a ${WORDS[axis]}` };
  const isNegative = side === 'S' || side === 'W';
  if (signed && degrees !== 0 && degrees < 0 !== isNegative) {
    return { wrong: `its own side and the ${side} beside it contradict each other` };
  }
  return { degrees: isNegative ? -Math.abs(degrees) : degrees };
}

function checked(where: string, lat: number, lon: number, altitude: number | null): PositionText {
  const issue = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? null : outOfRange(where, lat, lon);
  const isKnown = issue === null && !(lat === 0 && lon === 0);
  return { lat, lon, altitude, issue, point: isKnown ? { lat, lon } : null };
}

function outOfRange(where: string, lat: number, lon: number): Issue {
  const axis = Math.abs(lat) > 90 ? 'lat' : 'lon';
  const isLikelySwapped = axis === 'lat' && Math.abs(lat) <= 180 && Math.abs(lon) <= 90;
  const hint = isLikelySwapped ? '; it may be swapped with the longitude' : '';
  return {
    code: `${WORDS[axis]}_out_of_range`,
    reason: `${where}: expected a ${WORDS[axis]} between -${LIMITS[axis]} and ${LIMITS[axis]}, got ${{ lat, lon }[axis]}${hint}. Correct the row and run again.`,
  };
}

function failed(issue: Issue): PositionText {
  return { ...NONE, issue };
}

function invalid(what: string): Issue {
  return { code: 'manifest_row_invalid', reason: `${what}. Correct the row and run again.` };
}

function numberOf(one: Coordinate): number {
  return 'degrees' in one ? (one.degrees ?? Number.NaN) : Number.NaN;
}

function shown(text: string | null): string {
  return JSON.stringify((text ?? '').slice(0, 60));
}
