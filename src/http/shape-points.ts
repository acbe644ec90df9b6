import type { GeoPoint } from '../domain/geo-point.js';
import { coarsenPoint } from '../locate/coarsen.js';

/** A copy of an answer in which every point is as exact as the server may be. */
export type ShapePoints = <T>(json: T) => T;

/** 7 decimals are a centimetre. */
const round7 = (degrees: number): number => Math.round(degrees * 1e7) / 1e7 + 0;

/**
 * Coarsens every `{lat, lon}` of an answer, wherever it stands, to the operator's grid, so that no answer can forget to;
 * then at most 7 decimals.
 */
export function pointShaper(roundKm: number): ShapePoints {
  const shapePoint = (point: GeoPoint): GeoPoint => {
    const shaped = coarsenPoint(point, roundKm);
    return { lat: round7(shaped.lat), lon: round7(shaped.lon) };
  };
  const shape = (value: unknown): unknown => {
    if (Array.isArray(value)) return typeof value[0] === 'number' ? value : value.map(shape);
    if (typeof value !== 'object' || value === null) return value;
    if (isPoint(value)) return shapePoint(value);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
  };
  return <T>(json: T) => shape(json) as T;
}

function isPoint(value: object): value is GeoPoint {
  const { lat, lon } = value as Partial<GeoPoint>;
  return typeof lat === 'number' && typeof lon === 'number' && Object.keys(value).length === 2;
}
