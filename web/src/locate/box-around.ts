import type { Box, Point } from '../api/types.js';

/** A box that holds everything within `km` of a point, at least 40 km and at most half of the world wide. */
export function boxAround({ lat, lon }: Point, km: number): Box {
  const half = Math.max(20, Math.min(km, 9000)) / 111.2;
  const near = Math.max(-80, Math.min(84, lat));
  const [south, north] = [Math.max(-80, near - half), Math.min(84, near + half)];
  const wide = Math.min(90, half / Math.max(0.15, Math.cos((lat * Math.PI) / 180)));
  return [lon - wide, south, lon + wide, north];
}
