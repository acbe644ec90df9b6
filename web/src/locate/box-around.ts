import type { Box, Point } from '../api/types.js';

/** A box that holds everything within `km` of a point, at least 40 km and at most half of the world wide. */
export function boxAround({ lat, lon }: Point, km: number): Box {
  const half = Math.max(20, Math.min(km, 9000)) / 111.2;
  const near = Math.max(-80, Math.min(84, lat));
  const [south, north] = [Math.max(-80, near - half), Math.min(84, near + half)];
  const wide = Math.min(90, half / Math.max(0.15, Math.cos((lat * Math.PI) / 180)));
  return [lon - wide, south, lon + wide, north];
}

/** The smallest box that holds all points, possibly across 180°; the world for no points. */
export function boxOfAll(points: readonly Point[]): Box {
  const lons = points.map(({ lon }) => lon).sort((a, b) => a - b);
  const [first, last] = [lons[0], lons.at(-1)];
  if (first === undefined || last === undefined) return [-180, -80, 180, 84];
  // It begins after the widest gap.
  let [west, east, gap] = [first, last, first + 360 - last];
  lons.forEach((lon, i) => {
    const before = lons[i - 1];
    if (before !== undefined && lon - before > gap) [west, east, gap] = [lon, before, lon - before];
  });
  const lats = points.map(({ lat }) => Math.max(-80, Math.min(84, lat))).sort((a, b) => a - b);
  return [west, lats[0] as number, east, lats.at(-1) as number];
}
