import { z } from 'zod';
import { filterSchema } from './filter.js';
import { bboxSchema, numbers, positionSchema } from './geo.js';
import { referenceSchema } from './references.js';
import { named } from './registry.js';

const setName = z.string().min(1).max(60).describe('Name of a label set.');
const labelName = z.string().min(1).max(60).describe('A label of the set.');
const share = z.number().min(0).max(1);
const { sha256: _sha256, sources: _sources, ...photo } = referenceSchema.shape;
const page = {
  cursor: z.string().min(1).max(1000).describe('`cursor` of the page before.'),
  limit: z.coerce
    .number<number>()
    .pipe(z.int().min(1).max(1000))
    .meta({ type: 'integer', minimum: 1, maximum: 1000, description: 'Photos on a page, 50 by default.' }),
};

const interval = z.object({ value: z.number(), low: z.number(), high: z.number() });

export const probeSchema = named(
  'Probe',
  z.object({
    better: z.boolean().describe('Whether it is better than the sentences, or than chance, beyond its interval.'),
    forced: z.boolean().describe('Taken although it is not.'),
    left_out: z.array(z.string()).describe('Labels with too few photos.'),
    trained_at: z.string(),
    tasks: z.array(
      z.object({
        labels: z.array(z.string()),
        photos: z.array(z.int()).describe('Labelled photos by class; of an independent label first those without it.'),
        balanced_accuracy: interval.describe('On photos of groups that were held out; the interval holds 90 %.'),
        zero_shot: interval.nullable().describe('The same by sentences.'),
        chance: z.number(),
        gain: interval.describe('Over sentences, or over chance.'),
        confusion: z.array(z.array(z.int())),
      }),
    ),
  }),
);

export const labelSetsAnswerSchema = named(
  'LabelSets',
  z.object({
    references: z.int(),
    sets: z.array(
      z.object({
        name: setName,
        title: z.string(),
        subject: z.string(),
        kind: z.enum(['exclusive', 'independent']),
        zero_shot: z.boolean().describe('Whether sentences alone may tag photos.'),
        known: z.string().describe('What is known of how well that goes.'),
        own: z.boolean(),
        labels: z.array(z.object({ name: labelName, meaning: z.string() })),
        tags: z
          .object({
            made_by: z.enum(['sentences', 'probe']),
            labels: z.array(labelName).describe('Those that photos are tagged with.'),
            tagged: z.int().describe('Photos that are.'),
            stale: z.boolean().describe('The index holds vectors of another model since.'),
            tagged_at: z.string(),
          })
          .nullable(),
        labelled: z.int().describe('Photos that people gave labels of the set.'),
        probe: z.boolean().describe('Whether there is one.'),
      }),
    ),
    run: z
      .object({ set: setName, done: z.int(), total: z.int(), error: z.string().nullable(), ended: z.boolean() })
      .nullable()
      .describe('The tagging that runs, or ran last.'),
  }),
);

export const newTagsSchema = named('NewTags', z.strictObject({ set: setName }));
export const tagRunSchema = named('TagRun', z.object({ set: setName }));

export const tagCellsQuerySchema = z.strictObject({
  label: labelName,
  bbox: z
    .string()
    .transform(numbers)
    .pipe(bboxSchema)
    .optional()
    .describe('west,south,east,north; the whole world by default.'),
  zoom: z.coerce
    .number<number>()
    .pipe(z.number().min(0).max(24))
    .optional()
    .meta({ type: 'number', minimum: 0, maximum: 24, description: 'Zoom of the map, as for `/v1/coverage`.' }),
});

export const tagCellsSchema = named(
  'TagCells',
  z.object({
    type: z.literal('FeatureCollection'),
    resolution: z.int().describe('Of the H3 cells; coarser than asked for where there are too many.'),
    share_is: z
      .enum(['mean_probability', 'likeliest', 'top_tenth'])
      .describe(
        'The mean probability by a probe; by sentences the share of photos whose likeliest label it is, or of those among the tenth of all photos that have most of it.',
      ),
    histogram: z
      .array(z.int())
      .describe('Photos of the whole index by how much of the label they have, in twenty steps.'),
    features: z.array(
      z.object({
        type: z.literal('Feature'),
        id: z.string().describe('Name of the H3 cell.'),
        geometry: z.object({ type: z.literal('Point'), coordinates: positionSchema }).describe('Middle of the cell.'),
        properties: z.object({ photos: z.int(), share }),
      }),
    ),
  }),
);

export const tagPhotosQuerySchema = z.strictObject({
  label: labelName,
  order: z.enum(['most', 'doubt']).optional().describe('Those with most of the label first, or those least sure.'),
  bbox: z.string().transform(numbers).pipe(bboxSchema).optional(),
  cursor: page.cursor.optional(),
  limit: page.limit.optional(),
});

export const tagPhotosSchema = named(
  'TagPhotos',
  z.object({
    photos: z.array(
      z.object({
        ...photo,
        value: share.describe(
          'How much of the label it has: a probability by a probe, else the share of photos that have less.',
        ),
        labels: z.array(labelName).nullable().describe('What somebody said of it; null where nobody did.'),
      }),
    ),
    cursor: z.string().nullable(),
  }),
);

export const labelsAnswerSchema = named(
  'Labels',
  z.object({
    photos: z.int(),
    counts: z.array(z.object({ label: labelName, photos: z.int() })),
    samples: z.array(
      z.object({
        id: z.int(),
        drawn: z.int(),
        labelled: z.int().describe('In the order drawn, without a gap.'),
        photos: z.int(),
      }),
    ),
    probe: probeSchema.nullable(),
  }),
);

export const newLabelSchema = named(
  'NewLabel',
  z.strictObject({
    id: z.string().min(1).max(64).describe('Of the photo.'),
    labels: z.array(labelName).max(256).nullable().describe('null takes its labels away.'),
    chosen: z.enum(['given', 'next', 'random']).describe('How the photo was chosen.'),
    sample: z.int().nullable().optional().describe('The sample that it was drawn in.'),
  }),
);

export const toLabelQuerySchema = z
  .strictObject({
    sample: z.coerce.number<number>().pipe(z.int().min(1)).describe('Photos of this sample that have no label yet.'),
    like: labelName.describe('Photos that have most of this label.'),
    limit: page.limit,
  })
  .partial();

export const toLabelSchema = named(
  'PhotosToLabel',
  z.object({ photos: z.array(z.object(photo)), left: z.int().nullable().describe('Of the sample; null without one.') }),
);

export const newSampleSchema = named(
  'NewSample',
  z.strictObject({
    n: z.int().min(1).max(10_000),
    filter: filterSchema.optional(),
  }),
);
export const sampleSchema = named('Sample', z.object({ id: z.int(), drawn: z.int(), photos: z.int() }));

export const trainSchema = named('Training', z.strictObject({ force: z.boolean().optional() }));

export const sharesBodySchema = named(
  'SharesQuery',
  z.strictObject({
    by: z
      .string()
      .regex(/^(country|region|year|cell:\d)$/, 'Expected country, region, year or cell:0 to cell:9.')
      .nullable()
      .optional()
      .describe('country, region, year or cell:0 to cell:9.'),
    filter: filterSchema.optional(),
  }),
);

export const sharesSchema = named(
  'Shares',
  z.object({
    set: setName,
    photos: z.int(),
    method: z
      .enum(['sample', 'shifted'])
      .describe('From labels of photos drawn at random, or from a probe alone, which assumes more.'),
    groups: z.array(
      z.object({
        group: z.string(),
        photos: z.int(),
        labelled: z.int(),
        shares: z.array(
          z.object({
            label: labelName,
            share: share.nullable().describe('null where fewer than two photos are labelled.'),
            low: share.nullable(),
            high: share.nullable().describe('Of these photos, at 90 %.'),
            interval: z.enum(['normal', 'wilson']).nullable(),
            lambda: z.number().nullable().describe('How much the model counts, 0 to 1.'),
            walks: z.object({ low: share, high: share }).nullable().describe('Of walks like these, at 90 %.'),
          }),
        ),
      }),
    ),
    notices: z.array(z.string()),
  }),
);
