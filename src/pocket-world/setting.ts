import type { GeoPoint } from '../domain/geo-point.js';
import { seaBearingDeg } from './sea.js';

/** The natural setting of a place. Shares are in [0, 1]. */
export interface Setting {
  /** 0 polar, 1 equatorial. */
  readonly warmth: number;
  /** 0 desert, 1 rain forest. */
  readonly wetness: number;
  /** Relief of the hills around. */
  readonly relief: number;
  readonly seaBearingDeg: number | null;
}

type Area = readonly [south: number, north: number, west: number, east: number, share: number];

/** Mountain ranges as boxes, with the share of the highest relief that shows from their towns. */
const RANGES: readonly Area[] = [
  [44, 48, 5.5, 16, 1],
  [42, 43.5, -2, 3, 0.8],
  [36.5, 44, -8, -1, 0.4],
  [41, 47, 8, 15.5, 0.5],
  [37, 42, 13, 17, 0.5],
  [40, 46, 14.5, 24, 0.7],
  [37, 41, 20, 25, 0.6],
  [45, 49.5, 19, 26.5, 0.6],
  [58, 70, 5, 16, 0.7],
  [51, 58, -6, -2.5, 0.3],
  [40.5, 44, 38, 49, 0.9],
  [36.5, 41, 28, 45, 0.6],
  [27, 38, 44, 58, 0.7],
  [28, 36, -10, 9, 0.6],
  [26, 37, 66, 100, 1],
  [36, 45, 66, 88, 0.9],
  [46, 53, 82, 108, 0.6],
  [21, 34, 97, 112, 0.6],
  [22, 25.4, 120.4, 122, 0.8],
  [31, 44, 130, 142, 0.6],
  [34, 43, 125, 130, 0.6],
  [12, 20, 97, 106, 0.4],
  [-9, 6, 95, 116, 0.6],
  [5, 19, 120, 126, 0.5],
  [8, 20, 73.5, 78, 0.3],
  [32, 60, -125, -104, 0.8],
  [34, 45, -84, -71, 0.3],
  [15, 31, -108, -96, 0.7],
  [8, 16, -92, -77, 0.7],
  [-4, 11, -80, -70, 0.9],
  [-20, -3, -80, -64, 1],
  [-46, -20, -73, -65.5, 1],
  [-24, -18, -50, -41, 0.4],
  [5, 15, 36, 42, 0.8],
  [-6, 2, 28.5, 38, 0.5],
  [-33, -27, 26, 31.5, 0.5],
  [-23, -14, 45, 49, 0.5],
  [-38, -28, 147, 153, 0.3],
  [-47, -34, 166, 179, 0.7],
  [18, 20, -77, -69, 0.6],
  [12, 24, 52, 59.5, 0.5],
  [30, 34, 35, 37, 0.4],
  [3, 7, 9, 15, 0.5],
  [17.9, 18.6, -78, -76, 0.6],
];

/** Dry lands as boxes, with the share of wetness that they take away. */
const DRY: readonly Area[] = [
  [16, 33, -17, 35, 1],
  [12, 17, -17, 40, 0.65],
  [12, 33, 34, 57, 1],
  [25, 38, 44, 62, 0.75],
  [24, 33, 60, 74, 0.8],
  [36, 48, 50, 80, 0.7],
  [37, 48, 80, 115, 0.75],
  [-30, -19, 114, 145, 0.8],
  [-32, -3, -82, -69.5, 0.8],
  [-29, -15, 12, 26, 0.75],
  [25, 38, -118, -102, 0.8],
  [-52, -33, -71, -65, 0.6],
  [30, 43, -10, 40, 0.35],
  [-38, -30, 115, 140, 0.4],
  [32, 38, -124, -117, 0.45],
  [-36, -29, -73, -70, 0.4],
  [2, 11, 40, 51, 0.7],
  [20, 26, 69, 77, 0.5],
  [-15, -3, -42, -36, 0.5],
];

function strongest(areas: readonly Area[], { lat, lon }: GeoPoint): number {
  let best = 0;
  for (const [south, north, west, east, share] of areas)
    if (lat >= south && lat <= north && lon >= west && lon <= east) best = Math.max(best, share);
  return best;
}

/**
 * Warmth by latitude; wetness by the belts of the general circulation (wet at the equator and at 50°, dry at 25°), reduced in
 * dry lands; relief by the mountain ranges.
 */
export function settingOf(town: GeoPoint): Setting {
  const away = Math.abs(town.lat);
  const warmth = Math.max(0, Math.min(1, 1.12 - away / 62));
  const belt = away < 12 ? 1 : away < 25 ? 1 - (away - 12) / 26 : away < 48 ? 0.5 + (away - 25) / 70 : 0.8;
  const wetness = Math.max(0, belt * (1 - strongest(DRY, town)));
  return { warmth, wetness, relief: strongest(RANGES, town), seaBearingDeg: seaBearingDeg(town) };
}
