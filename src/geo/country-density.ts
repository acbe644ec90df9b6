import { EARTH_RADIUS_KM, type GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import { codeAt, type Polygon, polygonsOf } from './borders.js';
import { RADIANS } from './sphere.js';

const areas = new Map<string, number>();

/** Area inside a country's borders as `countryAt` draws them (with their strip of sea), 0 for an unknown code. */
export function countryAreaKm2(iso2: string): number {
  let area = areas.get(iso2);
  if (area === undefined) {
    area = polygonsOf(iso2).reduce((sum, polygon) => sum + polygonAreaKm2(polygon), 0);
    areas.set(iso2, area);
  }
  return area;
}

/** Density per km² at a point of what lies anywhere in a country with equal chance: 1/area inside, 0 outside. */
export function borderDensity(iso2: string, point: GeoPoint): number {
  return codeAt(point) === iso2 ? 1 / countryAreaKm2(iso2) : 0;
}

/**
 * Area of a polygon whose edges are straight in longitude and latitude, as borders are drawn and tested:
 * R² ∮ sin φ dλ, which is exact along such an edge as Δλ·(cos φ₁ − cos φ₂)/(φ₂ − φ₁).
 */
export function polygonAreaKm2(polygon: Polygon): number {
  const [outer = [], ...holes] = polygon;
  const area = holes.reduce((sum, hole) => sum - ringArea(hole), ringArea(outer));
  return area * EARTH_RADIUS_KM ** 2;
}

function ringArea(ring: Polygon[number]): number {
  let sum = 0;
  for (let i = 0; i < ring.length; i++) {
    const [lon1, lat1] = present(ring[i]);
    const [lon2, lat2] = present(ring[(i + 1) % ring.length]);
    sum += (lon2 - lon1) * RADIANS * meanSine(lat1 * RADIANS, lat2 * RADIANS);
  }
  return Math.abs(sum);
}

/** Mean of sin over [a, b]: (cos a − cos b)/(b − a), written so that it stays exact as b → a. */
function meanSine(a: number, b: number): number {
  const half = (b - a) / 2;
  return Math.sin((a + b) / 2) * (half === 0 ? 1 : Math.sin(half) / half);
}
