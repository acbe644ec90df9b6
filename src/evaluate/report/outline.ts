import { everyPolygon } from '../../geo/borders.js';
import { onMap } from './projection.js';

type Pixel = readonly [x: number, y: number];

/** Pixels that a line may be off. */
const TOLERANCE = 0.7;
/** South of it the borders have only Antarctica's box. */
const SOUTH_LAT = -60;

/** The countries' outlines as the path of one SVG element on a map of this width, simplified to what it can show. */
export function worldOutline(width: number): string {
  return everyPolygon()
    .flatMap(([outer = []]) => {
      if (outer.every(([, lat]) => lat <= SOUTH_LAT)) return [];
      const pixels = outer.map(([lon, lat]) => onMap({ lat, lon }, width));
      const kept = simplify(pixels.slice(0, -1));
      return kept.length < 3 ? [] : [relativePath(kept)];
    })
    .join('');
}

/** Ramer–Douglas–Peucker on a ring: between two points far apart, each half keeps what is off the straight line. */
function simplify(ring: readonly Pixel[]): Pixel[] {
  const [start] = ring;
  if (start === undefined) return [];
  let far = 0;
  for (let i = 1; i < ring.length; i++) {
    if (distance(start, ring[i] as Pixel) > distance(start, ring[far] as Pixel)) far = i;
  }
  if (distance(start, ring[far] as Pixel) < 2 * TOLERANCE) return [];
  const closed = [...ring, start];
  return [...simplifyLine(closed.slice(0, far + 1)).slice(0, -1), ...simplifyLine(closed.slice(far)).slice(0, -1)];
}

function simplifyLine(line: readonly Pixel[]): Pixel[] {
  const first = line[0] as Pixel;
  const last = line.at(-1) as Pixel;
  let at = 0;
  let most = 0;
  for (let i = 1; i < line.length - 1; i++) {
    const off = offLine(line[i] as Pixel, first, last);
    if (off <= most) continue;
    most = off;
    at = i;
  }
  if (most <= TOLERANCE) return [first, last];
  return [...simplifyLine(line.slice(0, at + 1)).slice(0, -1), ...simplifyLine(line.slice(at))];
}

function offLine(point: Pixel, from: Pixel, to: Pixel): number {
  const length = distance(from, to);
  if (length === 0) return distance(point, from);
  const area = (to[0] - from[0]) * (from[1] - point[1]) - (from[0] - point[0]) * (to[1] - from[1]);
  return Math.abs(area) / length;
}

function distance(a: Pixel, b: Pixel): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function relativePath(pixels: readonly Pixel[]): string {
  let [x, y] = [0, 0];
  const steps = pixels.map(([toX, toY], i) => {
    const [dx, dy] = [tenth(toX - x), tenth(toY - y)];
    [x, y] = [x + dx, y + dy];
    return `${i === 0 ? 'M' : 'l'}${i === 0 ? tenth(toX) : dx} ${i === 0 ? tenth(toY) : dy}`;
  });
  return `${steps.join('')}z`;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
