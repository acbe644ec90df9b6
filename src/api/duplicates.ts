import { z } from 'zod';
import { conditionsQuerySchema, referenceSchema } from './references.js';
import { named } from './registry.js';

export const duplicatesQuerySchema = conditionsQuerySchema
  .extend({
    cursor: z.string().min(1).max(1000).describe('`cursor` of the page before.'),
    limit: z.coerce
      .number<number>()
      .pipe(z.int().min(1).max(1000))
      .meta({ type: 'integer', minimum: 1, maximum: 1000, description: 'Most groups on a page, 50 by default.' }),
  })
  .partial();

const { sha256: _sha256, sources: _sources, ...shown } = referenceSchema.shape;

export const duplicatesSchema = named(
  'Duplicates',
  z.object({
    groups: z.array(
      z.object({
        keep: z.string().describe('Id of the best to keep, the first of the photos.'),
        because: z
          .enum(['pixels', 'bytes', 'facts', 'id'])
          .describe(
            'By what it is better than the second: more pixels, as many and more bytes, more facts, or nothing.',
          ),
        photos: z.array(z.object(shown)).describe('Of one picture, the best first.'),
      }),
    ),
    looked_at: z
      .int()
      .describe('Photos that `streetdex duplicates` has compared so far; copies among others are not known.'),
    cursor: z.string().nullable().describe('For the next page; null on the last.'),
  }),
);
