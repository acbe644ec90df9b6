import { beforeAll, describe, expect, it } from '@jest/globals';
import { toUnitVector } from '../../../src/domain/unit-vector.js';
import type { EvaluationQuery } from '../../../src/evaluate/evaluation-query.js';
import { FITTED, freedomFor, type WeighedQuery } from '../../../src/evaluate/fit/fit-profile.js';
import { judgedAnswers } from '../../../src/evaluate/judged-answers.js';
import { splitClusters } from '../../../src/evaluate/split-clusters.js';
import { type TuneReport, tuneProfile } from '../../../src/evaluate/tune-profile.js';
import { type BlendProfile, DEFAULT_PROFILE, parseBlendProfile } from '../../../src/locate/blend-profile.js';
import { Locator } from '../../../src/locate/locator.js';
import { FakeCaptions } from '../../support/fake-captions.js';
import { toyQueries } from '../../support/toy-queries.js';
import { gazetteerOf, indexOf, TOY_DIMENSION, toyWorld } from '../../support/toy-world.js';

const LOGIT_SCALE = 20;
const world = toyWorld(11, { countries: 14, citiesPerCountry: 4, perCity: 2 });
const locator = new Locator(indexOf(world), world.captions, gazetteerOf(world), LOGIT_SCALE);
const queries = toyQueries(world, 240, 8);
/** Six fits, on a busy machine. */
const LONG_MS = 300_000;
const options = { seed: 'a', model: 'toy model', index: 'toy index', date: '2026-11-23' };

describe('tuning on queries of known places', () => {
  let tuned: { readonly profile: BlendProfile; readonly report: TuneReport };
  beforeAll(async () => {
    tuned = await tuneProfile(queries, locator, options);
  }, LONG_MS);

  it('beats the profile it started from on queries that it did not see', () => {
    const { gain, outcome, before, after } = tuned.report;
    expect(gain.value).toBeGreaterThan(0);
    expect(gain.low).toBeLessThanOrEqual(gain.value);
    expect(gain.high).toBeGreaterThanOrEqual(gain.value);
    expect(outcome).toBe('fitted');
    expect(after.logLoss).toBeLessThan(before.logLoss);
    expect(before.logLoss - after.logLoss).toBeCloseTo(gain.value, 8);
  });

  it('says what it was fitted to: a profile that a file can hold', () => {
    const { profile, report } = tuned;
    expect(parseBlendProfile(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
    expect(profile.provenance).toMatchObject({
      ...{ model: 'toy model', index: 'toy index', date: '2026-11-23', seed: 'a', queries: 240, authors: 120 },
      mix: { indexed: 120, unindexed: 120 },
      losses: { check_before: report.before.logLoss, check_after: report.after.logLoss },
      parts: { fit_queries: report.parts.fit.queries, check_authors: report.parts.check.clusters },
    });
    const { fit, calibrate, check } = report.parts;
    expect([fit.queries, calibrate.queries, check.queries, report.folds]).toEqual([240, 240, 240, 5]);
    expect(profile.calibration).toMatchObject({ queries: 240, authors: 120, not_indexed_edges: [0.5] });
  });

  it(
    'finds little left to gain when it starts from what it found',
    async () => {
      const { report } = await tuneProfile(queries, locator.withProfile(tuned.profile), options);
      expect(Math.abs(report.gain.value)).toBeLessThan(0.25 * tuned.report.gain.value);
      // It is calibrated: where the new weights are no better, nothing is left to do.
      expect(report.outcome).toBe(report.gain.value > report.gain.standardError ? 'fitted' : 'unchanged');
    },
    LONG_MS,
  );
});

describe('few queries', () => {
  const few = toyQueries(world, 100, 9);
  let tuned: { readonly profile: BlendProfile; readonly report: TuneReport };
  beforeAll(async () => {
    tuned = await tuneProfile(few, locator, options);
  }, LONG_MS);

  it(
    'give the same for the same queries and seed',
    async () => {
      expect((await tuneProfile(few, locator, options)).profile).toEqual(tuned.profile);
    },
    LONG_MS,
  );

  it('fit fewer parameters, leave the others alone, and are said to', () => {
    const { profile, report } = tuned;
    expect(report.freedom).toBe('few');
    expect(report.fitted).toEqual(FITTED.few);
    expect(report.notFitted).toContain('retrieval.not_indexed');
    expect(report.notFitted).toContain('blend.gamma');
    const { retrieval, captions, blend } = DEFAULT_PROFILE;
    expect(profile.retrieval).toEqual({ ...retrieval, temperature: profile.retrieval.temperature });
    expect(profile.captions).toEqual({ ...captions, temperature: profile.captions.temperature });
    expect(profile.captions.temperature.city / profile.captions.temperature.country).toBeCloseTo(
      captions.temperature.city / captions.temperature.country,
    );
    expect(profile.blend).toEqual({ ...blend, alpha: profile.blend.alpha, beta: profile.blend.beta });
  });

  it('are all calibrated with, and none set aside in vain', () => {
    const { profile, report } = tuned;
    expect(report.calibrated).toBe(true);
    expect(profile.calibration).toMatchObject({ queries: 100, authors: 50 });
    // Of 100 queries of 50 authors; a 90 % circle is off by some 4 points by its calibration alone.
    expect(Math.abs(report.after.coverage90PerAuthorPercent - 90)).toBeLessThan(10);
  });

  it(
    'leave the profile uncalibrated where they are of under 40 authors, and it says so',
    async () => {
      const ofFew = few.map((query, i) => ({ ...query, cluster: `author ${i % 39}` }));
      const { profile, report } = await tuneProfile(ofFew, locator, options);
      expect(report.parts.calibrate.clusters).toBe(39);
      expect(profile.calibration).toBeNull();
      expect(report.calibrated).toBe(false);
      expect(report.verdicts).toBeNull();
    },
    LONG_MS,
  );

  it('are refused under 100, or from under 20 authors', async () => {
    await expect(tuneProfile(queries.slice(0, 99), locator)).rejects.toMatchObject({ code: 'too_few_queries' });
    const oneTown = queries.map((query, i) => ({ ...query, cluster: `author ${i % 19}` }));
    await expect(tuneProfile(oneTown, locator)).rejects.toMatchObject({ code: 'too_few_queries', family: 'caller' });
  });

  it('free more and more of the parameters as they grow', () => {
    expect([40, 159, 160, 499, 500, 3_000].map(freedomFor)).toEqual(['few', 'few', 'some', 'some', 'all', 'all']);
    for (const name of FITTED.some) expect([...FITTED.all, ...FITTED.few]).toContain(name);
  });
});

describe('what is no use', () => {
  it(
    'is not kept: a fit that loses on the part to check',
    async () => {
      const many = toyQueries(world, 640, 10);
      const [fit = [], , checked = []] = splitClusters(many, [0.4, 0.4, 0.2], options.seed);
      const fitted = new Set(fit.map(({ id }) => id));
      // What it is fitted to was taken where neither neighbours nor captions say; what it is checked by was not.
      const contrary = many.map((query) =>
        fitted.has(query.id) ? { ...query, truth: { lat: -query.truth.lat, lon: -query.truth.lon } } : query,
      );
      const { profile, report } = await tuneProfile(contrary, locator, options);
      expect(report.folds).toBeNull();
      const { fit: fitPart, calibrate, check } = report.parts;
      expect(fitPart.queries + calibrate.queries + check.queries).toBe(640);
      expect(report.gain.value).toBeLessThan(0);
      expect(report.verdict).toMatch(/does not beat the profile default on \d+ queries.*circles are calibrated now/);

      // The present weights get circles of their own, by the queries that nothing was fitted to.
      expect(report.outcome).toBe('calibrated');
      const { name, calibration, provenance, ...weights } = profile;
      const { name: _, calibration: __, provenance: ___, ...present } = DEFAULT_PROFILE;
      expect(weights).toEqual(present);
      expect(name).toBe('default, calibrated on 640 queries');
      expect(provenance).toMatchObject({ fitted: [], queries: 640, losses: { check_after: report.before.logLoss } });
      expect(calibration).toMatchObject({ authors: calibrate.clusters, queries: calibrate.queries });
      const unseen: WeighedQuery[] = [];
      for (const query of checked) unseen.push({ query, retrieved: await locator.retrieve(query), weight: 1 });
      const held = judgedAnswers(unseen, locator.withProfile(profile)).filter((one) => one.errorKm <= one.radius90Km);
      expect(held.length / unseen.length).toBeGreaterThan(0.8);
    },
    LONG_MS,
  );

  it('stops the tuning with the query’s id: a number that is none', async () => {
    const rows = world.places.map((place) => {
      const caption = world.captions.caption(place.id);
      const vector = world.captions.vector(place.id);
      if (caption === null || vector === null) throw new Error('Expected captions for all places.');
      return { caption, vector: place.id === 'AB' ? toUnitVector(vector).fill(Number.NaN) : vector };
    });
    const broken = new FakeCaptions(TOY_DIMENSION, rows as ConstructorParameters<typeof FakeCaptions>[1]);
    const lame = new Locator(indexOf(world), broken, gazetteerOf(world), LOGIT_SCALE);
    await expect(tuneProfile(queries, lame)).rejects.toMatchObject({
      code: 'not_finite',
      message: expect.stringMatching(/query \d+/),
    });
  });

  it('is refused: a query twice', async () => {
    const twice = [...queries, queries[0] as EvaluationQuery];
    await expect(tuneProfile(twice, locator)).rejects.toMatchObject({ code: 'duplicate_query' });
  });

  it('can be stopped between stages', async () => {
    const stop = new AbortController();
    const stages: string[] = [];
    const tuning = tuneProfile(queries, locator, {
      signal: stop.signal,
      onProgress: (stage) => {
        stages.push(stage);
        if (stage === 'fit: retrieval') stop.abort();
      },
    });
    await expect(tuning).rejects.toMatchObject({ code: 'interrupted' });
    expect(stages).not.toContain('calibrate');
  });
});
