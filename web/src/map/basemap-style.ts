import { borders, labels, land } from 'virtual:basemap';
import type { StyleSpecification } from 'maplibre-gl';
import { fetchFile } from '../api/call.js';
import { urlOf } from '../api/url.js';
import type { Theme } from '../state/theme.js';
import { countryName } from '../text/language.js';
import { PALETTE } from './palette.js';

const ATTRIBUTION = 'Natural Earth · <a href="https://www.geonames.org/" rel="noreferrer">GeoNames</a> (CC BY 4.0)';
/** Names are drawn with the reader's own fonts: no file of glyphs. */
const FONT = ['Arial'];
const BOLD = ['Arial Bold', 'Arial'];

interface Labels {
  readonly countries: readonly {
    readonly at: readonly [number, number];
    readonly rank: number;
    readonly iso2: string;
  }[];
  readonly cities: readonly { readonly at: readonly [number, number]; readonly rank: number; readonly name: string }[];
}

/** The page's own map: coasts, borders and names, from its own files. */
export async function basemapStyle(theme: Theme): Promise<StyleSpecification> {
  const colours = PALETTE[theme];
  const names = await readLabels();
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: urlOf(land), attribution: ATTRIBUTION },
      borders: { type: 'geojson', data: urlOf(borders) },
      countries: {
        type: 'geojson',
        data: points(names.countries.map(({ at, rank, iso2 }) => ({ at, rank, name: countryName(iso2) }))),
      },
      cities: { type: 'geojson', data: points(names.cities) },
    },
    layers: [
      { id: 'water', type: 'background', paint: { 'background-color': colours.water } },
      // The coast is a line of its own: softening the edge of the land as well would draw every coast twice.
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': colours.land, 'fill-antialias': false } },
      { id: 'coast', type: 'line', source: 'land', paint: { 'line-color': colours.coast, 'line-width': 0.8 } },
      { id: 'borders', type: 'line', source: 'borders', paint: { 'line-color': colours.border, 'line-width': 0.9 } },
      {
        id: 'city-dots',
        type: 'circle',
        source: 'cities',
        minzoom: 3.5,
        filter: ['<=', ['get', 'rank'], ['step', ['zoom'], 0, 4.5, 1, 5.5, 2, 6.5, 3, 8, 4]],
        paint: { 'circle-radius': 2, 'circle-color': colours.city, 'circle-opacity': 0.7 },
      },
      {
        id: 'cities',
        type: 'symbol',
        source: 'cities',
        minzoom: 3.5,
        filter: ['<=', ['get', 'rank'], ['step', ['zoom'], 0, 4.5, 1, 5.5, 2, 6.5, 3, 8, 4]],
        layout: {
          'text-field': ['get', 'name'],
          'text-font': FONT,
          'text-size': 11.5,
          'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
          'text-radial-offset': 0.5,
          'symbol-sort-key': ['get', 'rank'],
        },
        paint: { 'text-color': colours.city, 'text-halo-color': colours.halo, 'text-halo-width': 1.2 },
      },
      {
        id: 'countries',
        type: 'symbol',
        source: 'countries',
        minzoom: 1,
        maxzoom: 7,
        filter: ['<=', ['get', 'rank'], ['step', ['zoom'], 0, 3, 1, 4.2, 2, 5.4, 3]],
        layout: {
          'text-field': ['get', 'name'],
          'text-font': BOLD,
          'text-size': ['interpolate', ['linear'], ['zoom'], 1, 10, 5, 14],
          'text-max-width': 7,
          'symbol-sort-key': ['get', 'rank'],
        },
        paint: { 'text-color': colours.name, 'text-halo-color': colours.halo, 'text-halo-width': 1.4 },
      },
    ],
  };
}

let read: Promise<Labels> | undefined;
function readLabels(): Promise<Labels> {
  read ??= fetchFile(labels)
    .then((response) => response.json() as Promise<Labels>)
    .catch((thrown: unknown) => {
      read = undefined;
      throw thrown;
    });
  return read;
}

function points(
  list: readonly { readonly at: readonly [number, number]; readonly rank: number; readonly name: string }[],
) {
  return {
    type: 'FeatureCollection' as const,
    features: list.map(({ at, rank, name }) => ({
      type: 'Feature' as const,
      geometry: { type: 'Point' as const, coordinates: [...at] },
      properties: { rank, name },
    })),
  };
}
