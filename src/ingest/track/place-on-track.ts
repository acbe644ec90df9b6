import type { GeoPoint } from '../../domain/geo-point.js';
import type { Track } from './read-gpx.js';

export interface TrackPlace {
  readonly point: GeoPoint;
  readonly altitudeM: number | null;
}

/**
 * Where a track was at an instant, straight between its two points around it. null before its first and after its last
 * point, and within gaps longer than `gapMaxS`: there nothing is known.
 */
export function placeOnTrack(track: Track, timeMs: number, gapMaxS: number): TrackPlace | null {
  const { timesMs } = track;
  let low = 0;
  for (let high = timesMs.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] as number) < timeMs) low = middle + 1;
    else high = middle;
  }
  const after = low;
  if (timesMs[after] === timeMs) return between(track, after, after, 0);
  if (after === 0 || after === timesMs.length) return null;
  const [start, end] = [timesMs[after - 1] as number, timesMs[after] as number];
  if (end - start > gapMaxS * 1000) return null;
  return between(track, after - 1, after, (timeMs - start) / (end - start));
}

function between(track: Track, from: number, to: number, share: number): TrackPlace {
  const mix = (values: Float64Array) => (values[from] as number) * (1 - share) + (values[to] as number) * share;
  const [west, east] = [track.lons[from] as number, track.lons[to] as number];
  // The short way round, also across 180°.
  const step = ((((east - west + 180) % 360) + 360) % 360) - 180;
  const lon = west + step * share;
  const altitudeM = mix(track.altitudesM);
  return {
    point: { lat: mix(track.lats), lon: lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon },
    altitudeM: Number.isNaN(altitudeM) ? null : altitudeM,
  };
}
