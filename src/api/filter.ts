import { z } from 'zod';
import { bboxSchema, capturedAfter, capturedBefore, iso2, nearSchema, referenceIdSchema } from './geo.js';
import { named } from './registry.js';

const VALUES_MAX = 1000;

/** One value or a list of them. */
function anyOf<T extends z.ZodType>(value: T) {
  return z.union([value, z.array(value).min(1).max(VALUES_MAX)]);
}

const text = z.string().min(1).max(500);

const conditions = {
  ids: z.array(referenceIdSchema).min(1).max(VALUES_MAX).describe('Ids of references.'),
  bbox: bboxSchema,
  near: nearSchema,
  country: anyOf(iso2).describe(
    'Country by borders, by its ISO 3166-1 alpha-2 code or its name; several mean any of them.',
  ),
  captured_after: capturedAfter,
  captured_before: capturedBefore,
  sequence: anyOf(text).describe('Name of a walk or drive.'),
  author: anyOf(text),
  source: anyOf(text).describe('Start of the path that a reference came from.'),
  source_id: anyOf(z.string().min(1).max(200)).describe(
    'A folder that references came from: an id that `/v1/facets` gives.',
  ),
  has_sequence: z.boolean().describe('Whether it belongs to a walk or drive.'),
};

const tagSchema = anyOf(text).describe(
  'What tags say, like road-surface:sett>=0.6, or road-surface:sett for photos whose likeliest label it is; several: all of them.',
);

export const excludeSchema = named('Exclude', z.strictObject(conditions).partial());
export const filterSchema = named(
  'Filter',
  z.strictObject({ ...conditions, tag: tagSchema, exclude: excludeSchema }).partial(),
);
