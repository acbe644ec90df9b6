import { type Axis, type LetterO, type ParsedAngle, parseAngle } from '../../geo/parse-angle.js';

export interface Pair {
  readonly lat: number;
  readonly lon: number;
  /** Metres, from the third coordinate. */
  readonly altitude: number | null;
}

export type PairOrder = 'lat_lon' | 'lon_lat';

const NUMBER = String.raw`[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const WKT = new RegExp(
  String.raw`^(?:SRID=(?<srid>\d+);)?\s*POINT\s*Z?M?\s*\(\s*(?<first>${NUMBER})\s+(?<second>${NUMBER})(?:\s+(?<third>${NUMBER}))?(?:\s+${NUMBER})?\s*\)$`,
  'i',
);
const GEO = new RegExp(`^geo:(?<second>${NUMBER}),(?<first>${NUMBER})(?:,(?<third>${NUMBER}))?(?:;(?<more>.*))?$`, 'i');
/** ISO 6709 in degrees, as telephones write it into videos: `+48.2082+016.3738+171/`. */
const ISO6709 =
  /^(?<second>[+-]\d{2}(?:\.\d+)?)(?<first>[+-]\d{3}(?:\.\d+)?)(?<third>[+-]\d+(?:\.\d+)?)?(?:CRSWGS_84)?\/?$/;

/**
 * A position in one cell: two angles with a semicolon, a comma and a space, or any unambiguous separator; `POINT (16.3 48.2)`
 * of WKT, `geo:48.2,16.3`, `+48.2+016.3/`, a Point of GeoJSON. Hemispheres, where given, tell the order.
 * @returns the pair, or why there is none
 */
export function readPair(text: string, order: PairOrder, letterO: LetterO = null): Pair | { readonly reason: string } {
  const clean = text.replace(/[\s\p{Z}]+/gu, ' ').trim();
  const formal = WKT.exec(clean) ?? GEO.exec(clean) ?? ISO6709.exec(clean);
  if (formal) return fromGroups(formal.groups ?? {});
  if (clean.startsWith('{')) return fromJson(clean);
  const halves = split(clean.replace(/^\((.*)\)$/, '$1').trim());
  if (halves === null) {
    return {
      reason: 'it is not plain where the latitude ends and the longitude begins; write a semicolon between them',
    };
  }
  const axes: readonly Axis[] = order === 'lat_lon' ? ['lat', 'lon'] : ['lon', 'lat'];
  const inOrder = pairOf(halves, axes, letterO);
  if (!('reason' in inOrder)) return inOrder;
  const turned = halves.every((half) => /\p{L}/u.test(half)) ? pairOf(halves, [...axes].reverse(), letterO) : inOrder;
  return 'reason' in turned ? inOrder : turned;
}

function split(text: string): readonly string[] | null {
  for (const between of [/\s*[;|/]\s*/, /\s*,\s+/, /\s*\t\s*/]) {
    const halves = text.split(between);
    if (halves.length === 2) return halves;
  }
  const commas = text.split(',');
  // "48,16" may be one number; beside a point or a letter the comma is a separator.
  if (commas.length === 2 && /[.\p{L}°]/u.test(text)) return commas;
  const lettered =
    /^(\p{L}+ ?[^\p{L}]+(?:[dms](?=[\d ])[^\p{L}]*)*) (\p{L}+.+)$/u.exec(text) ??
    /^([^\p{L}].*?[NSEWO]\p{L}*)\.? ?([^\p{L}\s].*)$/iu.exec(text);
  if (lettered) return lettered.slice(1);
  const numbers = /^([+-]?[\d.,]+) ([+-]?[\d.,]+)$/.exec(text.replace(/[\u2010-\u2013\u2212]/g, '-'));
  return numbers ? numbers.slice(1) : null;
}

function pairOf(
  halves: readonly string[],
  axes: readonly Axis[],
  letterO: LetterO,
): Pair | { readonly reason: string } {
  const parsed: Partial<Record<Axis, ParsedAngle>> = {};
  for (const [at, axis] of axes.entries()) parsed[axis] = parseAngle(halves[at] ?? '', axis, letterO);
  const { lat = NO_ANGLE, lon = NO_ANGLE } = parsed;
  if ('reason' in lat) return lat;
  return 'reason' in lon ? lon : { lat: lat.degrees, lon: lon.degrees, altitude: null };
}

const NO_ANGLE: ParsedAngle = { reason: 'it is no angle' };

function fromGroups({ srid, first, second, third, more }: Readonly<Record<string, string | undefined>>) {
  if (srid !== undefined && srid !== '4326') return { reason: `its SRID ${srid} is not that of WGS 84, 4326` };
  const crs = /(?:^|;)crs=([^;]*)/i.exec(more ?? '')?.[1];
  if (crs !== undefined && crs.toLowerCase() !== 'wgs84') return { reason: `its crs is ${crs}, not wgs84` };
  return { lat: Number(second), lon: Number(first), altitude: third === undefined ? null : Number(third) };
}

function fromJson(text: string): Pair | { readonly reason: string } {
  try {
    const { type, coordinates } = JSON.parse(text);
    const [lon, lat, altitude = null] = Array.isArray(coordinates) ? coordinates : [];
    if (type === 'Point' && typeof lon === 'number' && typeof lat === 'number') {
      return { lat, lon, altitude: typeof altitude === 'number' ? altitude : null };
    }
  } catch {
    // Not JSON: refused below.
  }
  return { reason: 'it is no Point of GeoJSON' };
}
