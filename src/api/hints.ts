import { z } from 'zod';
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
