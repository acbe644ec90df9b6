import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { fault, StreetdexError } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { cleanPoint } from '../../images/known-facts.js';
import { readPlainFile } from '../../images/plain-file.js';

/** Points without an interruption between them, ordered by time. */
export interface TrackSegment {
  readonly timesMs: Float64Array;
  readonly lats: Float64Array;
  readonly lons: Float64Array;
  /** NaN where unknown. */
  readonly altitudesM: Float64Array;
}

/** The points of a GPX file. */
export interface Track {
  /** Absolute path. */
  readonly file: string;
  /** sha-256 of the file. */
  readonly hash: string;
  /** Segments, ordered by their first time. */
  readonly segments: readonly TrackSegment[];
  /** Sentences, with counts, on what could not be used or is odd. */
  readonly notices: readonly string[];
}

const GPX_BYTES_MAX = 200 * 1024 * 1024;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  removeNSPrefix: true,
  isArray: (name) => name === 'trk' || name === 'trkseg' || name === 'trkpt',
});

/**
 * Reads a GPX file. A point without a valid position (empty, not a number, out of range), at 0, 0, or with `<fix>none</fix>` is
 * what a device without a fix writes: it is skipped. Where the times of a segment run backwards, a new segment begins: the
 * clock was set, and what lies between is unknown.
 * @throws `track_not_found`, `track_invalid` where the file is no GPX or no point of it has a time and a position.
 */
export async function parseGpx(file: string): Promise<Track> {
  const bytes = await readPlainFile(file, GPX_BYTES_MAX).catch((error: unknown) => {
    if (!(error instanceof StreetdexError)) throw error;
    throw fault('track_not_found', `Expected a GPX file that can be read, got ${file}: ${error.message}`);
  });
  const seen = new TrackReading();
  for (const points of segmentsOf(file, bytes.toString('utf8'))) seen.segment(points);
  if (seen.segments.length === 0) {
    throw fault(
      'track_invalid',
      [`Expected a GPX track with timed points in ${file}, got none.`, ...seen.notices(basename(file))].join(' '),
    );
  }
  return {
    file,
    hash: createHash('sha256').update(bytes).digest('hex'),
    segments: seen.segments.map(toArrays).sort((a, b) => startOf(a) - startOf(b)),
    notices: seen.notices(basename(file)),
  };
}

interface TrackPoint {
  readonly timeMs: number;
  readonly lat: number;
  readonly lon: number;
  readonly altitudeM: number;
}

type XmlNode = Readonly<Record<string, unknown>>;

/** Counts the faults of a file's points while its segments are read. */
class TrackReading {
  readonly segments: TrackPoint[][] = [];
  #placeless = new Counted();
  #timeless = new Counted();
  #backwards = new Counted();
  #twice = new Counted();

  segment(nodes: readonly XmlNode[]): void {
    let open: TrackPoint[] = [];
    for (const node of nodes) {
      const point = this.#point(node);
      if (point === null) continue;
      const last = open.at(-1);
      if (last !== undefined && point.timeMs === last.timeMs) this.#twice.add(isoTime(point.timeMs));
      if (last !== undefined && point.timeMs < last.timeMs) {
        this.#backwards.add(isoTime(point.timeMs));
        this.segments.push(open);
        open = [];
      }
      open.push(point);
    }
    if (open.length > 0) this.segments.push(open);
  }

  notices(name: string): readonly string[] {
    return [
      this.#placeless.sentence((count, first) => `${name} has ${count} without a position, passed over (${first}).`),
      this.#timeless.sentence((count) => `${name} has ${count} without a time, passed over.`),
      this.#backwards.sentence(
        (count, first) => `The times of ${name} run backwards at ${count} (${first}): nothing is known across them.`,
      ),
      this.#twice.sentence((count, first) => `${name} has ${count} with the time of the point before (${first}).`),
    ].filter((sentence) => sentence !== null);
  }

  #point(node: XmlNode): TrackPoint | null {
    const timeMs = utcMs(String(node.time));
    const point = cleanPoint(decimal(node['@lat']), decimal(node['@lon']));
    const hasFix = String(node.fix).trim().toLowerCase() !== 'none';
    if (point === null || !hasFix) {
      const at = Number.isNaN(timeMs) ? 'without a time' : isoTime(timeMs);
      this.#placeless.add(`${JSON.stringify(node['@lat'])}, ${JSON.stringify(node['@lon'])}, ${at}`);
      return null;
    }
    if (Number.isNaN(timeMs)) {
      this.#timeless.add('');
      return null;
    }
    return { ...point, timeMs, altitudeM: decimal(node.ele) ?? Number.NaN };
  }
}

/** A count of points, and the first of them. */
class Counted {
  #count = 0;
  #first = '';

  add(example: string): void {
    if (this.#count++ === 0) this.#first = example;
  }

  sentence(say: (count: string, first: string) => string): string | null {
    if (this.#count === 0) return null;
    return say(this.#count === 1 ? '1 point' : `${this.#count} points`, `first: ${this.#first}`);
  }
}

function segmentsOf(file: string, xml: string): readonly (readonly XmlNode[])[] {
  try {
    if (/<!(DOCTYPE|ENTITY)/i.test(xml)) return [];
    const { gpx } = parser.parse(xml) as { gpx?: XmlNode };
    return list(gpx?.trk)
      .flatMap((track) => list(track.trkseg))
      .map((segment) => list(segment.trkpt));
  } catch (error) {
    throw fault(
      'track_invalid',
      `Expected a GPX track in ${file}, but it is not well-formed XML: ${(error as Error).message}.`,
    );
  }
}

function toArrays(points: readonly TrackPoint[]): TrackSegment {
  return {
    timesMs: Float64Array.from(points, (point) => point.timeMs),
    lats: Float64Array.from(points, (point) => point.lat),
    lons: Float64Array.from(points, (point) => point.lon),
    altitudesM: Float64Array.from(points, (point) => point.altitudeM),
  };
}

function startOf({ timesMs }: TrackSegment): number {
  return present(timesMs[0]);
}

/** `Number` would read '' as 0. */
function decimal(value: unknown): number | null {
  const text = typeof value === 'string' ? value.trim() : '';
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$/i.test(text) ? Number(text) : null;
}

/** GPX times are UTC, also where a writer leaves the Z out. */
function utcMs(text: string): number {
  const trimmed = text.trim();
  return Date.parse(/(Z|[+-]\d{2}:?\d{2})$/i.test(trimmed) ? trimmed : `${trimmed}Z`);
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function list(value: unknown): readonly XmlNode[] {
  return Array.isArray(value) ? value.filter((node) => typeof node === 'object' && node !== null) : [];
}
