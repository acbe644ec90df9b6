import { z } from 'zod';
import { iso2, placeLevelSchema, pointSchema } from './geo.js';
import { named } from './registry.js';

export const problemSchema = named(
  'Problem',
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What was expected, what came, what to do.'),
    instance: z.string(),
    code: z.string().describe('Stable; made for programs.'),
    errors: z.array(z.object({ path: z.string(), message: z.string() })),
    request_id: z.string(),
  }),
);

export const placesQuerySchema = z.strictObject({
  q: z.string().trim().min(1).max(200).describe('A name or the start of one; accents and case do not matter.'),
  level: placeLevelSchema.optional(),
  country: iso2.optional(),
  limit: z.coerce
    .number<number>()
    .pipe(z.int().min(1).max(100))
    .meta({ type: 'integer', minimum: 1, maximum: 100, description: '10 by default.' })
    .optional(),
});

export const placesAnswerSchema = named(
  'Places',
  z.object({
    places: z.array(
      z.object({
        id: z.string(),
        level: placeLevelSchema,
        name: z.string(),
        matched: z.string().describe('The name that matched, maybe an alternate one.'),
        region: z.string().nullable(),
        country: z.string(),
        iso2: z.string(),
        point: pointSchema,
        population: z.number(),
      }),
    ),
    attribution: z.string(),
  }),
);

export const indexAnswerSchema = named(
  'Index',
  z.object({
    references: z.int(),
    sources: z.int(),
    failures: z.int(),
    conflicts: z.int().describe('References whose sources disagree by more than 25 m.'),
    engine: z
      .looseObject({ kind: z.string().describe('`embedded`: SQLite and HNSW on this machine.') })
      .describe('What the engine that keeps the references says of itself; what else is in it depends on the engine.'),
    model: z.string(),
    model_name: z.string(),
    model_licence: z.string().nullable(),
    notice: z.string().nullable().describe('What people must know about the model.'),
    samples: z.int().min(0).describe('How many photos `GET /v1/samples/{n}` has to try the index with.'),
    dimension: z.int(),
    precision: z.string(),
    calibration: z.object({
      calibrated: z.boolean(),
      profile: z.string().describe('Name of the blend profile that answers are weighed by.'),
      date: z.string().nullable().describe('When it was fitted.'),
      queries: z.int().describe('How many queries it was fitted on; 0 for the default one.'),
      authors: z.int().describe('How many authors those are of.'),
      refused: z.string().nullable().describe('Why the profile kept with the index, or its calibration, is not used.'),
    }),
    gazetteer: z.object({ countries: z.int(), regions: z.int(), cities: z.int(), attribution: z.string() }),
  }),
);

export const liveSchema = named('Live', z.object({ live: z.literal(true) }));
export const readySchema = named('Ready', z.object({ ready: z.literal(true), model: z.string(), references: z.int() }));

export const healthSchema = named(
  'Health',
  z.object({
    status: z.enum(['ok', 'starting', 'stopping', 'failed']),
    version: z.string(),
    uptime_s: z.number(),
    model: z.string().nullable(),
    references: z.int().nullable(),
    requests_in_flight: z.int(),
    resident_bytes: z.int(),
  }),
);
