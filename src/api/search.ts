import { z } from 'zod';
import { excludeSchema, filterSchema } from './filter.js';
import { incompleteSchema, queryEchoSchema, tookSchema } from './locate.js';
import { queryBody } from './query.js';
import { featureSchema, referenceSchema } from './references.js';
import { named } from './registry.js';

export const similarOptionsSchema = named(
  'SimilarOptions',
  z
    .strictObject({
      limit: z.int().min(1).describe('Most results; the operator sets the largest (`k_max`). 10 by default.'),
      min_score: z.number().min(-1).max(1).describe('Only results of at least this cosine.'),
      exact: z.boolean().describe('Look at every vector in place of the graph.'),
      collapse: z.boolean().describe('One result for each group of a sequence or of 25 m.'),
      collapse_copies: z
        .boolean()
        .describe('One result for each picture, by the copies that `streetdex duplicates` has found.'),
      include_self: z.boolean().describe('List a query that is in the index; true by default.'),
      filter: filterSchema,
      exclude: excludeSchema,
    })
    .partial(),
);

export const similarBodySchema = named('SimilarQuery', queryBody(similarOptionsSchema));

const { sha256: _sha256, sources: _sources, bytes: _bytes, ...shown } = referenceSchema.shape;

export const similarAnswerSchema = named(
  'SimilarAnswer',
  z.object({
    query: queryEchoSchema,
    results: z.array(z.object({ score: z.number().describe('Cosine.'), group_size: z.int().min(1), ...shown })),
    incomplete: incompleteSchema.optional(),
    exact: z.boolean(),
    model: z.string(),
    took_ms: tookSchema,
  }),
);

export const similarFeaturesSchema = named(
  'SimilarFeatures',
  z.object({
    type: z.literal('FeatureCollection'),
    features: z.array(featureSchema),
    incomplete: incompleteSchema.optional(),
    query: queryEchoSchema,
    exact: z.boolean(),
    model: z.string(),
    took_ms: tookSchema,
  }),
);

export const classifyOptionsSchema = named(
  'ClassifyOptions',
  z
    .strictObject({
      labels: z
        .array(z.string().trim().min(1).max(500))
        .min(1)
        .describe('The labels to choose from; the operator sets how many (`labels_max`).'),
      label_set: z
        .enum(['countries', 'places'])
        .describe('A named set in place of `labels`: all countries, or the place captions nearest to the query.'),
      template: z
        .string()
        .min(1)
        .max(500)
        .refine((text) => text.includes('{label}'), 'Expected a sentence that holds {label}.')
        .describe('The sentence that a label stands in, as {label}.'),
    })
    .partial(),
);

export const classifyBodySchema = named('ClassifyQuery', queryBody(classifyOptionsSchema));

export const classifyAnswerSchema = named(
  'ClassifyAnswer',
  z.object({
    query: queryEchoSchema,
    labels: z
      .array(z.object({ label: z.string(), probability: z.number().min(0).max(1), logit: z.number() }))
      .describe('The likeliest first.'),
    model: z.string(),
    took_ms: tookSchema,
  }),
);

export const embedOptionsSchema = named('EmbedOptions', z.strictObject({}));
export const embedBodySchema = named('EmbedQuery', queryBody(embedOptionsSchema));

export const embedAnswerSchema = named(
  'EmbedAnswer',
  z.object({
    query: queryEchoSchema,
    model: z.string(),
    dimension: z.int(),
    embedding: z.array(z.number()).describe('Of length 1.'),
    took_ms: tookSchema,
  }),
);
