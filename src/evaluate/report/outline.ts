import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.js';
import { present } from '../../domain/present.js';
import { everyPolygon } from '../../geo/borders.js';
import { onMap } from './projection.js';

type Pixel = readonly [x: number, y: number];

/** Largest deviation of a line, in pixels. */
const TOLERANCE = 0.5;

let land: readonly (readonly number[])[] | undefined;

/** The land as the path of one SVG element on a map of this width (migrations/evaluate/data/NOTES.md). */
export function landPath(width: number): string {
  land ??= JSON.parse(
    readFileSync(join(packageRoot(), 'migrations', 'evaluate', 'data', 'land.json'), 'utf8'),
  ) as number[][];
  return land
    .map((ring) => {
      const degrees = (k: number) => present(ring[k]) / 10;
      const points = Array.from({ length: ring.length / 2 }, (_, i) => ({
        lat: degrees(2 * i + 1),
        lon: degrees(2 * i),
      }));
      return ringPath(points.map((point) => onMap(point, width)));
    })
    .join('');
}

/** The countries' borders as a path. They reach out to sea, so they are to be clipped by the land. */
export function bordersPath(width: number): string {
  return everyPolygon()
    .map(([outer = []]) => ringPath(outer.slice(0, -1).map(([lon, lat]) => onMap({ lat, lon }, width))))
    .join('');
}

function ringPath(ring: readonly Pixel[]): string {
  const kept = simplify(ring);
  return kept.length < 3 ? '' : relativePath(kept);
}

/** Ramer–Douglas–Peucker on a ring, which is halved at two points that are far apart. */
function simplify(ring: readonly Pixel[]): Pixel[] {
  const [start] = ring;
  if (start === undefined) return [];
  let far = 0;
  for (let i = 1; i < ring.length; i++) {
    if (distance(start, present(ring[i])) > distance(start, present(ring[far]))) far = i;
  }
  if (distance(start, present(ring[far])) < 2 * TOLERANCE) return [];
  const closed = [...ring, start];
  return [...simplifyLine(closed.slice(0, far + 1)).slice(0, -1), ...simplifyLine(closed.slice(far)).slice(0, -1)];
}

function simplifyLine(line: readonly Pixel[]): Pixel[] {
  const first = present(line[0]);
  const last = present(line.at(-1));
  let at = 0;
  let most = 0;
  for (let i = 1; i < line.length - 1; i++) {
    const off = offLine(present(line[i]), first, last);
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

/** In whole tenths, so that rounding does not add up along the ring. */
function relativePath(pixels: readonly Pixel[]): string {
  let [x, y] = [0, 0];
  const steps = pixels.map(([toX, toY], i) => {
    const [nextX, nextY] = [Math.round(10 * toX), Math.round(10 * toY)];
    const step = `${i === 0 ? 'M' : 'l'}${(nextX - x) / 10} ${(nextY - y) / 10}`;
    [x, y] = [nextX, nextY];
    return step;
  });
  return `${steps.join('')}z`;
}
