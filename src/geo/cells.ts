import { packageWhenUsed } from '../config/package-when-used.js';
import type { GeoPoint } from '../domain/geo-point.js';

const h3 = packageWhenUsed<typeof import('h3-js')>('h3-js');

/** The finest of Uber's H3 cells in use: about 350 m across. */
export const CELL_RESOLUTION_MAX = 9;
/** A cell's children do not lie wholly within it, and edges are up to a quarter longer than the average. */
const REACH_IN_EDGES = 2;
const PIXELS_LEAST = 56;
const WORLD_PIXELS = 512;
const EQUATOR_KM = 40_075;

/** The cell of the finest resolution that holds a point. */
export const cellOf = (point: GeoPoint): string => h3().latLngToCell(point.lat, point.lon, CELL_RESOLUTION_MAX);

/** The cell of a resolution that holds a point. */
export const cellAt = (point: GeoPoint, resolution: number): string =>
  h3().latLngToCell(point.lat, point.lon, resolution);

export const parentCell = (cell: string, resolution: number): string => h3().cellToParent(cell, resolution);

/** The 122 cells of resolution 0. */
export const coarsestCells = (): readonly string[] => h3().getRes0Cells();

export function cellCentre(cell: string): GeoPoint {
  const [lat, lon] = h3().cellToLatLng(cell);
  return { lat, lon };
}

/** Average distance across a cell, from corner to corner. */
export const cellDiameterKm = (resolution: number): number =>
  2 * h3().getHexagonEdgeLengthAvg(resolution, h3().UNITS.km);

/** No point of a cell, nor of any cell below it, is farther from its centre. */
export const cellReachKm = (resolution: number): number =>
  REACH_IN_EDGES * h3().getHexagonEdgeLengthAvg(resolution, h3().UNITS.km);

/**
 * The first and the last name that a cell's children can have: three bits of a name say which child it is (H3's index
 * bit layout), so that they are a range of an ordered list.
 */
export function childRange(cell: string, resolution: number): readonly [first: string, last: string] {
  const first = h3().cellToCenterChild(cell, resolution + 1);
  const last = BigInt(`0x${first}`) + (6n << BigInt(3 * (15 - (resolution + 1))));
  return [first, last.toString(16).padStart(first.length, '0')];
}

/**
 * The finest resolution whose cells are at least 56 pixels across at the equator, on a web map whose world is 512
 * pixels wide at zoom 0 (MapLibre's).
 */
export function resolutionAtZoom(zoom: number): number {
  const pixelsPerKm = (WORLD_PIXELS * 2 ** zoom) / EQUATOR_KM;
  return finestWider(PIXELS_LEAST / pixelsPerKm);
}

/** The finest resolution whose cells are at least this wide; 0 where none is. */
export function finestWider(km: number): number {
  for (let resolution = CELL_RESOLUTION_MAX; resolution > 0; resolution--) {
    if (cellDiameterKm(resolution) >= km) return resolution;
  }
  return 0;
}
