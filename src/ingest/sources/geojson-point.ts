import { isJsonObject } from './read-json-file.js';

export type GeoJsonPoint =
  | { readonly kind: 'point'; readonly coordinates: readonly unknown[] }
  /** No geometry, or an empty one: the photo is named, its position unknown. */
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong'; readonly got: string };

/** A geometry's single point: of a Point, or of a MultiPoint or GeometryCollection that holds one point, possibly repeated. */
export function geoJsonPoint(geometry: unknown): GeoJsonPoint {
  if (geometry === null) return { kind: 'none' };
  const points = pointsOf(geometry);
  if (points === null) {
    return { kind: 'wrong', got: isJsonObject(geometry) ? String(geometry.type).slice(0, 40) : typeof geometry };
  }
  const [first] = points;
  if (first === undefined) return { kind: 'none' };
  const different = new Set(points.map(([lon, lat]) => `${lon} ${lat}`)).size;
  if (different > 1) return { kind: 'wrong', got: `${different} different points` };
  return { kind: 'point', coordinates: points.find(({ length }) => length > 2) ?? first };
}

type Coordinates = readonly unknown[];

function pointsOf(geometry: unknown): readonly Coordinates[] | null {
  if (!isJsonObject(geometry)) return null;
  const { type, coordinates, geometries } = geometry;
  if (type === 'GeometryCollection' && Array.isArray(geometries)) {
    const parts = geometries.map(pointsOf);
    return parts.every((part) => part !== null) ? parts.flat() : null;
  }
  if (!Array.isArray(coordinates)) return null;
  if (type === 'Point') return coordinates.length === 0 ? [] : [coordinates];
  return type === 'MultiPoint' && coordinates.every((one) => Array.isArray(one)) ? coordinates : null;
}
