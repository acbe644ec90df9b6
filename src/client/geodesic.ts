/** Points of the sphere as GeoJSON has them. */
export type Position = [lon: number, lat: number];
interface Point {
  readonly lat: number;
  readonly lon: number;
}

const EARTH_KM = 6371;
const STEPS = 96;
const BESIDE_KM = 5;
/** Where the web's Mercator map ends. */
const MAP_LAT_MAX = 85.0511;

/** Great-circle distance on the sphere of 6371 km, by the haversine formula. */
export function distanceKm(a: Point, b: Point): number {
  const half = (degrees: number) => Math.sin(radians(degrees) / 2) ** 2;
  const h = half(b.lat - a.lat) + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * half(b.lon - a.lon);
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The circle itself as a line, which goes on beyond 180° so that it is never torn. */
export function circleLine(centre: Point, km: number): Position[] {
  return unwrapped(Array.from({ length: STEPS + 1 }, (_, i) => destination(centre, (i * 360) / STEPS, km)));
}

/**
 * Rings of a polygon that holds everything within `km` of a point. A ring around
 * a pole is closed along the edge of the map, and where both poles are within, the far side is a hole.
 */
export function circleRings(centre: Point, radiusKm: number): Position[][] {
  const poles = { north: radians(90 - centre.lat) * EARTH_KM, south: radians(90 + centre.lat) * EARTH_KM };
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
    return km >= Math.PI * EARTH_KM ? [world] : [world, ring];
  }
  if (km < poles.north && km < poles.south) return [ring];
  const edge = km >= poles.north ? MAP_LAT_MAX : -MAP_LAT_MAX;
  const [first, last] = [ring[0] as Position, ring.at(-1) as Position];
  return [[...ring, [last[0], edge], [first[0], edge], first]];
}

/** A circle through a pole has no inside on this map: it is drawn a little smaller. */
function besidePoles(km: number, poles: readonly number[]): number {
  const touched = poles.filter((pole) => Math.abs(km - pole) < BESIDE_KM);
  return touched.length === 0 ? km : Math.max(0, Math.min(...touched) - BESIDE_KM);
}

/** Where one gets from a point after `km` in a direction, in degrees clockwise from north. */
function destination({ lat, lon }: Point, bearing: number, km: number): Position {
  const [phi, angle, theta] = [radians(lat), km / EARTH_KM, radians(bearing)];
  const sine = Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(theta);
  const east = Math.atan2(Math.sin(theta) * Math.sin(angle) * Math.cos(phi), Math.cos(angle) - Math.sin(phi) * sine);
  return [lon + degrees(east), degrees(Math.asin(Math.max(-1, Math.min(1, sine))))];
}

/** Each longitude as near as can be to the one before. */
function unwrapped(ring: readonly Position[]): Position[] {
  let before: number | undefined;
  return ring.map(([lon, lat]) => {
    const near = before === undefined ? lon : lon - 360 * Math.round((lon - before) / 360);
    before = near;
    return [near, lat];
  });
}

const radians = (value: number) => (value * Math.PI) / 180;
const degrees = (value: number) => (value * 180) / Math.PI;
