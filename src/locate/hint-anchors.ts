import type { BoundingBox, GeoPoint } from '../domain/geo-point.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import { inBox, wrapLon } from '../geo/box.js';
import { distanceKm } from '../geo/distance.js';
import type { Hints } from './hints.js';

/** A point of the support and its country. */
export interface SupportPoint {
  readonly point: GeoPoint;
  readonly iso2: string | null;
}

const ANCHORS_MAX = 50;

/**
 * What has to join the support so that it has a point where each hint says: the rough point itself, the middle of the
 * box, the largest city of a country. None for a hint that a point of the support fits already, the rough point by one
 * standard deviation.
 */
export function hintAnchors(hints: Hints, present: readonly SupportPoint[], gazetteer: Gazetteer): SupportPoint[] {
  const { country = [], bbox, near } = hints;
  const anchors: SupportPoint[] = [];
  const add = (point: GeoPoint) => anchors.push({ point, iso2: gazetteer.countryAt(point) });
  if (near !== undefined && !present.some(({ point }) => distanceKm(point, near) <= near.uncertaintyKm)) {
    add({ lat: near.lat, lon: near.lon });
  }
  if (bbox !== undefined && !present.some(({ point }) => inBox(bbox, point))) add(middleOf(bbox));
  const countries = new Set(present.map(({ iso2 }) => iso2));
  for (const iso2 of country) {
    if (countries.has(iso2) || anchors.length >= ANCHORS_MAX) continue;
    const largest = gazetteer.citiesIn(iso2)[0] ?? gazetteer.place(iso2);
    if (largest) anchors.push({ point: largest.point, iso2 });
  }
  return anchors;
}

function middleOf({ west, south, east, north }: BoundingBox): GeoPoint {
  const width = east >= west ? east - west : east - west + 360;
  return { lat: (south + north) / 2, lon: wrapLon(west + width / 2) };
}
