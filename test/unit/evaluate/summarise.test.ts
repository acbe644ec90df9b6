import { describe, expect, it } from '@jest/globals';
import type { QueryResult, SideResult } from '../../../src/evaluate/query-result.js';
import { type EvaluationInfo, summarise } from '../../../src/evaluate/summarise.js';
import { destination, distanceKm } from '../../../src/geo/distance.js';
import { seeded } from '../../support/toy-world.js';

const INFO: EvaluationInfo = {
  protocol: 'made up',
  date: '2026-01-01T00:00:00Z',
  model: { id: 'm', name: 'made/up' },
  index: null,
  profile: null,
  skipped: [{ code: 'file_missing' }, { code: 'file_missing' }, { code: 'position_missing' }],
  inIndex: ['q1'],
  cities: [],
};

function madeUp(count: number, seed: number): QueryResult[] {
  const random = seeded(seed);
  const answer = (truth: QueryResult['truth']): SideResult => {
    const point = destination(truth, 360 * random(), 10 ** (4.3 * random() ** 0.5 - 1));
    const radius50Km = 10 ** (4 * random());
    return {
      point,
      errorKm: distanceKm(truth, point),
      probability: random(),
      spread: Math.round(20 * random()) / 20,
      radius50Km,
      radius90Km: radius50Km * 3,
      countryHit: random() < 0.6,
      regionHit: random() < 0.3,
      cityHit: null,
    };
  };
  return Array.from({ length: count }, (_, i) => {
    const truth = { lat: 170 * random() - 85, lon: 360 * random() - 180 };
    const retrieval = i % 11 === 0 ? null : answer(truth);
    return {
      id: `q${i}`,
      cluster: `author ${Math.floor(12 * random() ** 2)}`,
      part: i % 3 === 0 ? 'indexed' : 'unindexed',
      file: null,
      truth,
      iso2: null,
      sides: { retrieval, captions: answer(truth), blend: answer(truth), fixed: answer(truth) },
      verdict: { word: random() < 0.5 ? 'sure' : 'unsure', level: 'country', wrong: random() < 0.5 },
      bestScore: 0.5,
      notIndexed: 0.1,
      evidence: { neighbours: [], captions: [] },
      tookMs: { search: i, judge: 2 * i },
    };
  });
}

/** The same figures without anything of src: haversine by arc cosine, counting by hand. */
function slowly(results: readonly QueryResult[], side: string) {
  const R = 6371;
  const rad = (deg: number) => (deg * Math.PI) / 180;
  const errors: number[] = [];
  for (const { truth, sides } of results) {
    const answer = sides[side];
    if (!answer) {
      errors.push(Math.PI * R);
      continue;
    }
    const [a, b] = [truth, answer.point];
    const hav =
      (1 - Math.cos(rad(b.lat - a.lat))) / 2 +
      (Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * (1 - Math.cos(rad(b.lon - a.lon)))) / 2;
    errors.push(2 * R * Math.asin(Math.sqrt(Math.min(1, hav))));
  }
  const sorted = [...errors].sort((x, y) => x - y);
  const n = errors.length;
  let score = 0;
  for (const km of errors) score += 5000 * Math.exp(-km / 1492.7);
  const percent = (keep: (km: number, i: number) => boolean) => (100 * errors.filter(keep).length) / n;
  return {
    within: [1, 25, 200, 750, 2500].map((radius) => percent((km) => km <= radius)),
    score: score / n,
    median: n % 2 ? sorted[(n - 1) / 2] : ((sorted[n / 2 - 1] as number) + (sorted[n / 2] as number)) / 2,
    mean: errors.reduce((x, y) => x + y) / n,
    circle90: percent((km, i) => km <= (results[i]?.sides[side]?.radius90Km ?? -1)),
    country: percent((_, i) => results[i]?.sides[side]?.countryHit === true),
  };
}

describe('summarise', () => {
  const results = madeUp(501, 5);
  const evaluation = summarise(results, INFO);

  it.each(['retrieval', 'captions', 'blend', 'fixed'])('gives what a slow second implementation gives: %s', (side) => {
    for (const [figures, some] of [
      [evaluation.overall, results],
      [evaluation.parts.indexed, results.filter((one) => one.part === 'indexed')],
    ] as const) {
      const fast = figures?.sides[side];
      const slow = slowly(some, side);
      const within = Object.values(fast?.within_percent ?? {}).map((one) => one.value);
      within.forEach((value, i) => {
        expect(value).toBeCloseTo(slow.within[i] as number, 9);
      });
      expect(within).toHaveLength(5);
      expect(fast?.geoscore.value).toBeCloseTo(slow.score, 4);
      expect(fast?.median_km.value).toBeCloseTo(slow.median as number, 3);
      expect(fast?.mean_km.value).toBeCloseTo(slow.mean, 3);
      expect(fast?.coverage.circle_90_percent.value).toBeCloseTo(slow.circle90, 9);
      expect(fast?.country_percent?.value).toBeCloseTo(slow.country, 9);
      expect(fast?.city_percent).toBeNull();
    }
  });

  it('holds each figure within its interval, and counts who it rests on', () => {
    const { sides, clusters, queries } = evaluation.overall;
    expect([clusters, queries]).toEqual([12, 501]);
    for (const side of Object.values(sides)) {
      for (const { low, value, high } of [...Object.values(side.within_percent), side.geoscore, side.median_km]) {
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }
    }
    expect(evaluation.overall.sides.retrieval?.answered).toBe(501 - 46);
    expect(evaluation.skipped).toEqual({ total: 3, by_code: { file_missing: 2, position_missing: 1 } });
    expect(evaluation.took_ms.judge).toEqual({ median: 500, p99: 990, mean: 500 });
  });

  it('splits the queries by part and by spread without losing one', () => {
    expect(Object.keys(evaluation.parts).toSorted()).toEqual(['indexed', 'unindexed']);
    expect(Object.values(evaluation.parts).reduce((sum, part) => sum + part.queries, 0)).toBe(501);
    for (const side of Object.values(evaluation.overall.sides)) {
      const bins = side.coverage.by_spread;
      expect(bins.reduce((sum, bin) => sum + bin.queries, 0)).toBe(501);
      const whole = bins.reduce((sum, bin) => sum + bin.queries * bin.circle_50_percent.value, 0) / 501;
      expect(whole).toBeCloseTo(side.coverage.circle_50_percent.value, 9);
    }
  });

  it('compares the blend with each side and every other setting with the better of the two', () => {
    const pairs = evaluation.overall.differences.map(({ of, against }) => `${of} − ${against}`);
    expect(pairs).toEqual([
      'blend − retrieval',
      'blend − captions',
      'blend − fixed',
      'blend − better_side',
      'fixed − better_side',
    ]);
    const { sides, differences } = evaluation.overall;
    const at = (side: string, km: string) => sides[side]?.within_percent[km]?.value as number;
    const last = differences[4];
    for (const km of ['1', '25', '200', '750', '2500']) {
      const better = Math.max(at('retrieval', km), at('captions', km));
      expect(last?.within_percent[km]?.value).toBeCloseTo(at('fixed', km) - better, 9);
      expect(at(last?.better?.[km] as string, km)).toBeCloseTo(better, 9);
    }
  });

  it('compares the nearest neighbour with the blend alone', () => {
    const nearest = results.map((one) => ({ ...one, sides: { ...one.sides, nearest: one.sides.fixed ?? null } }));
    const pairs = summarise(nearest, INFO).overall.differences.map(({ of, against }) => `${of} − ${against}`);
    expect(pairs.filter((pair) => pair.includes('nearest'))).toEqual(['blend − nearest']);
  });

  it('leaves a side out that never had anything to go by', () => {
    const without = results.map((one) => ({ ...one, sides: { ...one.sides, captions: null } }));
    expect(Object.keys(summarise(without, INFO).overall.sides)).toEqual(['retrieval', 'blend', 'fixed']);
  });

  it('is the same for the same seed', () => {
    expect(summarise(results, INFO)).toEqual(evaluation);
    expect(summarise(results, { ...INFO, seed: 2 }).overall.sides.blend?.geoscore).not.toEqual(
      evaluation.overall.sides.blend?.geoscore,
    );
  });

  it('survives JSON', () => {
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
  });

  it('refuses no query at all, and a number that is none by the id of its query', () => {
    expect(() => summarise([], INFO)).toThrow(/at least one query/);
    const broken = results.map((one, i) =>
      i === 7 && one.sides.blend ? { ...one, sides: { blend: { ...one.sides.blend, spread: Number.NaN } } } : one,
    );
    expect(() => summarise(broken, INFO)).toThrow(/NaN as spread of blend for query 'q7'/);
  });
});
