import type { GeoPoint } from '../domain/geo-point.js';
import { coarsenPoint } from '../locate/coarsen.js';
import { roundPoint } from '../locate/round.js';

/** A copy of an answer in which every point is as exact as the server may be. */
export type ShapePoints = <T>(json: T) => T;

/**
 * Coarsens every `{lat, lon}` of an answer, wherever it stands, to the operator's grid, so that no answer can forget to;
 * then at most 7 decimals.
 */
export function pointShaper(roundKm: number): ShapePoints {
  const shape = (value: unknown): unknown => {
    if (Array.isArray(value)) return typeof value[0] === 'number' ? value : value.map(shape);
    if (typeof value !== 'object' || value === null) return value;
    if (isPoint(value)) return roundPoint(coarsenPoint(value, roundKm));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
  };
  // Only numbers changed.
  return <T>(json: T) => shape(json) as T;
}

function isPoint(value: object): value is GeoPoint {
  if (!('lat' in value && 'lon' in value)) return false;
  return typeof value.lat === 'number' && typeof value.lon === 'number' && Object.keys(value).length === 2;
}
