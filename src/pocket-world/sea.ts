import type { GeoPoint } from '../domain/geo-point.js';
import { allCities } from './cities.js';

const KM_PER_DEGREE = 111.2;
const SECTORS = 16;
const REACH_KM = 55;

let grid: Map<number, GeoPoint[]> | undefined;

/**
 * Direction of the sea from a town, in degrees from north; null inland. It is guessed without a coastline, from where nobody
 * lives: a wedge of at least 67° without a place of 1,000 people out to 55 km, where the other sides are settled densely enough
 * for that to mean water. All scenes of a town use the same guess.
 */
export function seaBearingDeg(town: GeoPoint): number | null {
  const counts = new Array<number>(SECTORS).fill(0);
  let total = 0;
  for (const place of placesAround(town)) {
    const north = (place.lat - town.lat) * KM_PER_DEGREE;
    const east = (place.lon - town.lon) * KM_PER_DEGREE * Math.cos((town.lat * Math.PI) / 180);
    const km = Math.hypot(north, east);
    if (km < 3 || km > REACH_KM) continue;
    const sector = Math.floor(((Math.atan2(east, north) / (2 * Math.PI) + 1) * SECTORS) % SECTORS);
    counts[sector] = (counts[sector] ?? 0) + 1;
    total++;
  }
  if (total < 12) return null;
  let best = 0;
  let middle = 0;
  for (let start = 0; start < SECTORS; start++) {
    let length = 0;
    while (length < SECTORS && counts[(start + length) % SECTORS] === 0) length++;
    if (length > best) {
      best = length;
      middle = start + length / 2;
    }
  }
  return best >= 3 ? ((middle * 360) / SECTORS) % 360 : null;
}

function* placesAround(town: GeoPoint): Generator<GeoPoint> {
  grid ??= fill();
  const row = Math.floor(town.lat);
  const column = Math.floor(town.lon);
  for (let r = row - 1; r <= row + 1; r++)
    for (let c = column - 2; c <= column + 2; c++) yield* grid.get(r * 1000 + c) ?? [];
}

function fill(): Map<number, GeoPoint[]> {
  const cells = new Map<number, GeoPoint[]>();
  for (const city of allCities()) {
    const [lon, lat] = city.loc.coordinates;
    const key = Math.floor(lat) * 1000 + Math.floor(lon);
    const cell = cells.get(key);
    if (cell) cell.push({ lat, lon });
    else cells.set(key, [{ lat, lon }]);
  }
  return cells;
}
