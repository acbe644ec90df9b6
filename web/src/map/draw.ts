import type { Map as MapLibre, MapMouseEvent, MapTouchEvent } from 'maplibre-gl';
import { distanceKm } from '../../../src/geo/distance.js';
import { type Drawing, drawing, type HintShape, shownHint } from './overlay.js';

type Here = { readonly lng: number; readonly lat: number };

/** Lets the pointer draw a box or a circle once; Escape gives it up. Gives a function that ends it. */
export function drawOn(map: MapLibre, { kind, done }: Drawing): () => void {
  let start: Here | null = null;
  const before = shownHint.peek();
  map.dragPan.disable();
  map.boxZoom.disable();
  map.getCanvas().style.cursor = 'crosshair';
  const press = (event: MapMouseEvent | MapTouchEvent) => {
    event.preventDefault();
    start = event.lngLat;
  };
  const move = (event: MapMouseEvent | MapTouchEvent) => {
    if (start !== null) shownHint.value = merged(before, shapeOf(kind, start, event.lngLat));
  };
  const release = (event: MapMouseEvent | MapTouchEvent) => {
    const shape = start === null ? null : shapeOf(kind, start, event.lngLat);
    if (shape === null) return;
    drawing.value = null;
    done(shape);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    shownHint.value = before;
    drawing.value = null;
    done(null);
  };
  const heard = [
    map.on('mousedown', press),
    map.on('touchstart', press),
    map.on('mousemove', move),
    map.on('touchmove', move),
    map.on('mouseup', release),
    map.on('touchend', release),
  ];
  addEventListener('keydown', key);
  return () => {
    for (const subscription of heard) subscription.unsubscribe();
    removeEventListener('keydown', key);
    map.dragPan.enable();
    map.boxZoom.enable();
    map.getCanvas().style.cursor = '';
  };
}

function merged(before: HintShape, shape: HintShape | null): HintShape {
  return shape === null ? before : { box: shape.box ?? before.box, circle: shape.circle ?? before.circle };
}

/** null where the pointer has hardly moved. */
function shapeOf(kind: Drawing['kind'], from: Here, to: Here): HintShape | null {
  if (kind === 'circle') {
    const centre = { lat: from.lat, lon: wrap(from.lng) };
    const km = distanceKm(centre, { lat: to.lat, lon: to.lng });
    return km < 0.05 ? null : { box: null, circle: { centre, km: Math.round(km * 10) / 10 } };
  }
  const [west, east] = [Math.min(from.lng, to.lng), Math.max(from.lng, to.lng)];
  const [south, north] = [Math.min(from.lat, to.lat), Math.max(from.lat, to.lat)];
  if (east - west < 1e-4 || north - south < 1e-4) return null;
  const box = [wrap(west), clamp(south), wrap(east), clamp(north)] as const;
  return { box: box.map((degrees) => Math.round(degrees * 1e4) / 1e4) as unknown as typeof box, circle: null };
}

const wrap = (lon: number): number => ((((lon + 180) % 360) + 360) % 360) - 180;
const clamp = (lat: number): number => Math.max(-90, Math.min(90, lat));
