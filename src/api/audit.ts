import { z } from 'zod';
import { pointSchema } from './geo.js';
import { named } from './registry.js';

export const auditQuerySchema = z
  .strictObject({
    cursor: z.string().min(1).max(1000).describe('`cursor` of the page before.'),
    limit: z.coerce
      .number<number>()
      .pipe(z.int().min(1).max(1000))
      .meta({ type: 'integer', minimum: 1, maximum: 1000, description: 'Most photos on a page, 100 by default.' }),
  })
  .partial();

export const findingSchema = z.object({
  id: z.string(),
  source: z.string().nullable().describe('Path of the first source, below its root.'),
  stated: pointSchema,
  suggested: pointSchema.nullable().describe('Where it may have been taken; null where no place fits much better.'),
  mistake: z
    .enum(['sign', 'swapped', 'shifted', 'clock', 'elsewhere'])
    .describe(
      'What may have happened: a sign lost, axes swapped, a whole walk off by the same, a clock off, or nothing that is known.',
    ),
  ratio: z.number().nullable().describe('How many times as well the suggested place fits.'),
  false_alarm_probability: z
    .number()
    .min(0)
    .max(1)
    .describe('That a photo which is where it says would fit its place as ill.'),
  country_only: z
    .boolean()
    .describe('No other reference is near the stated place: little but its country could be checked.'),
});

export const auditReportSchema = z.object({
  expected_false_alarms: z.number().min(0).describe('How many photos would be listed if all were where they say.'),
  photos: z.int().min(0),
  country_only: z.int().min(0).describe('Of the photos, those of which little but the country could be checked.'),
  author_left_in: z
    .string()
    .nullable()
    .describe('Who took more than half of the photos, and so spoke for the own ones too; null for nobody.'),
  audited_at: z.string(),
});

export const auditSchema = named(
  'Audit',
  z.object({
    implausible: z
      .array(z.object({ ...findingSchema.shape, thumbnail: z.string() }))
      .describe('Photos that do not look as if they were taken where they say, the least probable first.'),
    report: auditReportSchema.nullable().describe('null where nobody has audited the index yet.'),
    cursor: z.string().nullable().describe('For the next page; null on the last.'),
  }),
);
