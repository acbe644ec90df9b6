import type { LayerSpecification } from 'maplibre-gl';
import type { Palette } from './palette.js';

const ZOOM_MAX = 22;
const POINTED = ['boolean', ['feature-state', 'pointed'], false];

/** The layers over the base map, from below to above; their sources have the names of `OVERLAY_DATA`. */
export function overlayLayers(colours: Palette, chosen: number): LayerSpecification[] {
  const isChosen = ['==', ['get', 'candidate'], chosen];
  const layers = [
    {
      id: 'heat',
      type: 'heatmap',
      source: 'heat',
      paint: {
        // Many places of low probability must not add up to one large spot.
        'heatmap-weight': ['get', 'probability'],
        'heatmap-radius': ['interpolate', ['exponential', 2], ['zoom'], 0, 9, 6, 40, 10, 140],
        'heatmap-intensity': 3,
        'heatmap-opacity': 0.5,
        'heatmap-color': [
          'interpolate',
          ['linear'],
          ['heatmap-density'],
          0,
          `rgba(${colours.heat}, 0)`,
          1,
          `rgba(${colours.heat}, 0.7)`,
        ],
      },
    },
    {
      id: 'circles-fill',
      type: 'fill',
      source: 'circles',
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: {
        'fill-color': colours.candidate,
        'fill-opacity': ['case', ['all', isChosen, ['!', ['get', 'wide']]], 0.1, 0],
      },
    },
    {
      id: 'circles-50',
      type: 'line',
      source: 'circles',
      filter: ['all', ['==', ['geometry-type'], 'LineString'], ['get', 'inner']],
      paint: {
        'line-color': colours.candidate,
        'line-width': ['case', isChosen, 1.8, 1],
        'line-opacity': ['case', isChosen, 0.95, 0.4],
      },
    },
    {
      id: 'circles-90',
      type: 'line',
      source: 'circles',
      filter: ['all', ['==', ['geometry-type'], 'LineString'], ['!', ['get', 'inner']]],
      paint: {
        'line-color': colours.candidate,
        'line-width': ['case', isChosen, 1.8, 1],
        'line-opacity': ['case', isChosen, 0.95, 0.4],
        'line-dasharray': [3, 2],
      },
    },
    {
      id: 'hint-fill',
      type: 'fill',
      source: 'hint',
      paint: { 'fill-color': colours.hint, 'fill-opacity': 0.1 },
    },
    {
      id: 'hint-line',
      type: 'line',
      source: 'hint',
      paint: { 'line-color': colours.hint, 'line-width': 2 },
    },
    {
      id: 'shares',
      type: 'circle',
      source: 'shares',
      paint: {
        // As wide as the cell at every zoom, and never too small to be seen.
        'circle-radius': [
          'interpolate',
          ['exponential', 2],
          ['zoom'],
          0,
          ['max', 4, ['get', 'pixels']],
          ZOOM_MAX,
          ['*', ['get', 'pixels'], 2 ** ZOOM_MAX],
        ],
        'circle-color': [
          'interpolate',
          ['linear'],
          ['get', 'of_scale'],
          0,
          colours.shareLow,
          0.5,
          colours.shareMiddle,
          1,
          colours.shareHigh,
        ],
        'circle-opacity': ['step', ['get', 'photos'], 0.25, 3, 0.5, 10, 0.8],
        'circle-stroke-width': ['case', POINTED, 3, 0.6],
        'circle-stroke-color': ['case', POINTED, colours.city, colours.name],
        'circle-stroke-opacity': ['case', POINTED, 1, ['step', ['get', 'photos'], 0.3, 10, 0.7]],
      },
    },
    {
      id: 'coverage',
      type: 'circle',
      source: 'coverage',
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['log10', ['get', 'count']], 0, 9, 2, 16, 4, 26, 6, 36],
        'circle-color': colours.cluster,
        'circle-opacity': 0.88,
        'circle-stroke-width': ['case', POINTED, 3, 1],
        'circle-stroke-color': colours.halo,
      },
    },
    {
      id: 'coverage-count',
      type: 'symbol',
      source: 'coverage',
      layout: {
        'text-field': ['get', 'label'],
        'text-font': ['Arial Bold', 'Arial'],
        'text-size': 11,
        'text-allow-overlap': true,
        'text-padding': 8,
      },
      paint: { 'text-color': colours.onCluster },
    },
    {
      id: 'answers',
      type: 'circle',
      source: 'answers',
      paint: {
        'circle-radius': ['case', POINTED, 9, 4],
        'circle-color': colours.candidate,
        'circle-stroke-width': ['case', POINTED, 3, 1],
        'circle-stroke-color': colours.halo,
      },
    },
    {
      id: 'spots',
      type: 'circle',
      source: 'spots',
      paint: {
        'circle-radius': ['case', POINTED, 9, 5],
        'circle-color': colours.neighbour,
        'circle-stroke-width': ['case', POINTED, 3, 1.5],
        'circle-stroke-color': colours.halo,
      },
    },
    {
      id: 'known',
      type: 'circle',
      source: 'known',
      paint: {
        'circle-radius': 7,
        'circle-color': colours.halo,
        'circle-stroke-width': 4,
        'circle-stroke-color': colours.known,
      },
    },
    {
      id: 'candidates',
      type: 'circle',
      source: 'candidates',
      paint: {
        'circle-radius': ['case', POINTED, 15, isChosen, 13, 11],
        'circle-color': colours.candidate,
        'circle-stroke-width': ['case', POINTED, 3, 2],
        'circle-stroke-color': colours.halo,
      },
    },
    {
      id: 'candidate-numbers',
      type: 'symbol',
      source: 'candidates',
      layout: {
        'text-field': ['get', 'number'],
        'text-font': ['Arial Bold', 'Arial'],
        'text-size': 13,
        'text-allow-overlap': true,
        // The base map's names stay clear of the whole disc.
        'text-padding': 10,
      },
      paint: { 'text-color': colours.onCandidate },
    },
    {
      id: 'candidate-names',
      type: 'symbol',
      source: 'candidates',
      layout: {
        'text-field': ['get', 'name'],
        'text-font': ['Arial Bold', 'Arial'],
        'text-size': 13,
        'text-anchor': 'left',
        'text-offset': [1.3, 0],
        'text-optional': true,
      },
      paint: { 'text-color': colours.name, 'text-halo-color': colours.halo, 'text-halo-width': 2 },
    },
  ];
  return layers as LayerSpecification[];
}
