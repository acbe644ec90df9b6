import type { GeoPoint } from '../domain/geo-point.js';
import type { PhotoFacts } from '../domain/reference.js';

/** A photo's facts from one place (a manifest row, a sidecar, its own metadata); null where that has none. */
export interface KnownFacts extends Omit<PhotoFacts, 'point'> {
  readonly point: GeoPoint | null;
}

export const NO_FACTS: KnownFacts = {
  point: null,
  headingDeg: null,
  altitudeM: null,
  capturedAt: null,
  author: null,
  sequence: null,
  licence: null,
  attribution: null,
  url: null,
};

/** A fact of a file that could not be used. */
export interface FactNote {
  /** The kind, in the same words for every photo so that a run can count it; without a full stop. */
  readonly what: string;
  /** The value found; null where it adds nothing. */
  readonly got: string | null;
}

/** A photo's facts from one place, and those that could not be used. */
export interface ToldFacts {
  readonly facts: KnownFacts;
  readonly notes: readonly FactNote[];
}

/** The first note of each kind: a run counts photos, not places within one. */
export function oncePerKind(notes: readonly FactNote[]): readonly FactNote[] {
  return notes.filter(({ what }, i) => notes.findIndex((note) => note.what === what) === i);
}

export function describeNote({ what, got }: FactNote): string {
  return `${what}${got === null ? '' : ` (${got})`}.`;
}

/** Each fact from the first layer that has it. */
export function firstKnown(...layers: readonly KnownFacts[]): KnownFacts {
  const first = <K extends keyof KnownFacts>(name: K): KnownFacts[K] => {
    for (const layer of layers) if (layer[name] !== null) return layer[name];
    return NO_FACTS[name];
  };
  return {
    point: first('point'),
    headingDeg: first('headingDeg'),
    altitudeM: first('altitudeM'),
    capturedAt: first('capturedAt'),
    author: first('author'),
    sequence: first('sequence'),
    licence: first('licence'),
    attribution: first('attribution'),
    url: first('url'),
  };
}

const TEXT_LENGTH_MAX = 1000;

/** Text fit to store: no control characters, no spaces at the ends, a bounded length; null where nothing is left. */
export function cleanText(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const clean = text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, TEXT_LENGTH_MAX);
  return clean === '' ? null : clean;
}

/** A compass direction in [0, 360); null for anything else. */
export function cleanHeading(degrees: number | null): number | null {
  if (degrees === null || !(degrees >= -180 && degrees <= 360)) return null;
  return (degrees + 360) % 360;
}

/** A position from a camera or a sidecar; null outside the legal ranges, and for (0, 0), which devices write without a fix. */
export function cleanPoint(lat: number | null, lon: number | null): GeoPoint | null {
  if (lat === null || lon === null || !(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return null;
  return Math.abs(lat) < 1e-7 && Math.abs(lon) < 1e-7 ? null : { lat, lon };
}
