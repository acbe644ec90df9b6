import { z } from 'zod';
import type { Hints } from '../../locate/hints.js';
import { bboxSchema, iso2, latitude, longitude } from './geo.js';
import { named } from './registry.js';

const countries = z.union([iso2, z.array(iso2).min(1).max(50)]);

/** What the asker knows of a photo's place. */
export const hintsSchema = named(
  'Hints',
  z
    .strictObject({
      country: countries.describe('By ISO 3166-1 alpha-2 code or by name: it is one of these.'),
      exclude_country: countries.describe('It is none of these.'),
      bbox: bboxSchema,
      exclude_bbox: bboxSchema,
      near: z
        .strictObject({
          lat: latitude,
          lon: longitude,
          uncertainty_km: z.number().min(0.01).max(20_016).describe('Standard deviation along one axis.'),
        })
        .describe('About there.'),
    })
    .partial(),
);

const box4 = z.tuple([longitude, latitude, longitude, latitude]);

/** The hints of a query as its answer repeats them: countries always as lists. */
export const hintsGivenSchema = z
  .object({
    country: z.array(z.string()),
    exclude_country: z.array(z.string()),
    bbox: box4,
    exclude_bbox: box4,
    near: z.object({ lat: latitude, lon: longitude, uncertainty_km: z.number() }),
  })
  .partial();

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
