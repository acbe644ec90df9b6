import { z } from 'zod';
import { exponentSchema, kernelSchema, utilitySchema } from '../api/locate.js';
import type { LocateOptions } from '../api/types.js';
import { fault } from '../domain/errors.js';
import { SPOT_M } from '../domain/geo-point.js';

const positive = z.number().positive();

/** Resamplings of the calibration that a profile keeps, at most. */
const DRAWS_MAX = 200;
/** Inner edges of bins, ascending: one fewer than there are bins. */
const edges = z.array(z.number().min(0).max(1)).max(4);
/** What an uncalibrated radius is multiplied by, one for each bin of spread. */
const factors = z.array(positive).min(1).max(5);

const spread = z.number().min(0).max(1).nullable();
const spreads = z.object({ sure: spread, likely: spread });

const calibrationSchema = z
  .object({
    /** Edges of the bins by ε_r, the probability that the query's area is not in the index. */
    not_indexed_edges: edges,
    /** One for each bin by ε_r, which is cut by spread into bins of its own. */
    bins: z
      .array(
        z
          .object({
            spread_edges: edges,
            radius_50: factors,
            radius_90: factors,
            /** The factors again, of resampled clusters: how far they would be others with other queries. */
            draws_50: z.array(factors).max(DRAWS_MAX),
            draws_90: z.array(factors).max(DRAWS_MAX),
          })
          .refine(
            (bin) =>
              [bin.radius_50, bin.radius_90, ...bin.draws_50, ...bin.draws_90].every(
                (row) => row.length === bin.spread_edges.length + 1,
              ),
            { message: 'Expected one radius factor more than there are spread_edges.' },
          ),
      )
      .min(1)
      .max(5),
    /**
     * For answers that name a town, a region or a country: the widest spread at which they are sure (at most 5 % wrong) and
     * likely (at most 20 %), null where none is. null of all in profiles of versions that did not know verdicts.
     */
    levels: z.object({ town: spreads, region: spreads, country: spreads }).nullable().default(null),
    /** Queries and clusters (authors, places) it rests on. */
    queries: z.number().int().min(0),
    authors: z.number().int().min(0),
  })
  .refine((calibration) => calibration.bins.length === calibration.not_indexed_edges.length + 1, {
    message: 'Expected one bin more than there are not_indexed_edges.',
  });

const provenanceSchema = z.object({
  model: z.string().nullable(),
  index: z.string().nullable(),
  queries: z.number().int().min(0),
  /** What the queries were: indexed and unindexed places, sources, and how many of each. */
  mix: z.record(z.string(), z.number()),
  /** Authors (or places, walks) that the queries come from, and how queries and authors were split: `fit_queries`, … */
  authors: z.number().int().min(0).default(0),
  parts: z.record(z.string(), z.number()).default({}),
  /** What was fitted; the rest is as it was in the profile that the fit started from. */
  fitted: z.array(z.string()).default([]),
  /** Of the split. */
  seed: z.string().nullable().default(null),
  date: z.string().nullable(),
  losses: z.record(z.string(), z.number()),
});

/** The fitted weights of a prediction (docs/blend.md has the formulas), as its JSON file holds them. */
export const blendProfileSchema = z
  .object({
    format: z.literal('streetdex-blend-profile'),
    version: z.literal(2),
    name: z.string().min(1).max(200),
    retrieval: z
      .object({
        kernel: kernelSchema,
        temperature: positive,
        scales_km: z.array(positive.min(0.1).max(20_000)).min(1).max(4),
        scale_weights: z.array(positive).min(1).max(4),
        groups: z.number().int().min(1).max(100),
        group_distance_m: z.number().min(0).max(10_000),
        /**
         * When the nearest counts as the very spot: by ρ = (1 − c_1)/(1 − c_2), the squared distances' ratio. The share of
         * its mass that stays within `km` is sigmoid((ratio − ρ)/width); a profile that says nothing has none.
         */
        same_spot: z
          .object({ km: positive.min(0.01).max(10), ratio: z.number().gt(0).lt(1), width: positive.max(1) })
          .nullable()
          .default(null),
        not_indexed: z.object({
          lo: z.number().gt(0).lt(1),
          hi: z.number().gt(0).lt(1),
          /** null: the index's own quantiles of the cosines between neighbouring groups. */
          tau: z.number().nullable(),
          delta: positive.nullable(),
        }),
      })
      .refine((r) => r.scales_km.length === r.scale_weights.length, {
        message: 'Expected as many scale_weights as scales_km.',
      }),
    captions: z.object({
      temperature: z.object({ country: positive, region: positive, city: positive }),
      population_exponent: z.number().min(0).max(2),
      rest: z.number().gt(0).lt(1),
      /** λ = n / (n + this), n the number of other countries in the index. */
      bias_countries: z.number().min(0),
      floor: z.number().gt(0).lt(1),
    }),
    blend: z.object({
      alpha: exponentSchema,
      beta: exponentSchema,
      /** Below 0 it takes back a prior that the others bring along. */
      gamma: z.number().min(-3).max(20),
      evidence_limit_nats: positive,
      area_scale_km: positive,
    }),
    decision: z.object({
      utility: utilitySchema,
    }),
    /** null: radii are the posterior's own, and nobody has checked which answers can be relied on. */
    calibration: calibrationSchema.nullable(),
    provenance: provenanceSchema,
  })
  .strict();

export type BlendProfile = Readonly<z.infer<typeof blendProfileSchema>>;
export type Utility = BlendProfile['decision']['utility'];

/**
 * Weights that nobody fitted. T_r is the slope of Vo et al.'s kernel at a cosine of 0.8; retrieval counts in full, captions
 * by half of what they say beyond the prior, (P_t/P_0)^½, as their errors are shared with it: hence γ' = −β. A query that
 * resembles nothing must leave the word to the captions, so hi is near 1: a kernel's density is thousands of times the
 * prior's.
 */
export const DEFAULT_PROFILE: BlendProfile = blendProfileSchema.parse({
  format: 'streetdex-blend-profile',
  version: 2,
  name: 'default',
  retrieval: {
    kernel: 'softmax',
    temperature: 0.02,
    scales_km: [3, 25, 400],
    scale_weights: [0.4, 0.35, 0.25],
    groups: 100,
    group_distance_m: SPOT_M,
    same_spot: { km: 0.3, ratio: 0.35, width: 0.05 },
    not_indexed: { lo: 0.01, hi: 0.99, tau: null, delta: null },
  },
  captions: {
    temperature: { country: 1, region: 1, city: 1.5 },
    population_exponent: 0.5,
    rest: 0.2,
    bias_countries: 5,
    floor: 0.001,
  },
  blend: { alpha: 1, beta: 0.5, gamma: -0.5, evidence_limit_nats: 5, area_scale_km: 25 },
  decision: { utility: 'default' },
  calibration: null,
  provenance: { model: null, index: null, queries: 0, mix: {}, date: null, losses: {} },
});

/** What one query may ask for in place of the profile's own settings. */
export type BlendOverrides = NonNullable<LocateOptions['weights']> &
  Pick<LocateOptions, 'utility' | 'retrieval_kernel'>;

/** @throws `blend_profile_invalid` that lists each field at fault. */
export function parseBlendProfile(value: unknown): BlendProfile {
  const parsed = blendProfileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  throw fault(
    'blend_profile_invalid',
    `Expected a blend profile of version 2, got one with ${errors.length} fields at fault: ${errors.map((e) => `${e.path}: ${e.message}`).join('; ')}.`,
    { errors },
  );
}

/**
 * A profile of version 1 as one of version 2, without its calibration: its circles were promised per bin of spread alone,
 * which gives indexed and unindexed places very different ones. Anything else comes back as it is.
 */
export function withoutFirstCalibration(value: unknown): unknown {
  const first = z.looseObject({ version: z.literal(1), decision: z.looseObject({}) }).safeParse(value);
  if (!first.success) return value;
  const { confident_spread: _, ...decision } = first.data.decision;
  return { ...first.data, version: 2, decision, calibration: null };
}

/**
 * The profile with one query's settings in place of its own. Calibration was made for the profile's own weights, so a
 * changed one goes without.
 */
export function withOverrides(profile: BlendProfile, overrides: BlendOverrides): BlendProfile {
  const alpha = overrides.alpha ?? profile.blend.alpha;
  const beta = overrides.beta ?? profile.blend.beta;
  const gamma = overrides.gamma ?? priorExponent(profile.blend, alpha, beta);
  const blend = { ...profile.blend, alpha, beta, gamma };
  const kernel = overrides.retrieval_kernel ?? profile.retrieval.kernel;
  const utility = overrides.utility ?? profile.decision.utility;
  const changed =
    kernel !== profile.retrieval.kernel ||
    utility !== profile.decision.utility ||
    (['alpha', 'beta', 'gamma'] as const).some((name) => blend[name] !== profile.blend[name]);
  if (!changed) return profile;
  return {
    ...profile,
    blend,
    retrieval: { ...profile.retrieval, kernel },
    decision: { ...profile.decision, utility },
    calibration: null,
  };
}

/**
 * γ' where the factors of `asked` are raised to `alpha` and `beta`, be it that one has no evidence: a negative γ' takes
 * back the prior that they bring, and of a factor that is left out or counts for less there is less to take back.
 */
export function priorExponent(
  asked: Pick<BlendProfile['blend'], 'alpha' | 'beta' | 'gamma'>,
  alpha: number,
  beta: number,
): number {
  if (asked.gamma >= 0) return asked.gamma;
  return Math.min(0, asked.gamma + Math.max(0, asked.alpha - alpha) + Math.max(0, asked.beta - beta));
}
