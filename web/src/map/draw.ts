import type { Map as MapLibre, MapMouseEvent, MapTouchEvent } from 'maplibre-gl';
import { wrapLon } from '../../../src/geo/box.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { t } from '../text/language.js';
import { announce } from '../ui/announcer.js';
import { type Drawing, drawing, type HintShape, shownHint } from './overlay.js';

type Here = { readonly lng: number; readonly lat: number };

/** A pointer may move so many pixels during a click. */
const CLICK_PX = 5;

/**
 * Lets one draw a box or a circle once: by dragging, by a click at its two points, or by keyboard, where Enter sets a point in
 * the middle of the map, which the arrow keys move. Escape cancels. @returns a function that ends it
 */
export function drawOn(map: MapLibre, { kind, done }: Drawing): () => void {
  let start: Here | null = null;
  let byKey = false;
  const before = shownHint.peek();
  const canvas = map.getCanvas();
  map.dragPan.disable();
  map.boxZoom.disable();
  canvas.style.cursor = 'crosshair';
  map.getContainer().dataset.drawing = kind;
  canvas.focus();
  const end = (shape: HintShape | null) => {
    drawing.value = null;
    done(shape);
  };
  const press = (event: MapMouseEvent | MapTouchEvent) => {
    event.preventDefault();
    start ??= event.lngLat;
    byKey = false;
  };
  const move = (event: MapMouseEvent | MapTouchEvent) => {
    if (start !== null) shownHint.value = merged(before, shapeOf(kind, start, event.lngLat));
  };
  const release = (event: MapMouseEvent | MapTouchEvent) => {
    if (start === null || map.project(start).dist(event.point) < CLICK_PX) return;
    const shape = shapeOf(kind, start, event.lngLat);
    if (shape !== null) end(shape);
  };
  const follow = () => {
    if (start !== null && byKey) shownHint.value = merged(before, shapeOf(kind, start, map.getCenter()));
  };
  const setPoint = () => {
    byKey = true;
    if (start === null) {
      start = map.getCenter();
      announce(t.peek().hints.secondPoint);
      return;
    }
    const shape = shapeOf(kind, start, map.getCenter());
    if (shape !== null) end(shape);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      shownHint.value = before;
      end(null);
    }
    if (event.key !== 'Enter' || document.activeElement !== canvas) return;
    // The key would also press the button that gets the focus back.
    event.preventDefault();
    setPoint();
  };
  const heard = [
    map.on('mousedown', press),
    map.on('touchstart', press),
    map.on('mousemove', move),
    map.on('touchmove', move),
    map.on('mouseup', release),
    map.on('touchend', release),
    map.on('move', follow),
  ];
  addEventListener('keydown', key);
  return () => {
    for (const subscription of heard) subscription.unsubscribe();
    removeEventListener('keydown', key);
    map.dragPan.enable();
    map.boxZoom.enable();
    canvas.style.cursor = '';
    delete map.getContainer().dataset.drawing;
  };
}

function merged(before: HintShape, shape: HintShape | null): HintShape {
  return shape === null ? before : { box: shape.box ?? before.box, circle: shape.circle ?? before.circle };
}

/** The shape between two points; null where the pointer has hardly moved. */
function shapeOf(kind: Drawing['kind'], from: Here, to: Here): HintShape | null {
  if (kind === 'circle') {
    const centre = { lat: from.lat, lon: wrapLon(from.lng) };
    const km = distanceKm(centre, { lat: to.lat, lon: to.lng });
    return km < 0.05 ? null : { box: null, circle: { centre, km: Math.round(km * 10) / 10 } };
  }
  const [west, east] = [Math.min(from.lng, to.lng), Math.max(from.lng, to.lng)];
  const [south, north] = [Math.min(from.lat, to.lat), Math.max(from.lat, to.lat)];
  if (east - west < 1e-4 || north - south < 1e-4) return null;
  const box = [wrapLon(west), clamp(south), wrapLon(east), clamp(north)] as const;
  return { box: box.map((degrees) => Math.round(degrees * 1e4) / 1e4) as unknown as typeof box, circle: null };
}
const clamp = (lat: number): number => Math.max(-90, Math.min(90, lat));
