import { z } from 'zod';
import { excludeSchema, filterSchema } from './filter.js';
import { placeLevelSchema, placeSchema, pointSchema, positionSchema } from './geo.js';
import { hintsGivenSchema, hintsSchema } from './hints.js';
import { queryBody } from './query.js';
import { named } from './registry.js';

export const exponentSchema = z.number().min(0).max(20);
export const utilitySchema = z.enum(['default', 'geoscore', 'distance']);
export const kernelSchema = z.enum(['softmax', 'vo']);

export const locateOptionsSchema = named(
  'LocateOptions',
  z
    .strictObject({
      weights: z
        .strictObject({ alpha: exponentSchema, beta: exponentSchema, gamma: exponentSchema })
        .partial()
        .describe(
          'Exponents of retrieval, captions and prior; (1, 0, 0) is retrieval alone, (0, 1, 0) captions alone.',
        ),
      utility: utilitySchema.describe('What the answer maximises.'),
      retrieval_kernel: kernelSchema.describe('How cosines become weights.'),
      filter: filterSchema.describe('Only these references count.'),
      exclude: excludeSchema.describe('These references do not count.'),
      candidates: z.int().min(1).max(5).describe('Most candidates of the answer.'),
      k: z.int().min(0).max(100).describe('Most neighbours listed as evidence.'),
      hints: hintsSchema.describe('What the asker knows of the place: a prior, which evidence may still outweigh.'),
      posterior: z.boolean().describe('Also give where the probability lies, place by place.'),
      include_self: z.boolean().describe('Leave a query that is in the index in its own evidence.'),
      include_embedding: z.boolean().describe("Also give the query's unit vector, to ask about it again."),
    })
    .partial(),
);

export const locateBodySchema = named('LocateQuery', queryBody(locateOptionsSchema));

const probability = z.number().min(0).max(1);

export const incompleteSchema = z
  .enum(['degraded', 'limit_reached'])
  .describe(
    'Why references may be missing that would count; absent where none are. `degraded`: a node of the cluster that was away answered, and may not have what it slept through. `limit_reached`: the filter left too few of the most that is looked through.',
  );

export const candidateSchema = named(
  'Candidate',
  z.object({
    point: pointSchema,
    probability: probability.describe('Mass within 100 km that no candidate before it has.'),
    radius_50_km: z.number().min(0).describe('Of the circle that holds the truth with probability 0.5.'),
    radius_90_km: z.number().min(0).describe('Of the circle that holds the truth with probability 0.9.'),
    radius_is: z.enum(['calibrated', 'uncalibrated', 'conditional']),
    place: placeSchema,
    because: z.object({
      retrieval_nats: z.number(),
      captions_nats: z.number(),
      neighbours: z.array(z.string()).describe('Ids of references.'),
      captions: z.array(z.string()).describe('Ids of places.'),
      witnesses: z
        .array(
          z.object({
            kind: z.enum(['neighbour', 'caption']),
            id: z.string(),
            share: probability.describe('Of what its side, neighbours or captions, puts on the point.'),
            score: z.number().nullable().describe('Cosine of a neighbour.'),
            distance_km: z.number().min(0).nullable().describe('From the point; null for the rest of a country.'),
          }),
        )
        .describe('The same neighbours and captions, with what each of them counts for.'),
    }),
  }),
);

export const aloneSchema = named(
  'AloneAnswer',
  z.object({
    point: pointSchema,
    place: placeSchema,
    probability,
    distance_km: z.number().min(0).describe('From the answer.'),
    changes_answer: z.boolean().describe('Whether it is another point than the answer.'),
  }),
);

const aloneOrNone = aloneSchema.nullable().describe('The best candidate without the other side.');

export const blendAnswerSchema = named(
  'BlendAnswer',
  z.object({
    alpha: z.number(),
    beta: z.number(),
    gamma: z.number(),
    utility: utilitySchema,
    not_indexed_probability: probability,
    profile: z.string(),
    retrieval_alone: aloneOrNone,
    captions_alone: aloneOrNone,
  }),
);

export const captionAnswerSchema = named(
  'CaptionAnswer',
  z.object({ id: z.string(), level: placeLevelSchema, text: z.string(), probability }),
);

export const indexCoverageSchema = named(
  'IndexCoverage',
  z.object({
    best_score: z.number().nullable().describe('Cosine of the best neighbour; null without references.'),
    quantile: probability.nullable().describe("Share of the index's own nearest cosines that are lower."),
    covered: z
      .boolean()
      .nullable()
      .describe('False where the query looks like nothing in the index; null where the index can not tell.'),
    reason: z
      .enum(['alike', 'unlike', 'no_references', 'too_few_scenes'])
      .describe('`too_few_scenes`: fewer than 100 scenes have another of their place to compare with.'),
  }),
);

export const verdictSchema = named(
  'Verdict',
  z.object({
    word: z
      .enum(['sure', 'likely', 'unsure', 'unknown', 'not_checked'])
      .describe(
        '`sure` and `likely`: measured when the index was tuned; `unknown`: nothing in the index is like it and no country is named.',
      ),
    level: z
      .enum(['town', 'region', 'country', 'continent'])
      .nullable()
      .describe(
        'The finest that at least 0.8 of the probability agrees on: within 25 km, within 200 km, country, continent.',
      ),
    headline: z.string().nullable().describe('That level in words; null where nothing deserves a headline.'),
    probability: probability.nullable().describe('Of the level.'),
    risk: probability.nullable().describe('Share of such answers that are wrong, at most, with 95 % confidence.'),
    unchecked: z
      .enum(['no_profile', 'earlier_profile', 'hints', 'other_weights'])
      .nullable()
      .describe('Why nobody has checked such answers.'),
    sentence: z.string(),
    roll_up: z
      .object({
        town: probability,
        region: probability,
        country: z.object({ iso2: z.string().nullable(), name: z.string().nullable(), probability }),
        continent: z.object({
          code: z.enum(['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA']).nullable(),
          name: z.string().nullable(),
          probability,
        }),
      })
      .describe('Probability about the answer: within 25 km, within 200 km, in its country, on its continent.'),
  }),
);

export const knownSchema = named(
  'KnownPosition',
  z.object({
    point: pointSchema,
    from: z.enum(['photo', 'xmp', 'takeout', 'index']).describe('What says so; `photo`: its own EXIF or XMP.'),
    distance_km: z.number().min(0).nullable().describe('From the answer.'),
  }),
);

export const hintsAnswerSchema = named(
  'HintsAnswer',
  z.object({
    given: hintsGivenSchema,
    agreeing_mass_without: probability.describe('Probability, without the hints, of the places where they hold.'),
    changed: z.boolean().describe('Whether the answer is another than without them.'),
    without: z.object({ point: pointSchema, place: placeSchema }),
  }),
);

export const queryEchoSchema = named(
  'QueryEcho',
  z.object({
    sha256: z.string().nullable().describe("Of a photo's bytes."),
    reference_id: z.string().nullable().describe('The reference that the query is, where it is in the index.'),
  }),
);

export const tookSchema = named('TookMs', z.record(z.string(), z.number()).describe('Milliseconds by step.'));

export const locateAnswerSchema = named(
  'LocateAnswer',
  z.object({
    query: queryEchoSchema,
    verdict: verdictSchema,
    known: knownSchema.nullable().describe('Where the photo says that it was taken. It is never evidence.'),
    photo_facts: z
      .object({
        captured_at: z.string().nullable(),
        heading_deg: z.number().nullable(),
        author: z.string().nullable(),
        licence: z.string().nullable(),
      })
      .nullable()
      .describe('What the photo says of itself; null for a query that is no photo.'),
    model_notice: z
      .string()
      .nullable()
      .describe('What the model must not be used for: such as that it knows nothing about real photos.'),
    confident: z.boolean().describe('Whether the verdict is sure or likely.'),
    reason: z.string().nullable().describe('Why the answer is not confident.'),
    calibrated: z.boolean(),
    spread: probability.describe('The measure of doubt.'),
    candidates: z.array(candidateSchema).max(5),
    neighbours: z.array(
      z.object({
        id: z.string(),
        score: z.number().describe('Cosine.'),
        point: pointSchema,
        group_size: z.int().min(1),
        source: z.string().nullable(),
        captured_at: z.string().nullable(),
        author: z.string().nullable(),
        licence: z.string().nullable(),
        attribution: z.string().nullable(),
        url: z.string().nullable(),
        thumbnail: z.string(),
      }),
    ),
    captions: z.array(captionAnswerSchema),
    incomplete: incompleteSchema.optional(),
    index_coverage: indexCoverageSchema,
    posterior: z
      .array(z.object({ point: pointSchema, probability }))
      .optional()
      .describe('Where the probability lies, the likeliest place first; where it was asked for.'),
    hints: hintsAnswerSchema.nullable().describe('What the hints did; null for a query without.'),
    blend: blendAnswerSchema,
    embedding: z.array(z.number()).optional().describe('Of length 1; where it was asked for.'),
    model: z.string(),
    took_ms: tookSchema,
  }),
);

const { candidates: _candidates, neighbours: _neighbours, posterior: _posterior, ...beside } = locateAnswerSchema.shape;

export const locateFeaturesSchema = named(
  'LocateFeatures',
  z.object({
    type: z.literal('FeatureCollection'),
    features: z.array(
      z.object({
        type: z.literal('Feature'),
        geometry: z.union([
          z.object({ type: z.literal('Point'), coordinates: positionSchema }),
          z.object({ type: z.literal('Polygon'), coordinates: z.array(z.array(positionSchema)) }),
        ]),
        properties: z
          .looseObject({ kind: z.enum(['candidate', 'circle', 'known', 'neighbour', 'posterior']) })
          .describe(
            'Of a candidate its `rank` from 1, probability, radii and place; of a circle the `rank` of its candidate, the probability that it `holds`, and `radius_km`; of the others what the JSON answer says of them.',
          ),
      }),
    ),
    ...beside,
  }),
);
