import type { z } from 'zod';
import type { hintsSchema } from '../api/hints.js';
import type { Hints } from './hints.js';

type HintsJson = z.output<typeof hintsSchema>;

/** The hints in the words of `locate/`; undefined where there are none. */
export function toHints(json: HintsJson | undefined): Hints | undefined {
  if (json === undefined || Object.keys(json).length === 0) return undefined;
  const { country, exclude_country, bbox, exclude_bbox, near } = json;
  return {
    ...(country && { country: [country].flat() }),
    ...(exclude_country && { excludeCountry: [exclude_country].flat() }),
    ...(bbox && { bbox: box(bbox) }),
    ...(exclude_bbox && { excludeBbox: box(exclude_bbox) }),
    ...(near && { near: { lat: near.lat, lon: near.lon, uncertaintyKm: near.uncertainty_km } }),
  };
}

function box([west, south, east, north]: readonly [number, number, number, number]) {
  return { west, south, east, north };
}
