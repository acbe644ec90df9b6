import { EARTH_RADIUS_KM, type GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import { destination } from './distance.js';
import { RADIANS } from './sphere.js';

/** Degrees, as GeoJSON has them. */
export type Position = [lon: number, lat: number];

const STEPS = 96;
const BESIDE_KM = 5;
/** Where the web's Mercator map ends. */
const MAP_LAT_MAX = 85.0511;

/** The circle itself as a line, which goes on beyond 180° so that it is never torn. */
export function circleLine(centre: GeoPoint, km: number): Position[] {
  const line = Array.from({ length: STEPS + 1 }, (_, i) => destination(centre, (i * 360) / STEPS, km));
  // It begins due north of the centre, or beyond the pole, which is half a turn to the east.
  return unwrapped(line, centre.lon + 90);
}

/**
 * Rings of a polygon that holds everything within `km` of a point. A ring around
 * a pole is closed along the edge of the map, and where both poles are within, the far side is a hole.
 */
export function circleRings(centre: GeoPoint, radiusKm: number): Position[][] {
  const poles = {
    north: (90 - centre.lat) * RADIANS * EARTH_RADIUS_KM,
    south: (90 + centre.lat) * RADIANS * EARTH_RADIUS_KM,
  };
  const km = besidePoles(radiusKm, Object.values(poles));
  const ring = circleLine(centre, km);
  if (km >= poles.north && km >= poles.south) {
    // The ring is around the antipode, which lies half a turn to the east.
    const [west, east] = [centre.lon, centre.lon + 360];
    const world: Position[] = [
      [west, -MAP_LAT_MAX],
      [east, -MAP_LAT_MAX],
      [east, MAP_LAT_MAX],
      [west, MAP_LAT_MAX],
      [west, -MAP_LAT_MAX],
    ];
    return km >= Math.PI * EARTH_RADIUS_KM ? [world] : [world, ring];
  }
  if (km < poles.north && km < poles.south) return [ring];
  const edge = km >= poles.north ? MAP_LAT_MAX : -MAP_LAT_MAX;
  const [first, last] = [present(ring[0]), present(ring.at(-1))];
  return [[...ring, [last[0], edge], [first[0], edge], first]];
}

/** A circle through a pole has no inside on this map: it is drawn a little smaller. */
function besidePoles(km: number, poles: readonly number[]): number {
  const touched = poles.filter((pole) => Math.abs(km - pole) < BESIDE_KM);
  return touched.length === 0 ? km : Math.max(0, Math.min(...touched) - BESIDE_KM);
}

/** Each longitude as near as can be to the one before. */
function unwrapped(line: readonly GeoPoint[], start: number): Position[] {
  let before = start;
  return line.map(({ lat, lon }) => {
    before = lon - 360 * Math.round((lon - before) / 360);
    return [before, lat];
  });
}
