import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { inBox, wrapLon } from '../../../src/geo/box.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { blend } from '../../../src/locate/blend.js';
import { DEFAULT_PROFILE } from '../../../src/locate/blend-profile.js';
import { type Hints, HintTest } from '../../../src/locate/hints.js';
import type { Located } from '../../../src/locate/judge.js';
import type { LocatorAnswer } from '../../../src/locate/locate-answer.js';
import { Locator } from '../../../src/locate/locator.js';
import { retrievalWeights, sameSpotShare } from '../../../src/locate/retrieve.js';
import { FakeReferences } from '../../support/fake-references.js';
import { levelsUpTo } from '../../support/levels-up-to.js';
import { gazetteerOf, indexOf, TOY_DIMENSION, type ToyWorld, toyWorld, turned } from '../../support/toy-world.js';

const LOGIT_SCALE = 20;
const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const iso2s = fc.constantFrom('AA', 'AB', 'AC', 'AD', 'AE', 'AN');
/** Half degrees and a part of one: boxes' edges never run through a hinted point, where rounding would decide. */
const halves = (min: number, max: number, part: number) =>
  fc.integer({ min: 2 * min, max: 2 * max - 1 }).map((n) => n / 2 + part);
const boxes = fc
  .record({
    west: halves(-180, 180, 0.01),
    width: halves(1, 358, 0),
    south: halves(-89, 0, 0.01),
    height: halves(1, 88, 0),
  })
  .map(({ west, width, south, height }) => ({ west, east: wrapLon(west + width), south, north: south + height }));
const nears = fc.record({
  lat: halves(-90, 90, 0.26),
  lon: halves(-180, 180, 0.26),
  uncertaintyKm: fc.double({ min: 5, max: 3000, noNaN: true }),
});
const someHints: fc.Arbitrary<Hints> = fc.oneof(
  fc.record({ country: fc.uniqueArray(iso2s, { minLength: 1, maxLength: 3 }) }),
  fc.record({ excludeCountry: fc.uniqueArray(iso2s, { minLength: 1, maxLength: 3 }) }),
  fc.record({ bbox: boxes }),
  fc.record({ excludeBbox: boxes }),
  fc.record({ near: nears }),
  fc.record({ near: nears, excludeCountry: fc.tuple(iso2s), excludeBbox: boxes }),
);

function locatorOf(world: ToyWorld, profile = DEFAULT_PROFILE): Locator {
  return new Locator(indexOf(world), world.captions, gazetteerOf(world), LOGIT_SCALE, { profile });
}

async function judged(world: ToyWorld, hints: Hints | undefined, overrides = {}): Promise<Located> {
  const locator = locatorOf(world);
  const query = { vector: world.query, ...(hints && { hints }) };
  return locator.judge(query, await locator.retrieve(query), overrides);
}

const timeless = ({ took_ms: _, ...answer }: LocatorAnswer) => answer;
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

/** h(x) by its definition, over distances. */
function slowFactor(hints: Hints, point: GeoPoint, iso2: string | null): number {
  const { country, excludeCountry, bbox, excludeBbox, near } = hints;
  const allowed =
    (!country || (iso2 !== null && country.includes(iso2))) &&
    (!excludeCountry || iso2 === null || !excludeCountry.includes(iso2)) &&
    (!bbox || inBox(bbox, point)) &&
    (!excludeBbox || !inBox(excludeBbox, point));
  if (!allowed) return 0.001;
  if (!near) return 1;
  const kappa = (6371 / near.uncertaintyKm) ** 2;
  return 0.001 + 0.999 * Math.exp(kappa * (Math.cos(distanceKm(near, point) / 6371) - 1));
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] as number))));
}

describe('hints', () => {
  it('multiply the probability of each point by their factor, in the blend and in each side alone', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, someHints, async (seed, hints) => {
        const world = toyWorld(seed);
        const { support, groups, notIndexed, profile, posterior, retrievalAlone, captionsAlone } = await judged(
          world,
          hints,
        );
        const gazetteer = gazetteerOf(world);
        const cosines = groups.map((g) => g.representative.score);
        const weights = retrievalWeights(cosines, profile.retrieval);
        const sameSpot = sameSpotShare(cosines, profile.retrieval.same_spot);
        const plain = blend(support, weights, { notIndexed, sameSpot }, profile, ({ place }) =>
          Math.max(3, (gazetteer.spreadKm(place.id) ?? 0) / Math.SQRT2),
        );
        const factors = support.points.map((point, j) => slowFactor(hints, point, support.iso2[j] ?? null));
        const hinted = (mass: Float64Array) => {
          const whole = sum(mass.map((p, j) => p * (factors[j] as number)));
          return mass.map((p, j) => (p * (factors[j] as number)) / whole);
        };
        expect(largestDifference(posterior.probability, hinted(plain.probability))).toBeLessThan(1e-9);
        expect(sum(posterior.probability)).toBeCloseTo(1, 10);
        expect(
          largestDifference(retrievalAlone?.probability ?? [], hinted(plain.retrieval as Float64Array)),
        ).toBeLessThan(1e-9);
        expect(
          largestDifference(captionsAlone?.probability ?? [], hinted(plain.captions as Float64Array)),
        ).toBeLessThan(1e-9);
      }),
      { numRuns: 20 },
    );
  });

  it('that say nothing change nothing', async () => {
    const world = toyWorld(7);
    const locator = locatorOf(world);
    const plain = timeless(await locator.locate({ vector: world.query }));
    expect(plain.hints).toBeNull();
    expect(timeless(await locator.locate({ vector: world.query, hints: {} }))).toEqual(plain);
    const all: Hints = { bbox: { west: -180, south: -90, east: 180, north: 90 } };
    const { hints, ...whole } = timeless(await locator.locate({ vector: world.query, hints: all }));
    expect(whole).toEqual({ ...plain, hints: undefined });
    expect(hints).toMatchObject({ agreeing_mass_without: 1, changed: false });
  });

  it('turn with the world', async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        someHints,
        fc.oneof(fc.constantFrom(180, 90, 359.5), fc.double({ min: -360, max: 360, noNaN: true })),
        async (seed, hints, by) => {
          const world = toyWorld(seed);
          const turn = (lon: number) => wrapLon(lon + by);
          const box = (b: Hints['bbox']) => b && { ...b, west: turn(b.west), east: turn(b.east) };
          const still = await judged(world, hints);
          const moved = await judged(turned(world, by), {
            ...hints,
            ...(hints.bbox && { bbox: box(hints.bbox) as typeof hints.bbox }),
            ...(hints.excludeBbox && { excludeBbox: box(hints.excludeBbox) as typeof hints.excludeBbox }),
            ...(hints.near && { near: { ...hints.near, lon: turn(hints.near.lon) } }),
          });
          expect(largestDifference(moved.posterior.probability, still.posterior.probability)).toBeLessThan(1e-8);
          const away = still.support.points.map(({ lat, lon }, j) =>
            distanceKm(moved.support.points[j] ?? { lat: -lat, lon }, { lat, lon: turn(lon) }),
          );
          expect(Math.max(...away)).toBeLessThan(1e-4);
          expect(moved.candidates.map((c) => c.at)).toEqual(still.candidates.map((c) => c.at));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('always find a point of the support where they hold, at most 200 points in all', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, someHints, async (seed, hints) => {
        const small = { ...toyWorld(seed), references: toyWorld(seed).references.slice(0, 3) };
        const { support } = await judged(small, hints);
        const fits = (test: (point: GeoPoint, iso2: string | null) => boolean) =>
          support.points.some((point, j) => test(point, support.iso2[j] ?? null));
        const { country, bbox, near } = hints;
        if (country) for (const iso2 of country) expect(fits((_, own) => own === iso2)).toBe(true);
        if (bbox) expect(fits((point) => inBox(bbox, point))).toBe(true);
        if (near) expect(fits((point) => distanceKm(point, near) <= near.uncertaintyKm)).toBe(true);
        expect(support.points.length).toBeLessThanOrEqual(200);
      }),
      { numRuns: 30 },
    );
  });

  it('give up to half of the groups to neighbours where they hold, of the best of the others', async () => {
    const world = toyWorld(11, { countries: 14, citiesPerCountry: 20, perCity: 1 });
    const references = world.references.map((r) => ({ ...r, sequence: null }));
    const locator = locatorOf({ ...world, references });
    const plain = await locator.retrieve({ vector: world.query });
    const counts = new Map<string, number>();
    for (const { representative: r } of plain.groups) counts.set(r.iso2 ?? '', (counts.get(r.iso2 ?? '') ?? 0) + 1);
    const [iso2] = [...counts].sort((a, b) => a[1] - b[1])[0] as [string, number];
    const hinted = await locator.retrieve({ vector: world.query, hints: { country: [iso2] } });
    expect(hinted.groups).toEqual(plain.groups);
    const ids = (hinted.hinted ?? []).map((g) => g.representative.id);
    expect(new Set(ids).size).toBe(100);
    const own = references.filter((r) => r.iso2 === iso2).map((r) => r.id);
    expect(own.length).toBeGreaterThan(counts.get(iso2) as number);
    for (const id of own) expect(ids).toContain(id);
    const others = plain.groups.map((g) => g.representative).filter((r) => r.iso2 !== iso2);
    expect(ids.filter((id) => !own.includes(id))).toEqual(others.slice(0, 100 - own.length).map((r) => r.id));
    const scores = (hinted.hinted ?? []).map((g) => g.representative.score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    // Half fit by themselves: there is nothing to search for.
    const wide = await locator.retrieve({ vector: world.query, hints: { excludeCountry: [iso2] } });
    expect(wide.hinted).toEqual(plain.groups);
  });

  it('of a place that nothing speaks for do not hide that: the answer says so', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, iso2s, async (seed, iso2) => {
        const world = toyWorld(seed);
        const locator = locatorOf(world, { ...DEFAULT_PROFILE, calibration: null });
        const plain = await locator.locate({ vector: world.query });
        const hinted = await locator.locate({ vector: world.query, hints: { country: [iso2] } });
        const seen = hinted.hints;
        expect(seen?.given).toEqual({ country: [iso2] });
        expect(seen?.without).toEqual({ point: plain.candidates[0]?.point, place: plain.candidates[0]?.place });
        const moved = distanceKm(plain.candidates[0]?.point as GeoPoint, hinted.candidates[0]?.point as GeoPoint);
        expect(seen?.changed).toBe(moved > 0.025);
        const located = await judged(world, undefined);
        const mass = sum(located.posterior.probability.map((p, j) => (located.support.iso2[j] === iso2 ? p : 0)));
        expect(seen?.agreeing_mass_without).toBeCloseTo(mass, 5);
        if (mass < 0.0099) {
          expect(hinted.confident).toBe(false);
          expect(hinted.reason).toMatch(/^The hints go against the evidence: without them 0\.\d\d %/);
        } else if (mass > 0.0101) expect(hinted.reason).not.toContain('go against the evidence');
      }),
      { numRuns: 15 },
    );
  });

  it('take the calibration away, which was made without them', async () => {
    const world = toyWorld(3);
    const bin = { spread_edges: [], radius_50: [2], radius_90: [2], draws_50: [], draws_90: [] };
    const calibration = {
      ...{ not_indexed_edges: [], bins: [bin], levels: levelsUpTo(1), queries: 9, authors: 9 },
    };
    const locator = locatorOf(world, { ...DEFAULT_PROFILE, calibration });
    const plain = await locator.locate({ vector: world.query });
    expect(plain).toMatchObject({ calibrated: true, verdict: { unchecked: null } });
    const hinted = await locator.locate({ vector: world.query, hints: { country: ['AA'] } });
    expect(hinted).toMatchObject({
      ...{ calibrated: false, confident: false },
      verdict: { word: 'not_checked', unchecked: 'hints', sentence: expect.stringMatching(/hints/) },
    });
    expect(hinted.candidates[0]?.radius_is).toBe('uncalibrated');
  });

  it.each([
    ['a country that is none', { country: ['ZZ'] }, 'hint_country_unknown'],
    ['an excluded country that is none', { excludeCountry: ['ZZ'] }, 'hint_country_unknown'],
    ['a country that is excluded too', { country: ['AA'], excludeCountry: ['AB', 'AA'] }, 'hints_contradictory'],
  ])('are refused for %s', async (_name, hints, code) => {
    const world = toyWorld(3);
    await expect(locatorOf(world).locate({ vector: world.query, hints })).rejects.toMatchObject({
      ...{ code, family: 'caller' },
    });
  });

  it('stay within the query’s own filter and exclusions', async () => {
    const world = toyWorld(13, { countries: 14, citiesPerCountry: 20, perCity: 1 });
    const index = new FakeReferences(TOY_DIMENSION, world.references);
    const locator = new Locator(index, world.captions, gazetteerOf(world), LOGIT_SCALE);
    const filter = { exclude: { country: ['AB'], author: ['author 1'] } };
    const hints = { country: ['AA', 'AB'], excludeCountry: ['AC'] };
    const { hinted = [] } = await locator.retrieve({ vector: world.query, filter, hints });
    expect(hinted.filter((g) => g.representative.iso2 === 'AA').length).toBeGreaterThan(3);
    for (const { representative: r } of hinted) {
      expect(r.iso2).not.toBe('AB');
      expect(r.author).not.toBe('author 1');
    }
    expect(HintTest.of(hints)?.narrow(filter)).toEqual({
      country: ['AA', 'AB'],
      exclude: { country: ['AB', 'AC'], author: ['author 1'] },
    });
  });
});
