import { packageWhenUsed } from '../config/package-when-used.js';
import type { GeoPoint } from '../domain/geo-point.js';
import { fromSphere, toSphere } from './sphere.js';

/** Rings of [lon, lat]: the outer one, then its holes. */
export type Polygon = readonly (readonly (readonly [lon: number, lat: number])[])[];

interface Feature {
  readonly geometry: { readonly coordinates: readonly Polygon[] } | null;
  readonly properties: { readonly id: string; readonly iso1A2?: string };
}

interface CountryCoder {
  readonly borders: { readonly features: readonly Feature[] };
  featuresContaining(query: readonly [number, number] | string): readonly Feature[];
}

/**
 * Where country-coder's areas have no code of their own that GeoNames uses. GeoNames' facts fill the gazetteer, so its
 * view decides: Northern Cyprus is filed under CY and Crimea under UA there.
 */
const GEONAMES_CODES: Readonly<Record<string, string>> = {
  AC: 'SH',
  CP: 'PF',
  DG: 'IO',
  EA: 'ES',
  FX: 'FR',
  IC: 'ES',
  TA: 'SH',
  Q7835: 'UA',
  Q23681: 'CY',
};

/** Fiji's and Chukotka's polygons stop short of 180° by up to this much, in degrees. */
const SEAM = 0.02;

/** Loading it parses its borders, in some 75 ms. */
const countryCoder = packageWhenUsed<CountryCoder>('@rapideditor/country-coder');
const codes = new Map<string, string | null>();

/** GeoNames' code of the smallest area of the borders that holds the point, null at sea and in no man's land. */
export function codeAt(point: GeoPoint): string | null {
  // A point on an edge may belong to none: polygons end at −90°, and within SEAM degrees of 180°.
  const lat = Math.max(-90 + 1e-9, point.lat);
  const code = codeOfSmallest(point.lon, lat);
  if (code !== null || Math.abs(point.lon) < 180 - SEAM) return code;
  return codeOfSmallest(Math.sign(point.lon) * (180 - SEAM), lat);
}

function codeOfSmallest(lon: number, lat: number): string | null {
  const smallest = countryCoder().featuresContaining([lon, lat])[0];
  return smallest === undefined ? null : codeOf(smallest.properties.id);
}

/** The polygons whose points `codeAt` gives this code, empty for an unknown code. They don't overlap. */
export function polygonsOf(iso2: string): readonly Polygon[] {
  return countryCoder().borders.features.flatMap((feature) =>
    feature.geometry !== null && codeOf(feature.properties.id) === iso2 ? feature.geometry.coordinates : [],
  );
}

function codeOf(id: string): string | null {
  let code = codes.get(id);
  if (code === undefined) {
    code = findCode(id);
    codes.set(id, code);
  }
  return code;
}

function findCode(id: string): string | null {
  for (const { properties } of countryCoder().featuresContaining(id)) {
    const mapped = GEONAMES_CODES[properties.id];
    if (mapped !== undefined) return mapped;
    if (properties.iso1A2 !== undefined) return properties.iso1A2 === 'EU' ? null : properties.iso1A2;
  }
  return null;
}

/** A point amid the corners of a country's largest polygon: for one of which nothing else is known. */
export function largestPolygonCentre(iso2: string): GeoPoint | null {
  let largest: Polygon[number] | undefined;
  for (const [outer = []] of polygonsOf(iso2)) if (outer.length > (largest?.length ?? 0)) largest = outer;
  if (largest === undefined) return null;
  let [x, y, z] = [0, 0, 0];
  for (const [lon, lat] of largest) {
    const u = toSphere({ lat, lon });
    x += u[0];
    y += u[1];
    z += u[2];
  }
  return fromSphere([x, y, z]);
}

/** All areas that the borders are made of: the world's outline. Antarctica is a box to them. */
export function everyPolygon(): readonly Polygon[] {
  return countryCoder().borders.features.flatMap((feature) => feature.geometry?.coordinates ?? []);
}
