import type { GeoPoint } from '../../domain/geo-point.js';
import { present } from '../../domain/present.js';
import { wrapLon } from '../../geo/box.js';
import { distanceKm } from '../../geo/distance.js';
import type { Track, TrackSegment } from './parse-gpx.js';

export interface TrackPlace {
  readonly point: GeoPoint;
  readonly altitudeM: number | null;
}

/** Two recordings of the same way may differ by so much. */
const APART_KM = 0.1;

/**
 * A track's position at an instant, interpolated along the straight line between the points of a segment around it. null before
 * a segment's first and after its last point, and within gaps longer than `gapMaxS`, where nothing is known. null too where two
 * segments, or two points of one time, lie more than 100 m apart: one of their clocks was wrong.
 */
export function placeOnTrack(track: Track, timeMs: number, gapMaxS: number): TrackPlace | null {
  const places: TrackPlace[] = [];
  for (const segment of track.segments) {
    if (present(segment.timesMs[0]) > timeMs) break;
    places.push(...placesOn(segment, timeMs, gapMaxS));
  }
  const [first] = places;
  if (first === undefined || places.some(({ point }) => distanceKm(point, first.point) > APART_KM)) return null;
  return first;
}

function placesOn(segment: TrackSegment, timeMs: number, gapMaxS: number): readonly TrackPlace[] {
  const { timesMs } = segment;
  if (timeMs > present(timesMs[timesMs.length - 1])) return [];
  let after = 0;
  for (let high = timesMs.length; after < high; ) {
    const middle = (after + high) >> 1;
    if (present(timesMs[middle]) < timeMs) after = middle + 1;
    else high = middle;
  }
  const exact: TrackPlace[] = [];
  for (let i = after; timesMs[i] === timeMs; i++) exact.push(between(segment, i, i, 0));
  if (exact.length > 0) return exact;
  const [start, end] = [present(timesMs[after - 1]), present(timesMs[after])];
  if (end - start > gapMaxS * 1000) return [];
  return [between(segment, after - 1, after, (timeMs - start) / (end - start))];
}

function between(segment: TrackSegment, from: number, to: number, share: number): TrackPlace {
  const mix = (values: Float64Array) => present(values[from]) * (1 - share) + present(values[to]) * share;
  const [west, east] = [present(segment.lons[from]), present(segment.lons[to])];
  // The short way round, also across 180°.
  const lon = wrapLon(west + wrapLon(east - west) * share);
  const altitudeM = mix(segment.altitudesM);
  return {
    point: { lat: mix(segment.lats), lon },
    altitudeM: Number.isNaN(altitudeM) ? null : altitudeM,
  };
}
