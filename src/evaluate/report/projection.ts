import type { GeoPoint } from '../../domain/geo-point.js';
import { RADIANS } from '../../geo/sphere.js';

const [A1, A2, A3, A4] = [1.340264, -0.081106, 0.000893, 0.003796] as const;
const ROOT = Math.sqrt(3) / 2;

/** Half of the map's width and height in the projection's own units. */
const [MAX_X] = equalEarth({ lat: 0, lon: 180 });
const [, MAX_Y] = equalEarth({ lat: 90, lon: 0 });

/** Width over height of the whole world. */
export const MAP_ASPECT = MAX_X / MAX_Y;

/** Equal Earth (Šavrič, Patterson and Jenny 2018): an equal-area projection, so that errors look equally large everywhere. */
function equalEarth({ lat, lon }: GeoPoint): readonly [x: number, y: number] {
  const theta = Math.asin(ROOT * Math.sin(lat * RADIANS));
  const t2 = theta * theta;
  const t6 = t2 * t2 * t2;
  const slope = A1 + 3 * A2 * t2 + t6 * (7 * A3 + 9 * A4 * t2);
  return [(lon * RADIANS * Math.cos(theta)) / (ROOT * slope), theta * (A1 + A2 * t2 + t6 * (A3 + A4 * t2))];
}

/** Position on a map of this width in pixels, from its upper left corner. */
export function onMap(point: GeoPoint, width: number): readonly [x: number, y: number] {
  const [x, y] = equalEarth(point);
  const scale = width / (2 * MAX_X);
  return [(x + MAX_X) * scale, (MAX_Y - y) * scale];
}
