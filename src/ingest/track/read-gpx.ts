import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { XMLParser } from 'fast-xml-parser';
import { callerError } from '../../domain/errors.js';

/** Points of a GPX file that have a time, in its order of time. */
export interface Track {
  /** sha-256 of the file. */
  readonly hash: string;
  readonly timesMs: Float64Array;
  readonly lats: Float64Array;
  readonly lons: Float64Array;
  /** NaN where unknown. */
  readonly altitudesM: Float64Array;
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

/** @throws `track_not_found`, `track_invalid` where the file is no GPX or no point of it has a time. */
export async function readGpx(file: string): Promise<Track> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw callerError('track_not_found', `Expected a GPX file that can be read, got ${file} (${error.code}).`);
  });
  const points = bytes.length > GPX_BYTES_MAX ? [] : trackPoints(file, bytes.toString('utf8'));
  if (points.length === 0) {
    throw callerError(
      'track_invalid',
      `Expected a GPX track with timed points in ${file} (at most ${GPX_BYTES_MAX} bytes), got none.`,
    );
  }
  points.sort((a, b) => a.timeMs - b.timeMs);
  return {
    hash: createHash('sha256').update(bytes).digest('hex'),
    timesMs: Float64Array.from(points, (point) => point.timeMs),
    lats: Float64Array.from(points, (point) => point.lat),
    lons: Float64Array.from(points, (point) => point.lon),
    altitudesM: Float64Array.from(points, (point) => point.altitudeM),
  };
}

interface TrackPoint {
  readonly timeMs: number;
  readonly lat: number;
  readonly lon: number;
  readonly altitudeM: number;
}

type XmlNode = Readonly<Record<string, unknown>>;

function trackPoints(file: string, xml: string): TrackPoint[] {
  try {
    if (/<!(DOCTYPE|ENTITY)/i.test(xml)) return [];
    const { gpx } = parser.parse(xml) as { gpx?: XmlNode };
    const segments = list(gpx?.trk).flatMap((track) => list(track.trkseg));
    return segments.flatMap((segment) => list(segment.trkpt)).flatMap(trackPoint);
  } catch (error) {
    throw callerError(
      'track_invalid',
      `Expected a GPX track in ${file}, but it is not well-formed XML: ${(error as Error).message}.`,
    );
  }
}

function trackPoint(node: XmlNode): readonly TrackPoint[] {
  const point = {
    timeMs: utcMs(String(node.time)),
    lat: Number(node['@lat']),
    lon: Number(node['@lon']),
    altitudeM: node.ele === undefined ? Number.NaN : Number(node.ele),
  };
  const legal = Math.abs(point.lat) <= 90 && Math.abs(point.lon) <= 180 && !Number.isNaN(point.timeMs);
  return legal ? [point] : [];
}

/** GPX times are UTC, also where a writer leaves the Z out. */
function utcMs(text: string): number {
  const trimmed = text.trim();
  return Date.parse(/(Z|[+-]\d{2}:?\d{2})$/i.test(trimmed) ? trimmed : `${trimmed}Z`);
}

function list(value: unknown): readonly XmlNode[] {
  return Array.isArray(value) ? value.filter((node) => typeof node === 'object' && node !== null) : [];
}
