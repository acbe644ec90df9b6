import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { feature, mesh } from 'topojson-client';
import type { Plugin } from 'vite';
import { allCountries, cityLabels, countryLabels } from './labels.js';
import { outline } from './outline.js';
import { unwrapLine, unwrapPolygons } from './unwrap.js';

const MODULE = 'virtual:basemap';
/** The page sees only coasts and borders of 1 : 50 million; three decimals are a hundred metres. */
const DECIMALS = 3;

type Topology = Parameters<typeof mesh>[0];
type Collection = Extract<Parameters<typeof mesh>[1], { type: 'GeometryCollection' }>;
type Atlas = Topology & { readonly objects: { readonly countries: Collection; readonly land: Collection } };

/**
 * Coasts, borders and names of the page's own map as files beside the script: Natural Earth 1 : 50 million (public domain,
 * by way of world-atlas) and the largest cities of the gazetteer's package. `virtual:basemap` gives their addresses.
 * Beside them a picture of the land, 1 : 110 million, to be seen until the map has been drawn.
 */
export function basemap(): Plugin {
  const files = new Map<string, string>();
  const exported = (name: string, extension: string, text: string) => {
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
    const fileName = `assets/${name}-${hash}.${extension}`;
    files.set(fileName, text);
    return `export const ${name} = ${JSON.stringify(`./${fileName}`)};`;
  };
  return {
    name: 'streetdex-basemap',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    load(id) {
      if (id !== `\0${MODULE}`) return null;
      const lines = Object.entries(readParts()).map(([name, json]) =>
        exported(name, 'json', JSON.stringify(json, rounded)),
      );
      lines.push(exported('outline', 'svg', readOutline()));
      const codes = [...new Set(allCountries())];
      return [...lines, `export const iso2Codes = ${JSON.stringify(codes)};`].join('\n');
    },
    generateBundle() {
      for (const [fileName, source] of files) this.emitFile({ type: 'asset', fileName, source });
    },
  };
}

function readAtlas(name: string): Atlas {
  return JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`world-atlas/${name}.json`), 'utf8')) as Atlas;
}

/** The coarse land that the page shows at once, where the map will be. */
function readOutline(): string {
  const atlas = readAtlas('land-110m');
  const { features } = feature(atlas, atlas.objects.land);
  return outline(features.flatMap(({ geometry }) => unwrapPolygons(geometry).coordinates));
}

function readParts() {
  const atlas = readAtlas('countries-50m');
  const { countries, land } = atlas.objects;
  const borders = mesh(atlas, countries, (one, other) => one !== other);
  return {
    land: {
      type: 'FeatureCollection',
      features: feature(atlas, land).features.map((one) => ({ ...one, geometry: unwrapPolygons(one.geometry) })),
    },
    borders: { ...borders, coordinates: borders.coordinates.map(unwrapLine) },
    labels: { countries: countryLabels(feature(atlas, countries)), cities: cityLabels() },
  };
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(DECIMALS)) : value;
}
