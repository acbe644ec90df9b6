import { z } from 'zod';
import { bboxSchema, numbers, positionSchema } from './geo.js';
import { countriesSchema, hasSequenceSchema } from './references.js';
import { named } from './registry.js';

const year = (description: string) =>
  z.coerce
    .number<number>()
    .pipe(z.int().min(1).max(9999))
    .meta({ type: 'integer', minimum: 1, maximum: 9999, description });

export const coverageQuerySchema = z
  .strictObject({
    bbox: z
      .string()
      .transform(numbers)
      .pipe(bboxSchema)
      .describe('west,south,east,north; west > east crosses 180°. The whole world by default.'),
    zoom: z.coerce.number<number>().pipe(z.number().min(0).max(24)).meta({
      type: 'number',
      minimum: 0,
      maximum: 24,
      description:
        'Zoom of the map, of a world 512 pixels wide at 0: cells are about 60 to 150 pixels wide. 0 by default.',
    }),
    source: z.string().min(1).max(200).describe('Only of this source: an id that `/v1/facets` gives.'),
    year_from: year('Only taken in this year (UTC) or later.'),
    year_to: year('Only taken in this year or earlier; those of unknown years are left out.'),
    country: countriesSchema,
    has_sequence: hasSequenceSchema,
  })
  .partial();

export const coverageSchema = named(
  'Coverage',
  z.object({
    type: z.literal('FeatureCollection'),
    resolution: z.int().min(0).max(15).describe('Of the H3 cells; coarser than asked for where there are too many.'),
    references: z.int().describe('How many are in these cells together.'),
    features: z.array(
      z.object({
        type: z.literal('Feature'),
        id: z.string().describe('Name of the H3 cell.'),
        geometry: z
          .object({ type: z.literal('Point'), coordinates: positionSchema })
          .describe(
            'The mean of the counted positions, that of one photo exactly. The middle of the cell where the server rounds positions, and where `has_sequence` parts photos that are counted together.',
          ),
        properties: z.object({
          count: z.int(),
          reference_id: z.string().nullable().describe('Of the photo that is counted alone.'),
        }),
      }),
    ),
  }),
);

export const facetsSchema = named(
  'Facets',
  z.object({
    sources: z
      .array(z.object({ id: z.string().describe('Opaque.'), name: z.string(), references: z.int() }))
      .describe('Folders that references came from.'),
    years: z.array(z.object({ year: z.int().nullable().describe('null: unknown.'), references: z.int() })),
  }),
);
