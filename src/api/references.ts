import { z } from 'zod';
import { excludeSchema } from './filter.js';
import {
  bboxSchema,
  capturedAfter,
  capturedBefore,
  iso2,
  latitude,
  longitude,
  moment,
  nearSchema,
  numbers,
  placeSchema,
  pointSchema,
  positionSchema,
} from './geo.js';
import { named } from './registry.js';

export const referenceSchema = named(
  'Reference',
  z.object({
    id: z.string(),
    sha256: z.string(),
    point: pointSchema,
    country: z.string().nullable().describe('ISO code of the country that holds the point, null at sea.'),
    heading_deg: z.number().nullable(),
    altitude_m: z.number().nullable(),
    captured_at: z.string().nullable(),
    author: z.string().nullable(),
    sequence: z.string().nullable(),
    licence: z.string().nullable(),
    attribution: z.string().nullable(),
    url: z.string().nullable(),
    width: z.int(),
    height: z.int(),
    bytes: z.int(),
    source: z.string().nullable().describe('Path of the first source, below its root.'),
    sources: z.array(z.object({ path: z.string(), bytes: z.int(), point: pointSchema })),
    image: z.string().describe('Where the photo is served.'),
    thumbnail: z.string(),
  }),
);

export const placedReferenceSchema = named(
  'PlacedReference',
  z.object({
    ...referenceSchema.shape,
    place: placeSchema.describe(
      'The nearest city of the country that holds the point. Its distance only where positions are exact, its name only where they are rounded to less than 10 km.',
    ),
  }),
);

const text = z.string().trim().min(1).max(1000);

export const referenceMetadataSchema = named(
  'ReferenceMetadata',
  z
    .strictObject({
      lat: latitude,
      lon: longitude,
      captured_at: moment,
      heading_deg: z.number().min(0).max(360),
      altitude_m: z.number().min(-12_000).max(10_000),
      author: text,
      sequence: text,
      licence: text,
      attribution: text,
      url: z.url({ protocol: /^https?$/ }).max(2000),
    })
    .partial(),
);

/** lat and lon come together or not at all. */
export const checkedMetadataSchema = referenceMetadataSchema.refine(
  ({ lat, lon }) => (lat === undefined) === (lon === undefined),
  { error: 'Expected lat and lon together.', path: ['lat'] },
);

export const addReferenceBodySchema = named(
  'NewReference',
  z.strictObject({ image_base64: z.string().min(1), ...referenceMetadataSchema.shape }),
);

export const addedReferenceSchema = named(
  'AddedReference',
  z.object({ outcome: z.enum(['added', 'updated', 'unchanged']), reference: referenceSchema }),
);

const listed = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const words = listed.pipe(z.array(z.string().min(1).max(500)).max(100));

/** Parts of query strings. */
export const countriesSchema = listed
  .transform((values) => values.flatMap((value) => value.split(',')))
  .pipe(z.array(iso2).min(1).max(300))
  .describe('ISO codes or names, with commas or repeated.');
export const hasSequenceSchema = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .describe('Whether it belongs to a walk or drive.');

/** A filter in a query string. */
export const conditionsQuerySchema = z
  .strictObject({
    bbox: z.string().transform(numbers).pipe(bboxSchema).describe('west,south,east,north; west > east crosses 180°.'),
    near: z
      .string()
      .transform(numbers)
      .pipe(z.tuple([latitude, longitude, nearSchema.shape.km]))
      .describe('lat,lon,km'),
    country: countriesSchema,
    captured_after: capturedAfter,
    captured_before: capturedBefore,
    sequence: words.describe('May be repeated: any of them.'),
    author: words.describe('May be repeated: any of them.'),
    source: words.describe('Start of a source path; may be repeated.'),
    source_id: z.string().min(1).max(200).describe('A folder that references came from, by `/v1/facets`.'),
    has_sequence: hasSequenceSchema,
    tag: words.describe('What tags say, like road-surface:sett>=0.6; may be repeated: all of them.'),
    exclude: z
      .string()
      .transform((value, context) => {
        try {
          return JSON.parse(value) as unknown;
        } catch {
          context.addIssue({ code: 'custom', message: 'Expected a JSON object of conditions.' });
          return z.NEVER;
        }
      })
      .pipe(excludeSchema)
      .describe('Conditions as a JSON object: what matches any of them is left out.'),
  })
  .partial();

/** The query string of the list; `limit` is bounded by the operator's page size in the route. */
export const listQuerySchema = conditionsQuerySchema
  .extend({
    cursor: z.string().min(1).max(1000).describe('`cursor` of the page before.'),
    limit: z.coerce
      .number<number>()
      .pipe(z.int().min(1))
      .meta({ type: 'integer', minimum: 1, description: 'References on a page, 100 by default.' }),
  })
  .partial();

export const referenceListSchema = named(
  'ReferenceList',
  z.object({
    references: z.array(referenceSchema),
    cursor: z.string().nullable().describe('For the next page; null on the last.'),
  }),
);

export const featureSchema = z.object({
  type: z.literal('Feature'),
  id: z.string(),
  geometry: z.object({ type: z.literal('Point'), coordinates: positionSchema }),
  properties: z.record(z.string(), z.unknown()),
});

export const featureCollectionSchema = named(
  'FeatureCollection',
  z.object({
    type: z.literal('FeatureCollection'),
    features: z.array(featureSchema),
    cursor: z.string().nullable().describe('For the next page; null on the last.'),
  }),
);
