import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/app.js';
import type { EvaluationQuery } from '../../src/evaluate/evaluation-query.js';
import { gatherQueries } from '../../src/evaluate/gather-queries.js';
import { runEvaluation } from '../../src/evaluate/run-evaluation.js';
import { distanceKm } from '../../src/geo/distance.js';
import { type EvaluationWorld, makeEvaluationWorld } from '../support/evaluation-world.js';

let world: EvaluationWorld;
let app: App;

beforeAll(async () => {
  world = await makeEvaluationWorld();
  app = world.open();
}, 300_000);

afterAll(() => app?.close());

describe('gathering the queries of a manifest', () => {
  it('embeds each photo once, and takes it from the cache the second time without opening a model', async () => {
    const seen: number[] = [];
    const first = await gatherQueries(
      app,
      { manifest: world.manifest },
      { onProgress: ({ done, total }) => seen.push(done / total) },
    );
    expect(first.queries.map(({ id }) => id)).toEqual(world.rows.map(({ file }) => file));
    expect(first.skipped).toEqual([]);
    expect(first.embedded).toBe(world.rows.length);
    expect(seen.at(-1)).toBe(1);
    const again = world.open({
      model: async () => {
        throw new Error('No model is needed for photos that are known.');
      },
    });
    const second = await gatherQueries(again, { manifest: world.manifest });
    await again.close();
    expect(second.embedded).toBe(0);
    expect(second.queries).toEqual(first.queries);
  });

  it('knows the truth, the author, and whether the surroundings are in the index', async () => {
    const { queries } = await gatherQueries(app, { manifest: world.manifest });
    for (const [i, { file, lat, lon, author }] of world.rows.entries()) {
      const query = queries[i] as EvaluationQuery;
      expect(query.truth).toEqual({ lat, lon });
      expect(query.cluster).toBe(`author ${author}`);
      expect(query.part).toBe(Number(file.split('-')[0]) < 2 ? 'unindexed' : 'indexed');
    }
  });
});

describe('an evaluation', () => {
  it('asks each query once and gives the three sides, the same answers as the locator’s own', async () => {
    const { queries } = await gatherQueries(app, { manifest: world.manifest });
    const locator = await app.locator();
    const gazetteer = await app.gazetteer();
    const results = await runEvaluation(queries, locator, gazetteer);
    expect(results.map(({ id }) => id)).toEqual(queries.map(({ id }) => id));
    for (const [i, result] of results.entries()) {
      const query = queries[i] as EvaluationQuery;
      const overrides = {
        retrieval: { alpha: 1, beta: 0, gamma: 0 },
        captions: { alpha: 0, beta: 1, gamma: 0 },
        blend: {},
      };
      for (const [side, weights] of Object.entries(overrides)) {
        const { candidates, spread } = await locator.locate(query, { overrides: weights });
        const answer = result.sides[side];
        expect(answer?.point.lat).toBeCloseTo(candidates[0]?.point.lat as number, 6);
        expect(answer?.point.lon).toBeCloseTo(candidates[0]?.point.lon as number, 6);
        expect(answer?.spread).toBeCloseTo(spread, 5);
        expect(answer?.errorKm).toBeCloseTo(distanceKm(answer?.point as never, query.truth), 6);
      }
    }
  });
});
