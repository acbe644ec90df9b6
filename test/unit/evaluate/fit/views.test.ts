import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EvaluationQuery } from '../../../../src/evaluate/evaluation-query.js';
import { blendMass, blendSettings, viewBlend } from '../../../../src/evaluate/fit/fit-blend.js';
import { captionsLoss, treePositions, viewCaptions } from '../../../../src/evaluate/fit/fit-captions.js';
import { fitRetrieval, retrievalLoss, scalesToTry, viewRetrieval } from '../../../../src/evaluate/fit/fit-retrieval.js';
import { logLoss, nearness } from '../../../../src/evaluate/fit/log-loss.js';
import { type BlendProfile, DEFAULT_PROFILE } from '../../../../src/locate/blend-profile.js';
import type { Located } from '../../../../src/locate/judge.js';
import { Locator } from '../../../../src/locate/locator.js';
import { toyQueries } from '../../../support/toy-queries.js';
import { gazetteerOf, indexOf, toyWorld } from '../../../support/toy-world.js';

const LOGIT_SCALE = 20;
const world = toyWorld(5, { countries: 12, citiesPerCountry: 4, perCity: 2 });
const base = new Locator(indexOf(world), world.captions, gazetteerOf(world), LOGIT_SCALE);
const queries = toyQueries(world, 12, 3);

async function judgeWith(profile: BlendProfile, query: EvaluationQuery): Promise<Located> {
  const locator = base.withProfile(profile);
  return locator.judge(query, await locator.retrieve(query));
}

/** The loss of one side by the whole of the judgement: what the views are short for. */
function slowLoss(located: Located, truth: EvaluationQuery['truth'], mass: Float64Array | null): number {
  const near = nearness(truth, located.support.points);
  return logLoss((mass as Float64Array).reduce((sum, p, j) => sum + p * (near[j] as number), 0));
}

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const anyQuery = fc.constantFrom(...queries);

describe('a fit of retrieval', () => {
  it('takes kernels of less than a kilometre where the truth is a neighbour’s place, and never does worse than before', async () => {
    const { retrieval } = DEFAULT_PROFILE;
    const scalesKm = scalesToTry(retrieval, true);
    const views = [];
    for (const query of queries) {
      const located = await judgeWith(DEFAULT_PROFILE, query);
      const truth = located.groups[0]?.representative.point ?? query.truth;
      views.push(viewRetrieval(located, nearness(truth, located.support.points), scalesKm, 1));
    }
    const start = { ...retrieval, scales_km: [200, 800], scale_weights: [0.5, 0.5] };
    const fitted = fitRetrieval(views, scalesKm, start, { gate: true, kernels: true });
    expect(retrievalLoss(views, scalesKm, fitted)).toBeLessThan(retrievalLoss(views, scalesKm, start) - 0.5);
    expect(fitted.scales_km[0]).toBeLessThan(10);
    expect(fitted.scales_km).toEqual(fitted.scales_km.toSorted((a, b) => a - b));
    expect(fitted.scale_weights).toHaveLength(fitted.scales_km.length);
    expect(fitted.scale_weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  });
});

describe('what a fit keeps of a query says the same as the whole judgement', () => {
  it('of retrieval, for every temperature, gate and mixture of kernels', async () => {
    const scalesKm = scalesToTry(DEFAULT_PROFILE.retrieval, true);
    const settings = fc.record({
      temperature: between(0.005, 0.2),
      share: between(0.05, 0.95),
      widths: fc.shuffledSubarray(scalesKm, { minLength: 2, maxLength: 4 }),
      not_indexed: fc.record({
        lo: between(0.001, 0.3),
        hi: between(0.5, 0.999),
        tau: between(0.2, 0.9),
        delta: between(0.01, 0.3),
      }),
    });
    await fc.assert(
      fc.asyncProperty(anyQuery, settings, async (query, { temperature, share, widths, not_indexed }) => {
        const retrieval = {
          ...DEFAULT_PROFILE.retrieval,
          ...{ temperature, not_indexed, scales_km: widths, scale_weights: widths.map((_, k) => share ** k) },
        };
        const known = await judgeWith(DEFAULT_PROFILE, query);
        const view = viewRetrieval(known, nearness(query.truth, known.support.points), scalesKm, 1);
        const located = await judgeWith({ ...DEFAULT_PROFILE, retrieval }, query);
        const expected = slowLoss(located, query.truth, located.posterior.retrieval);
        expect(retrievalLoss([view], scalesKm, retrieval)).toBeCloseTo(expected, 5);
      }),
      { numRuns: 40 },
    );
  });

  it('of captions, for every temperature and population exponent', async () => {
    const settings = fc.record({
      country: between(0.7, 3),
      region: between(0.7, 3),
      city: between(0.3, 5),
      population_exponent: between(0, 1),
    });
    await fc.assert(
      fc.asyncProperty(anyQuery, settings, async (query, { population_exponent, ...temperature }) => {
        const captions = { ...DEFAULT_PROFILE.captions, temperature, population_exponent };
        const known = await judgeWith(DEFAULT_PROFILE, query);
        const located = await judgeWith({ ...DEFAULT_PROFILE, captions }, query);
        // Both must speak of the same places: which ones those are goes with the temperatures.
        const placesOf = ({ support }: Located) =>
          support.places.map(({ place, rest }) => `${place.id} ${rest}`).sort();
        fc.pre(JSON.stringify(placesOf(known)) === JSON.stringify(placesOf(located)));
        const tree = known.tree as NonNullable<Located['tree']>;
        const view = viewCaptions(known, treePositions(tree), nearness(query.truth, known.support.points), 1);
        const expected = slowLoss(located, query.truth, located.posterior.captions);
        expect(captionsLoss(view === null ? [] : [view], tree, captions)).toBeCloseTo(expected, 5);
      }),
      { numRuns: 40 },
    );
  });

  it('of the blend, for every exponent, gate and evidence limit', async () => {
    const settings = fc.record({
      alpha: between(0.01, 2),
      beta: between(0.01, 2),
      gamma: between(-1.5, 1.5),
      evidence_limit_nats: between(1, 20),
      not_indexed: fc.record({
        lo: between(0.001, 0.3),
        hi: between(0.5, 0.999),
        tau: between(0.2, 0.9),
        delta: between(0.01, 0.3),
      }),
    });
    await fc.assert(
      fc.asyncProperty(anyQuery, settings, async (query, { not_indexed, ...weights }) => {
        const profile = {
          ...DEFAULT_PROFILE,
          retrieval: { ...DEFAULT_PROFILE.retrieval, not_indexed },
          blend: { ...DEFAULT_PROFILE.blend, ...weights },
        };
        const known = await judgeWith(DEFAULT_PROFILE, query);
        const view = viewBlend(known, nearness(query.truth, known.support.points), 1);
        const { probability } = (await judgeWith(profile, query)).posterior;
        const mass = blendMass(view, blendSettings(profile));
        expect(Math.max(...probability.map((p, j) => Math.abs(p - (mass[j] as number))))).toBeLessThan(1e-8);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['neighbours', null],
    ['captions', world.captions],
  ])('of a blend without its other side, where only %s speak', async (_, captions) => {
    const references = captions === null ? world.references : [];
    const alone = new Locator(indexOf({ ...world, references }), captions, gazetteerOf(world), LOGIT_SCALE);
    for (const gamma of [-0.9, -0.3, 0, 0.4]) {
      const profile = { ...DEFAULT_PROFILE, blend: { ...DEFAULT_PROFILE.blend, gamma } };
      const locator = alone.withProfile(profile);
      for (const query of queries) {
        const located = locator.judge(query, await locator.retrieve(query));
        const mass = blendMass(
          viewBlend(located, nearness(query.truth, located.support.points), 1),
          blendSettings(profile),
        );
        const { probability } = located.posterior;
        expect(Math.max(...probability.map((p, j) => Math.abs(p - (mass[j] as number))))).toBeLessThan(1e-8);
      }
    }
  });
});
