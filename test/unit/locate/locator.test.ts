import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { toUnitVector, type UnitVector } from '../../../src/domain/unit-vector.js';
import { wrapLon } from '../../../src/geo/box.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { vmfLogDensity } from '../../../src/geo/von-mises-fisher.js';
import { type BlendOverrides, DEFAULT_PROFILE } from '../../../src/locate/blend-profile.js';
import type { Located } from '../../../src/locate/judge.js';
import type { LocatorAnswer } from '../../../src/locate/locate-answer.js';
import { type LocateQuery, Locator } from '../../../src/locate/locator.js';
import { retrievalWeights, sameSpotShare } from '../../../src/locate/retrieve.js';
import type { SelfSimilarity } from '../../../src/references/summaries.js';
import { FakeCaptions } from '../../support/fake-captions.js';
import { type FakeReference, FakeReferences } from '../../support/fake-references.js';
import { levelsUpTo } from '../../support/levels-up-to.js';
import {
  gazetteerOf,
  indexOf,
  seeded,
  TOY_DIMENSION,
  type ToyWorld,
  toyWorld,
  turned,
} from '../../support/toy-world.js';

const LOGIT_SCALE = 20;
const calibration = {
  not_indexed_edges: [],
  bins: [{ spread_edges: [0.5], radius_50: [1.1, 1.5], radius_90: [1.2, 2], draws_50: [], draws_90: [] }],
  ...{ levels: levelsUpTo(0.4), queries: 900, authors: 300 },
};
const seeds = fc.integer({ min: 0, max: 2 ** 31 });

function locatorOf(world: ToyWorld, profile = DEFAULT_PROFILE): Locator {
  return new Locator(indexOf(world), world.captions, gazetteerOf(world), LOGIT_SCALE, { profile });
}

async function judged(world: ToyWorld, overrides: BlendOverrides = {}): Promise<Located> {
  const locator = locatorOf(world);
  const query = { vector: world.query };
  return locator.judge(query, await locator.retrieve(query), overrides);
}

function timeless({ took_ms: _, ...answer }: LocatorAnswer): Omit<LocatorAnswer, 'took_ms'> {
  return answer;
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}

const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

describe('a located query, whatever the world', () => {
  it('turns with the world', async () => {
    const degrees = fc.oneof(fc.constantFrom(180, -180, 90, 359.5), fc.double({ min: -360, max: 360, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(seeds, degrees, async (seed, by) => {
        const world = toyWorld(seed);
        const still = await judged(world);
        const moved = await judged(turned(world, by));
        expect(moved.candidates.length).toBe(still.candidates.length);
        const away = still.support.points.map(({ lat, lon }, j) =>
          distanceKm(moved.support.points[j] ?? { lat: -lat, lon }, { lat, lon: wrapLon(lon + by) }),
        );
        expect(Math.max(...away)).toBeLessThan(1e-4);
        expect(largestDifference(moved.posterior.probability, still.posterior.probability)).toBeLessThan(1e-8);
        still.candidates.forEach((candidate, c) => {
          expect(moved.candidates[c]?.at).toBe(candidate.at);
          expect(moved.candidates[c]?.probability).toBeCloseTo(candidate.probability, 8);
          expect(Math.abs((moved.candidates[c]?.radius90Km ?? -1) - candidate.radius90Km)).toBeLessThan(1e-5);
        });
        expect(moved.spread).toBeCloseTo(still.spread, 8);
      }),
      { numRuns: 10 },
    );
  });

  it('has probabilities that sum to 1, and candidates that share out at most that', async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        async (seed, alpha, beta) => {
          const { posterior, candidates, scores } = await judged(toyWorld(seed), { alpha, beta });
          expect(sum(posterior.probability)).toBeCloseTo(1, 10);
          expect(sum(posterior.retrieval ?? [])).toBeCloseTo(1, 10);
          expect(sum(posterior.captions ?? [])).toBeCloseTo(1, 10);
          expect(sum(candidates.map((c) => c.probability))).toBeLessThanOrEqual(1 + 1e-12);
          for (const candidate of candidates.slice(1)) expect(candidate.probability).toBeGreaterThanOrEqual(0.01);
          expect(sum(scores?.countries ?? [])).toBeCloseTo(1, 10);
          expect(sum(scores?.rests ?? []) + sum(scores?.cityMass ?? [])).toBeCloseTo(1, 10);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('is retrieval alone at (1, 0, 0) and captions alone at (0, 1, 0), exactly, and nearly so beside them', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = toyWorld(seed);
        const retrieval = await judged(world, { alpha: 1, beta: 0, gamma: 0 });
        expect(retrieval.posterior.probability).toEqual(retrieval.posterior.retrieval);
        expect(retrieval.candidates[0]?.at).toBe(retrieval.retrievalAlone?.candidates[0]?.at);
        const captions = await judged(world, { alpha: 0, beta: 1, gamma: 0 });
        expect(captions.posterior.probability).toEqual(captions.posterior.captions);
        expect(captions.candidates[0]?.at).toBe(captions.captionsAlone?.candidates[0]?.at);
        const nearly = await judged(world, { alpha: 1, beta: 1e-9, gamma: 0 });
        expect(largestDifference(nearly.posterior.probability, retrieval.posterior.probability)).toBeLessThan(1e-6);
      }),
      { numRuns: 10 },
    );
  });

  it('has sides that are what retrieval alone and captions alone are judged to be, whatever the utility', async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        fc.constantFrom(...(['default', 'geoscore', 'distance'] as const)),
        async (seed, utility) => {
          const world = toyWorld(seed);
          const profile = { ...DEFAULT_PROFILE, decision: { ...DEFAULT_PROFILE.decision, utility }, calibration };
          const locator = locatorOf(world, profile);
          const query = { vector: world.query };
          const retrieved = await locator.retrieve(query);
          const sides = locator.judgeSides(query, retrieved, locator.scoreCaptions(query, retrieved));
          const blend = locator.judge(query, retrieved);
          expect([sides.blend.candidates, sides.blend.spread]).toEqual([blend.candidates, blend.spread]);
          expect(sides.blend.candidates[0]?.radiusIs).toBe('calibrated');
          for (const [side, alpha, beta] of [
            [sides.retrieval, 1, 0],
            [sides.captions, 0, 1],
          ] as const) {
            const { posterior, candidates, spread } = locator.judge(query, retrieved, { alpha, beta, gamma: 0 });
            expect(side).toEqual({ probability: posterior.probability, candidates: candidates.slice(0, 1), spread });
          }
        },
      ),
      { numRuns: 10 },
    );
  });

  it('is the same from a locator of another profile as from one made for it', async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.double({ min: 0.5, max: 20, noNaN: true }),
        async (seed, population_exponent, bias_countries) => {
          const world = toyWorld(seed);
          const captions = { ...DEFAULT_PROFILE.captions, population_exponent, bias_countries };
          const profile = { ...DEFAULT_PROFILE, captions, blend: { ...DEFAULT_PROFILE.blend, beta: 1 } };
          const query: LocateQuery = { vector: world.query, filter: { exclude: { ids: ['r0-0'] } } };
          const first = locatorOf(world);
          const before = timeless(await first.locate(query));
          const other = timeless(await first.withProfile(profile).locate(query));
          expect(other).toEqual(timeless(await locatorOf(world, profile).locate(query)));
          expect(timeless(await first.locate(query))).toEqual(before);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('answers with the best point of the support, found by brute force', async () => {
    const formulas = {
      default: (d: number) => sum([1, 25, 200, 750, 2500].map((r) => 1 / (1 + (d / r) ** 4))) / 5,
      geoscore: (d: number) => Math.exp(-d / 1492.7),
      distance: (d: number) => -d,
    };
    await fc.assert(
      fc.asyncProperty(
        seeds,
        fc.constantFrom(...(['default', 'geoscore', 'distance'] as const)),
        async (seed, utility) => {
          const located = await judged(toyWorld(seed), { utility });
          const { points } = located.support;
          const worth = (name: keyof typeof formulas) =>
            points.map((x) =>
              sum(
                points.map((y, j) => (located.posterior.probability[j] as number) * formulas[name](distanceKm(x, y))),
              ),
            );
          const all = worth(utility);
          expect(all[located.candidates[0]?.at as number]).toBeGreaterThanOrEqual(Math.max(...all) - 1e-6);
          expect(located.spread).toBeCloseTo(1 - Math.max(...worth('default')), 6);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('counts a place that is also a neighbour once', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = toyWorld(seed);
        const onTop = world.references.map((r) => {
          const city = world.places.find((place) => place.level === 'city' && place.iso2 === r.iso2);
          return { ...r, point: city?.point ?? r.point };
        });
        const { support, posterior } = await judged({ ...world, references: onTop });
        const apart = support.points.flatMap((a, i) => support.points.slice(i + 1).map((b) => distanceKm(a, b)));
        expect(Math.min(...apart)).toBeGreaterThan(0.025);
        expect(support.points.length).toBeLessThanOrEqual(200);
        expect(sum(posterior.probability)).toBeCloseTo(1, 10);
      }),
      { numRuns: 10 },
    );
  });

  it('is not changed by more members of a group, nor by the order of the index', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = toyWorld(seed);
        const random = seeded(seed);
        const judge = async (references: ToyWorld['references']) => {
          const index = new FakeReferences(TOY_DIMENSION, references);
          const locator = new Locator(index, null, gazetteerOf(world), LOGIT_SCALE);
          return locator.judge({ vector: world.query }, await locator.retrieve({ vector: world.query }));
        };
        const before = await judge(world.references);
        const members = before.groups.flatMap(({ representative }, g) => {
          const own = world.references.find((r) => r.id === representative.id) as FakeReference;
          // A step away from the query: less alike than the representative, as members are.
          const away = own.vector.map((v, i) => v - (0.01 + random()) * (world.query[i] as number));
          return { ...own, id: `${own.id}+${g}`, vector: toUnitVector(away) };
        });
        const after = await judge([...members, ...world.references].sort(() => random() - 0.5));
        expect(after.groups.map((g) => g.representative)).toEqual(before.groups.map((g) => g.representative));
        expect(sum(after.groups.map((g) => g.size))).toBeGreaterThan(sum(before.groups.map((g) => g.size)));
        expect(after.posterior.probability).toEqual(before.posterior.probability);
        expect(after.candidates).toEqual(before.candidates);
      }),
      { numRuns: 10 },
    );
  });

  it('answers a copy of an indexed picture at its own place, however many of its town there are', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = toyWorld(seed, { countries: 12, citiesPerCountry: 3, perCity: 8 });
        const random = seeded(seed + 1);
        const references = world.references.map((one) => ({ ...one, sequence: null }));
        const locator = locatorOf({ ...world, references });
        for (let n = 0; n < 4; n++) {
          const own = references[Math.floor(random() * references.length)] as FakeReference;
          const vector = toUnitVector(own.vector.map((value) => value + 0.01 * (random() - 0.5)));
          const [best] = (await locator.locate({ vector })).candidates;
          expect(distanceKm(best?.point as GeoPoint, own.point)).toBeLessThan(1);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('gives the same answer whatever else was asked before or meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = toyWorld(seed);
        const fresh = timeless(await locatorOf(world).locate({ vector: world.query }));
        const busy = locatorOf(world);
        const others = world.references
          .slice(0, 8)
          .map((r) => ({ vector: r.vector, filter: { exclude: { ids: [r.id] } } }));
        const answers = await Promise.all([...others, { vector: world.query }, ...others].map((q) => busy.locate(q)));
        expect(timeless(answers[others.length] as LocatorAnswer)).toEqual(fresh);
      }),
      { numRuns: 10 },
    );
  });
});

describe('exclusions', () => {
  it('leave an answer as if the excluded had never been indexed: neighbours and captions', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = toyWorld(seed);
        const author = world.references[0]?.author as string;
        const query: LocateQuery = { vector: world.query, filter: { exclude: { author: [author], ids: ['r4-0'] } } };
        const excluding = await locatorOf(world).locate(query);
        const rest = world.references.filter((r) => r.author !== author && r.id !== 'r4-0');
        const without = await locatorOf({ ...world, references: rest }).locate({ vector: world.query });
        expect(excluding.neighbours).toEqual(without.neighbours);
        expect(excluding.candidates.map((c) => c.point)).toEqual(without.candidates.map((c) => c.point));
        expect(excluding.captions).toEqual(without.captions);
        expect(excluding.spread).toBe(without.spread);
      }),
      { numRuns: 10 },
    );
  });

  it('take away what lies near, and leave a filter to the index', async () => {
    const world = toyWorld(3);
    const point = world.references[0]?.point as { lat: number; lon: number };
    const { neighbours } = await locatorOf(world).locate(
      { vector: world.references[0]?.vector as UnitVector, filter: { exclude: { near: { ...point, km: 500 } } } },
      { neighbours: 100 },
    );
    expect(neighbours.length).toBeGreaterThan(5);
    for (const neighbour of neighbours) expect(distanceKm(neighbour.point, point)).toBeGreaterThan(500);
    const only = await locatorOf(world).locate(
      { vector: world.query, filter: { country: ['AB'] } },
      { neighbours: 100 },
    );
    const inside = new Set(world.references.filter((r) => r.iso2 === 'AB').map((r) => r.id));
    expect(new Set(only.neighbours.map((n) => n.id))).toEqual(inside);
  });

  it('still find a hundred groups behind a drive of three thousand frames', async () => {
    const world = toyWorld(11, { countries: 14, citiesPerCountry: 20, perCity: 1 });
    const frames = Array.from({ length: 3_000 }, (_, i) => ({
      ...{ id: `frame${i}`, vector: world.query, point: { lat: 10, lon: 10 + i / 1000 } },
      sequence: 'the drive',
    }));
    const index = new FakeReferences(TOY_DIMENSION, [
      ...world.references.map((r) => ({ ...r, sequence: null })),
      ...frames,
    ]);
    const locator = new Locator(index, world.captions, gazetteerOf(world), LOGIT_SCALE);
    const seen = await locator.retrieve({ vector: world.query });
    expect(seen.groups.length).toBe(100);
    expect(seen.groups[0]?.representative.id).toBe('frame0');
    expect(seen.groups[0]?.size).toBeGreaterThan(2_000);
    const hidden = await locator.retrieve({ vector: world.query, filter: { exclude: { sequence: ['the drive'] } } });
    expect(hidden.groups.length).toBe(100);
    expect(hidden.groups.some((g) => g.representative.sequence === 'the drive')).toBe(false);
  });
});

describe('an index that may not have shown everything', () => {
  it('has the answer say so', async () => {
    const world = toyWorld(3);
    const index = indexOf(world);
    const degraded = Object.assign(Object.create(index) as typeof index, {
      neighbours: async (...asked: Parameters<typeof index.neighbours>) =>
        Object.assign([...(await index.neighbours(...asked))], { incomplete: 'degraded' as const }),
    });
    const reading = Object.assign(Object.create(index) as typeof index, { reader: degraded });
    const locator = new Locator(reading, world.captions, gazetteerOf(world), LOGIT_SCALE);
    expect((await locator.locate({ vector: world.query })).incomplete).toBe('degraded');
    expect(await locatorOf(world).locate({ vector: world.query })).not.toHaveProperty('incomplete');
  });
});

describe('a world with little in it', () => {
  const world = toyWorld(5);

  it('lets captions speak alone over an empty index', async () => {
    const locator = new Locator(new FakeReferences(TOY_DIMENSION, []), world.captions, gazetteerOf(world), LOGIT_SCALE);
    const answer = await locator.locate({ vector: world.query });
    expect(answer.neighbours).toEqual([]);
    expect(answer.blend.retrieval_alone).toBeNull();
    expect(answer.blend.not_indexed_probability).toBe(1);
    expect(answer.candidates[0]?.because.retrieval_nats).toBe(0);
    const quiet = await locator.locate({ vector: world.query }, { overrides: { alpha: 0 } });
    expect(quiet.candidates).toEqual(answer.candidates);
  });

  it('lets neighbours speak alone without captions', async () => {
    const answer = await new Locator(indexOf(world), null, gazetteerOf(world), LOGIT_SCALE).locate({
      vector: world.query,
    });
    expect(answer.captions).toEqual([]);
    expect(answer.blend.captions_alone).toBeNull();
    expect(answer.blend.retrieval_alone).not.toBeNull();
    expect(answer.candidates[0]?.because.captions_nats).toBe(0);
  });

  it('answers from a single reference', async () => {
    const [only] = world.references;
    const index = new FakeReferences(TOY_DIMENSION, only ? [only] : []);
    const answer = await new Locator(index, null, gazetteerOf(world), LOGIT_SCALE).locate({ vector: world.query });
    expect(answer.candidates).toHaveLength(1);
    expect(answer.candidates[0]?.probability).toBe(1);
    expect(answer.spread).toBeCloseTo(0, 10);
  });

  it('falls back on the prior when what was asked for is not there', async () => {
    const located = async (captions: FakeCaptions | null, overrides: BlendOverrides) => {
      const index = new FakeReferences(TOY_DIMENSION, captions ? [] : world.references);
      const locator = new Locator(index, captions, gazetteerOf(world), LOGIT_SCALE);
      const query = { vector: world.query };
      return locator.judge(query, await locator.retrieve(query), overrides);
    };
    const retrieval = await located(world.captions, { alpha: 1, beta: 0, gamma: 0 });
    expect(retrieval.posterior.probability).toEqual(retrieval.support.prior);
    const captions = await located(null, { alpha: 0, beta: 1, gamma: 0 });
    expect(captions.posterior.probability).toEqual(captions.support.prior);
  });

  it('says so when there is nothing to judge by', async () => {
    const empty = new FakeReferences(TOY_DIMENSION, []);
    for (const captions of [null, new FakeCaptions(TOY_DIMENSION, [])]) {
      const locator = new Locator(empty, captions, gazetteerOf(world), LOGIT_SCALE);
      await expect(locator.locate({ vector: world.query })).rejects.toMatchObject({ code: 'nothing_to_locate_with' });
    }
  });
});

describe('hard cases', () => {
  it('survives a query that equals everything, all in one spot, at the poles and on both sides of 180°', async () => {
    const world = toyWorld(9);
    const spots = [
      { lat: 90, lon: 0 },
      { lat: 90, lon: 77 },
      { lat: -90, lon: -180 },
      { lat: 12, lon: 180 },
      { lat: 12, lon: -180 },
      { lat: 12, lon: -180 },
    ];
    const references = spots.map((point, i) => ({ id: `s${i}`, vector: world.query, point, iso2: null }));
    const located = await judged({ ...world, references }, { alpha: 1, beta: 0, gamma: 0 });
    expect(located.groups.map((g) => [g.representative.id, g.size])).toEqual([
      ['s0', 2],
      ['s2', 1],
      ['s3', 3],
    ]);
    expect(sum(located.posterior.probability)).toBeCloseTo(1, 10);
  });

  it('stays finite at extreme temperatures and exponents', async () => {
    const world = toyWorld(21);
    for (const t of [1e-9, 1e9]) {
      const profile = {
        ...DEFAULT_PROFILE,
        retrieval: { ...DEFAULT_PROFILE.retrieval, temperature: t },
        captions: { ...DEFAULT_PROFILE.captions, temperature: { country: t, region: t, city: t } },
      };
      for (const overrides of [{}, { alpha: 20, beta: 20, gamma: 20 }, { alpha: 0, beta: 0, gamma: 0 }]) {
        const answer = await locatorOf(world, profile).locate({ vector: world.query }, { overrides });
        expect(answer.candidates.length).toBeGreaterThan(0);
        expect(answer.spread).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('stops at a number that is not finite, with the stage in the code', async () => {
    const world = toyWorld(2);
    const bad = new Float32Array(TOY_DIMENSION).fill(Number.NaN) as UnitVector;
    await expect(locatorOf(world).locate({ vector: bad })).rejects.toMatchObject({ code: 'not_finite' });
    const sick = world.references.map((r, i) => (i === 3 ? { ...r, vector: bad } : r));
    await expect(locatorOf({ ...world, references: sick }).locate({ vector: world.query })).rejects.toMatchObject({
      code: 'not_finite',
    });
    const mute = new FakeCaptions(TOY_DIMENSION, [{ caption: { id: 'AB', level: 'country', text: 'x' }, vector: bad }]);
    await expect(
      new Locator(indexOf(world), mute, gazetteerOf(world), LOGIT_SCALE).locate({ vector: world.query }),
    ).rejects.toMatchObject({ code: 'not_finite' });
  });

  it('refuses a query of another model', async () => {
    const world = toyWorld(2);
    const short = toUnitVector([1, 2, 3]);
    await expect(locatorOf(world).locate({ vector: short })).rejects.toMatchObject({ code: 'dimension_mismatch' });
  });
});

describe('an answer', () => {
  it('names what each candidate rests on, and lists all of it', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = toyWorld(seed);
        const answer = await locatorOf(world).locate({ vector: world.query }, { neighbours: 0, captions: 0 });
        const neighbours = new Set(answer.neighbours.map((n) => n.id));
        const captions = new Set(answer.captions.map((c) => c.id));
        for (const { because } of answer.candidates) {
          for (const id of because.neighbours) expect(neighbours).toContain(id);
          for (const id of because.captions) expect(captions).toContain(id);
        }
        expect(new Set(answer.candidates.flatMap((c) => c.because.neighbours)).size).toBe(neighbours.size);
      }),
      { numRuns: 10 },
    );
  });

  it('gives each witness its share of what its side puts on the candidate, by the formula', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = toyWorld(seed);
        const [answer, located] = [await locatorOf(world).locate({ vector: world.query }), await judged(world)];
        const { support, groups, posterior, notIndexed, profile } = located;
        const gazetteer = gazetteerOf(world);
        answer.candidates.forEach(({ because }, c) => {
          const at = located.candidates[c]?.at as number;
          const point = support.points[at] as GeoPoint;
          const ids = (kind: string) => because.witnesses.filter((w) => w.kind === kind).map((w) => w.id);
          expect(ids('neighbour')).toEqual(because.neighbours);
          expect(ids('caption')).toEqual(because.captions);
          for (const kind of ['neighbour', 'caption']) {
            const shares = because.witnesses.filter((w) => w.kind === kind).map((w) => w.share);
            expect(sum(shares)).toBeLessThanOrEqual(1.001);
            for (const share of shares) expect(share).toBeGreaterThanOrEqual(0.05);
          }
          for (const { kind, id, share, score, distance_km } of because.witnesses) {
            if (kind === 'caption') {
              const place = gazetteer.place(id);
              expect(score).toBeNull();
              if (place?.level !== 'country') {
                expect(distance_km).toBeCloseTo(distanceKm(point, place?.point as GeoPoint), 2);
              }
              continue;
            }
            const g = groups.findIndex(({ representative }) => representative.id === id);
            const own = groups[g]?.representative;
            expect(score).toBeCloseTo(own?.score as number, 6);
            expect(distance_km).toBeCloseTo(distanceKm(point, own?.point as GeoPoint), 2);
            // w_i R_ij, from scratch: the group's kernel at the point over the kernel's sum over the support.
            const weights = retrievalWeights(
              groups.map(({ representative }) => representative.score),
              profile.retrieval,
            );
            const kernel = (j: number) => {
              const km = distanceKm(own?.point as GeoPoint, support.points[j] as GeoPoint);
              const chord2 = (2 * Math.sin(km / 6371 / 2)) ** 2;
              const parts = profile.retrieval.scales_km.map(
                (sigma, k) => (profile.retrieval.scale_weights[k] as number) * Math.exp(vmfLogDensity(chord2, sigma)),
              );
              return sum(parts) * (support.area[j] as number);
            };
            const spread = kernel(at) / sum(support.points.map((_, j) => kernel(j)));
            // Of the first group a share stays within a kernel of its spot.
            const cosines = groups.map(({ representative }) => representative.score);
            const spot = g === 0 ? sameSpotShare(cosines, profile.retrieval.same_spot) : 0;
            const near = (j: number) => {
              const km = distanceKm(own?.point as GeoPoint, support.points[j] as GeoPoint);
              return Math.exp(-((km / 0.3) ** 2) / 2) * (support.area[j] as number);
            };
            const here = near(at) / sum(support.points.map((_, j) => near(j)));
            const part = (weights[g] as number) * ((1 - spot) * spread + spot * here);
            const expected = ((1 - notIndexed) * part) / (posterior.retrieval?.[at] as number);
            expect(share).toBeCloseTo(expected, 3);
          }
        });
      }),
      { numRuns: 8 },
    );
  });

  it('says what each side alone would answer, how sure, how far away, and whether it would change', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = toyWorld(seed);
        const locator = locatorOf(world);
        const query = { vector: world.query };
        const answer = await locator.locate(query);
        const sides = [
          [answer.blend.retrieval_alone, { alpha: 1, beta: 0, gamma: 0 }],
          [answer.blend.captions_alone, { alpha: 0, beta: 1, gamma: 0 }],
        ] as const;
        for (const [side, overrides] of sides) {
          const best = (await locator.locate(query, { overrides })).candidates[0];
          expect(side).toMatchObject({ point: best?.point, place: best?.place, probability: best?.probability });
          const km = distanceKm(best?.point as GeoPoint, answer.candidates[0]?.point as GeoPoint);
          expect(side?.distance_km).toBeCloseTo(km, 2);
          expect(side?.changes_answer).toBe(km > 0);
        }
      }),
      { numRuns: 8 },
    );
  });

  it('tells a query that looks like nothing in the index', async () => {
    const world = toyWorld(6);
    const [best] = (await locatorOf(world).locate({ vector: world.query })).neighbours;
    const score = best?.score as number;
    const covered = async (q05: number, quantiles: SelfSimilarity['quantiles']) => {
      const own = { q05, q25: q05 + 0.1, count: 200, quantiles };
      const index = new FakeReferences(TOY_DIMENSION, world.references, own);
      const locator = new Locator(index, world.captions, gazetteerOf(world), LOGIT_SCALE);
      return (await locator.locate({ vector: world.query })).index_coverage;
    };
    const around = [
      [0, score - 0.3],
      [0.2, score - 0.1],
      [0.4, score + 0.1],
      [1, score + 0.2],
    ] as const;
    const [seen, unseen] = [await covered(score - 0.2, around), await covered(score + 0.01, [])];
    expect(seen).toMatchObject({ best_score: score, covered: true });
    expect(seen?.quantile).toBeCloseTo(0.3, 3);
    expect(unseen).toEqual({ best_score: score, quantile: null, covered: false, reason: 'unlike' });
    const beyond = around.map(([share, cosine]) => [share, cosine + 1] as const);
    expect((await covered(score, beyond))?.quantile).toBe(0);
    expect(
      (
        await covered(
          score,
          beyond.map(([share, cosine]) => [share, cosine - 2] as const),
        )
      )?.quantile,
    ).toBe(1);
    const unknown = await locatorOf(world).locate({ vector: world.query });
    expect(unknown.index_coverage).toMatchObject({ quantile: null, covered: null, reason: 'too_few_scenes' });
  });

  it('follows the index: a reference that was added meanwhile speaks at once, also in the captions’ bias', async () => {
    const world = toyWorld(4);
    const index = indexOf({ ...world, references: world.references.slice(0, 40) });
    const locator = new Locator(index, world.captions, gazetteerOf(world), LOGIT_SCALE);
    const before = await locator.locate({ vector: world.query });
    index.replace(world.references);
    const after = await locator.locate({ vector: world.query });
    expect(timeless(after)).toEqual(timeless(await locatorOf(world).locate({ vector: world.query })));
    expect(timeless(after)).not.toEqual(timeless(before));
  });

  it('is not checked where nobody measured such answers, and says why', async () => {
    const world = toyWorld(8);
    const tuned = (levels: ReturnType<typeof levelsUpTo> | null) => ({
      ...DEFAULT_PROFILE,
      calibration: { ...calibration, levels },
    });
    for (const [profile, overrides, unchecked, said] of [
      [DEFAULT_PROFILE, {}, 'no_profile', /^Not checked: nobody has measured .*streetdex tune/],
      [tuned(levelsUpTo(1)), { alpha: 0.3 }, 'other_weights', /^Not checked: the evidence was weighted otherwise/],
      [tuned(null), {}, 'earlier_profile', /^Not checked: .*earlier version/],
    ] as const) {
      const { verdict, ...answer } = await locatorOf(world, profile).locate({ vector: world.query }, { overrides });
      expect(verdict).toMatchObject({ word: 'not_checked', unchecked, risk: null });
      expect(verdict.sentence).toMatch(said);
      expect(answer).toMatchObject({ confident: false, reason: verdict.sentence });
    }
  });

  it('is sure and likely only up to the profile’s spreads of the level that it names', async () => {
    // Of these worlds some answers name a country: nothing covers them, so that none names a town.
    const named = await Promise.all(
      Array.from({ length: 40 }, async (_, seed) => {
        const world = toyWorld(seed);
        return { world, answer: await locatorOf(world).locate({ vector: world.query }) };
      }),
    );
    const one = named.find(({ answer }) => answer.verdict.level === 'country');
    if (one === undefined) throw new Error('Expected an answer that names a country.');
    const { spread } = one.answer;
    const [above, below] = [Math.min(1, spread + 0.01), Math.max(0, spread - 0.01)];
    const asked = (sure: number | null, likely: number | null, level = 'country') =>
      locatorOf(one.world, {
        ...DEFAULT_PROFILE,
        calibration: { ...calibration, levels: { ...levelsUpTo(null), [level]: { sure, likely } } },
      }).locate({ vector: one.world.query });
    const sure = await asked(above, above);
    expect(sure.verdict).toMatchObject({ word: 'sure', risk: 0.05, unchecked: null });
    expect(sure.verdict.sentence).toMatch(/of 100 answers like this one, at most 5 are in another country/);
    expect(sure).toMatchObject({ confident: true, reason: null });
    const likely = await asked(below, above);
    expect(likely).toMatchObject({ confident: true, verdict: { word: 'likely', risk: 0.2 } });
    for (const unsure of [await asked(below, below), await asked(null, null), await asked(1, 1, 'town')]) {
      expect(unsure).toMatchObject({ confident: false, verdict: { word: 'unsure', level: 'country', risk: null } });
      expect(unsure.reason).toBe(unsure.verdict.sentence);
      expect(unsure.candidates).toEqual(sure.candidates);
    }
  });
});

describe('where the probability lies', () => {
  it('is told only where it is asked for, the likeliest place first, and holds the candidates', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = toyWorld(seed);
        const locator = locatorOf(world);
        expect(await locator.locate({ vector: world.query })).not.toHaveProperty('posterior');
        const { posterior = [], candidates } = await locator.locate({ vector: world.query }, { posterior: true });
        const shares = posterior.map(({ probability }) => probability);
        expect(shares).toEqual([...shares].sort((a, b) => b - a));
        expect(sum(shares)).toBeLessThanOrEqual(1 + 1e-3);
        expect(sum(shares)).toBeGreaterThan(0.5);
        const first = candidates[0]?.point as GeoPoint;
        const near = posterior.filter(({ point }) => distanceKm(point, first) <= 100);
        expect(sum(near.map(({ probability }) => probability))).toBeCloseTo(candidates[0]?.probability ?? 0, 1);
      }),
      { numRuns: 30 },
    );
  });
});
