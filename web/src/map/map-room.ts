import { effect, untracked } from '@preact/signals';
import type { GeoJSONSource, Map as MapLibre, StyleSpecification } from 'maplibre-gl';
import * as maplibre from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { wrapLon } from '../../../src/geo/box.js';
import type { Box } from '../api/types.js';
import { address, followBrowser, setMapPosition } from '../state/address.js';
import { service } from '../state/service.js';
import { theme } from '../state/theme.js';
import { language, t } from '../text/language.js';
import { followLate } from '../ui/after-paint.js';
import { basemapStyle } from './basemap-style.js';
import { drawOn } from './draw.js';
import { operatorMapLacks, operatorStyle } from './operator-style.js';
import {
  chosenCandidate,
  clicked,
  drawing,
  type Look,
  look,
  type MapPicture,
  mapPicture,
  pointed,
  viewed,
} from './overlay.js';
import { OVERLAY_DATA } from './overlay-data.js';
import { overlayLayers } from './overlay-layers.js';
import { PALETTE } from './palette.js';
import { START } from './start.js';

type PaintName = Parameters<MapLibre['setPaintProperty']>[1];

/** Padding in pixels around an area that is to be shown, where there is room. */
const PADDING = 48;

/** A report waits so long for the map to be drawn. */
const DRAWN_MS_MAX = 5000;

/** Layers that react to the pointer, by source, the uppermost first. */
const POINTABLE = {
  candidates: 'candidate',
  spots: 'spot',
  answers: 'answer',
  coverage: 'cluster',
  shares: 'cell',
} as const;
type Pointable = keyof typeof POINTABLE;
const POINTABLES = Object.keys(POINTABLE) as readonly Pointable[];

/**
 * Opens the map in an element and lets it follow the page's signals. @returns a function that removes it
 * @param onLost called, once, when the map's worker could not be fetched, without which it never shows anything
 */
export function openMap(element: HTMLElement, onLost: () => void): () => void {
  maplibre.setWorkerUrl(new URL(workerUrl, document.baseURI).href);
  const map = new maplibre.Map({
    container: element,
    ...placeOf(address.peek().map ?? ''),
    maxZoom: 19,
    attributionControl: { compact: true },
    pitchWithRotate: false,
    dragRotate: false,
    touchPitch: false,
    // Fading names in would redraw the map twenty times whenever one comes or goes.
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new maplibre.ScaleControl({ maxWidth: 90 }), 'bottom-left');
  const errors = map.on('error', ({ error }) => {
    if (!error.message.startsWith('Worker failed')) return;
    errors.unsubscribe();
    onLost();
  });
  const stops = [
    followStyle(map),
    followOverlay(map),
    followPosition(map),
    followLook(map),
    followPointer(map),
    followDrawing(map),
    followLanguage(map),
  ];
  mapPicture.value = () => pictureOf(map);
  return () => {
    for (const stop of stops) stop();
    mapPicture.value = null;
    map.remove();
    delete element.dataset.ready;
  };
}

/**
 * Writes the map's position to the address when it comes to rest, and follows an address that was opened in this page: by a
 * link or Back.
 */
function followPosition(map: MapLibre): () => void {
  let known = address.peek().map;
  const tell = (looked: Look | null) => {
    // A view without the map hides it, and a hidden map has no useful size.
    if (map.getContainer().clientWidth === 0) return;
    // The browser may report only later that the reader has left.
    if (looked !== null) followBrowser();
    const wanted = address.peek().map;
    if (looked !== null && isLeft(looked) && wanted !== null) {
      map.jumpTo(placeOf(wanted));
      return;
    }
    const here = positionOf(map);
    const moved = here !== known;
    known = here;
    if (moved) setMapPosition(here);
    viewed.value = { box: boxOf(map), zoom: map.getZoom() };
  };
  map.on('moveend', (event) => tell('looked' in event ? (event.looked as Look) : null));
  tell(null);
  let { arrival: before } = address.peek();
  return effect(() => {
    const { map: wanted, arrival } = address.value;
    const stops = arrival !== before && map.isMoving();
    before = arrival;
    if (wanted === null || (wanted === known && !stops)) return;
    known = wanted;
    untracked(() => map.jumpTo(placeOf(wanted)));
  });
}

/** The base map follows theme and language; the page's own layers are added on top. */
function followStyle(map: MapLibre): () => void {
  const { dataset } = map.getContainer();
  map.on('style.load', () => {
    dataset.ready = 'true';
  });
  for (const busy of ['render', 'dataloading'] as const) map.on(busy, () => delete dataset.idle);
  map.on('idle', () => {
    dataset.idle = 'true';
  });
  // Only what could not be loaded is requested again when the server comes back.
  let broken = false;
  let shown = '';
  const lost = new Set<string>();
  const note = () => {
    if (operatorStyle.peek() !== null) operatorMapLacks.value = lost.size > 0 ? 'parts' : null;
  };
  map.on('error', (event) => {
    broken = true;
    lost.add('sourceId' in event ? String(event.sourceId) : '');
    note();
  });
  map.on('sourcedata', ({ sourceId, tile }) => {
    if (tile?.state === 'loaded' && lost.delete(sourceId)) note();
  });
  return followLate(
    () => ({ wanted: theme.value, spoken: language.value, up: service.value === 'ok' }),
    ({ wanted, spoken, up }) => {
      const asked = `${wanted} ${spoken}`;
      if (asked === shown && !(up && broken)) return;
      shown = asked;
      broken = false;
      lost.clear();
      note();
      Promise.resolve(operatorStyle.peek() ?? basemapStyle(wanted)).then(
        (style) => {
          if (theme.peek() !== wanted) return;
          map.setStyle(style, { diff: false, transformStyle: (_old, base) => withOverlay(base) });
        },
        () => {
          broken = true;
        },
      );
    },
  );
}

function withOverlay(base: StyleSpecification): StyleSpecification {
  const sources = Object.entries(OVERLAY_DATA).map(([name, read]) => [
    name,
    { type: 'geojson' as const, data: untracked(read), promoteId: 'key' },
  ]);
  return {
    ...base,
    sources: { ...base.sources, ...Object.fromEntries(sources) },
    layers: [...base.layers, ...overlayLayers(PALETTE[theme.peek()], chosenCandidate.peek())],
  };
}

function followOverlay(map: MapLibre): () => void {
  // One effect for each source, so that unchanged ones are not loaded again.
  const stopData = Object.entries(OVERLAY_DATA).map(([name, read]) => {
    let shown: GeoJSON.FeatureCollection | undefined;
    return followLate(read, (data) => {
      if (data === shown) return;
      shown = data;
      (map.getSource(name) as GeoJSONSource | undefined)?.setData(data);
    });
  });
  const stopChosen = followLate(
    () => overlayLayers(PALETTE[theme.value], chosenCandidate.value),
    (layers) => {
      for (const { id, paint = {} } of layers) {
        if (map.getLayer(id) === undefined) continue;
        for (const [name, value] of Object.entries(paint)) map.setPaintProperty(id, name as PaintName, value);
      }
    },
  );
  let marked: string | null = null;
  const mark = (key: string | null, on: boolean) => {
    if (key === null) return;
    for (const source of POINTABLES) {
      if (map.getSource(source) !== undefined) map.setFeatureState({ source, id: key }, { pointed: on });
    }
  };
  const stopPointed = followLate(
    () => pointed.value,
    (key) => {
      mark(marked, false);
      mark(key, true);
      marked = key;
    },
  );
  return () => {
    for (const stop of stopData) stop();
    stopChosen();
    stopPointed();
  };
}

function followLook(map: MapLibre): () => void {
  return followLate(
    () => look.value,
    (wanted) => {
      if (wanted === null || isLeft(wanted)) return;
      const animate = !matchMedia('(prefers-reduced-motion: reduce)').matches;
      if ('centre' in wanted) {
        map.easeTo(
          { center: [wanted.centre.lon, wanted.centre.lat], zoom: wanted.zoom, animate, duration: 500 },
          { looked: wanted },
        );
        return;
      }
      const [west, south, east, north] = wanted.box;
      map.fitBounds(
        [west, south, east < west ? east + 360 : east, north],
        {
          padding: Math.min(PADDING, map.getContainer().clientHeight / 8, map.getContainer().clientWidth / 8),
          maxZoom: wanted.zoomMax ?? 11,
          animate,
          duration: 500,
        },
        { looked: wanted },
      );
    },
  );
}

/** Whether the reader has gone to another address since. */
const isLeft = ({ arrival }: Look): boolean => arrival !== address.peek().arrival;

function followPointer(map: MapLibre): () => void {
  const keyAt = (layer: string, feature: { properties: Record<string, unknown> } | undefined) =>
    feature === undefined ? null : { layer, id: String(feature.properties.key) };
  const find = (point: { x: number; y: number }) => {
    const here = POINTABLES.filter((layer) => map.getLayer(layer) !== undefined);
    const [feature] = here.length === 0 ? [] : map.queryRenderedFeatures([point.x, point.y], { layers: here });
    return keyAt(feature?.layer.id ?? '', feature);
  };
  map.on('mousemove', ({ point }) => {
    if (drawing.peek() !== null) return;
    const found = find(point);
    map.getCanvas().style.cursor = found === null ? '' : 'pointer';
    if (found?.id !== (pointed.peek() ?? undefined)) pointed.value = found?.id ?? null;
  });
  map.on('mouseout', () => {
    pointed.value = null;
  });
  map.on('click', ({ point }) => {
    const found = drawing.peek() === null ? find(point) : null;
    if (found === null) return;
    clicked.value = { kind: POINTABLE[found.layer as Pointable], id: found.id };
  });
  return () => undefined;
}

function followDrawing(map: MapLibre): () => void {
  return effect(() => {
    const wanted = drawing.value;
    if (wanted === null) return;
    return untracked(() => drawOn(map, wanted));
  });
}

/** Translates the map's own buttons. */
function followLanguage(map: MapLibre): () => void {
  return effect(() => {
    const { title, zoomIn, zoomOut, sources } = t.value.map;
    const names = { 'zoom-in': zoomIn, 'zoom-out': zoomOut, 'attrib-button': sources };
    for (const [part, name] of Object.entries(names)) {
      const button = map.getContainer().querySelector<HTMLElement>(`.maplibregl-ctrl-${part}`);
      button?.setAttribute('aria-label', name);
      button?.setAttribute('title', name);
    }
    map.getCanvas().setAttribute('aria-label', title);
  });
}

/** A picture of the map: WebGL's drawing can be read only before the browser shows it. */
async function pictureOf(map: MapLibre): Promise<MapPicture> {
  if (!map.loaded()) await drawn(map);
  // An operator's style has its own attributions, and only MapLibre knows which are shown.
  const sources = map.getContainer().querySelector('.maplibregl-ctrl-attrib-inner')?.textContent ?? '';
  return new Promise((resolve) => {
    map.once('render', () => resolve({ png: map.getCanvas().toDataURL('image/png'), sources }));
    map.triggerRepaint();
  });
}

/** Resolves when everything is drawn, or after `DRAWN_MS_MAX`. */
function drawn(map: MapLibre): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DRAWN_MS_MAX);
    map.once('idle', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function positionOf(map: MapLibre): string {
  const { lat, lng } = map.getCenter();
  return [lat.toFixed(4), wrapLon(lng).toFixed(4), map.getZoom().toFixed(2)].join(',');
}

/** Parses an address's lat,lon,zoom; the start position for anything else. */
function placeOf(position: string): { center: [number, number]; zoom: number } {
  const numbers = position.split(',').map(Number);
  const right = numbers.length === 3 && numbers.every(Number.isFinite) && Math.abs(numbers[0] as number) <= 90;
  const [lat, lon, zoom] = right ? (numbers as [number, number, number]) : [START.lat, START.lon, START.zoom];
  return { center: [lon, lat], zoom };
}

function boxOf(map: MapLibre): Box {
  const bounds = map.getBounds();
  const [south, north] = [Math.max(-90, bounds.getSouth()), Math.min(90, bounds.getNorth())];
  if (bounds.getEast() - bounds.getWest() >= 360) return [-180, south, 180, north];
  return [wrapLon(bounds.getWest()), south, wrapLon(bounds.getEast()), north];
}
