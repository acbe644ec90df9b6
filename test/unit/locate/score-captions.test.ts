import { describe, expect, it } from '@jest/globals';
import type { Place } from '../../../src/domain/place.js';
import { toUnitVector, type UnitVector } from '../../../src/domain/unit-vector.js';
import { DEFAULT_PROFILE } from '../../../src/locate/blend-profile.js';
import { CaptionBias } from '../../../src/locate/caption-bias.js';
import { buildCaptionTree } from '../../../src/locate/caption-tree.js';
import { heaviestPlaces, scoreCaptions } from '../../../src/locate/score-captions.js';
import { FakeCaptions } from '../../support/fake-captions.js';
import { FakeGazetteer } from '../../support/fake-gazetteer.js';
import { seeded } from '../../support/toy-world.js';

const profile = DEFAULT_PROFILE.captions;
const DIMENSION = 16;
const axis = (i: number) => toUnitVector(Array.from({ length: DIMENSION }, (_, j) => (i === j ? 1 : 0)));

function place(id: string, level: Place['level'], iso2: string, population = 1, regionId: string | null = null): Place {
  const named = { name: id, region: regionId, country: iso2 };
  return { id, level, ...named, regionId, iso2, point: { lat: 0, lon: 0 }, population };
}

function setUp(places: readonly Place[], vectorOf: (place: Place) => UnitVector, split: readonly string[] = []) {
  const gazetteer = new FakeGazetteer(places, new Set(split));
  const captions = new FakeCaptions(
    DIMENSION,
    places.map((p) => ({ caption: { id: p.id, level: p.level, text: p.id }, vector: vectorOf(p) })),
  );
  return { captions, tree: buildCaptionTree(gazetteer, captions, profile.population_exponent) };
}

const regionsOf = (iso2: string, n: number) =>
  Array.from({ length: n }, (_, r) => place(`${iso2}.${r}`, 'region', iso2, (r + 1) * 1000));

describe('captions of a hierarchy', () => {
  it('give a country no more for being split into fifty regions', () => {
    const places = [place('AA', 'country', 'AA'), place('BB', 'country', 'BB'), ...regionsOf('AA', 50)];
    const { tree } = setUp(places, () => axis(0), ['AA']);
    const { countries, areas } = scoreCaptions(axis(0), tree, null, 100, profile);
    expect(countries[0]).toBeCloseTo(0.5, 12);
    expect(countries[1]).toBeCloseTo(0.5, 12);
    const shares = regionsOf('AA', 50).map((r) => Math.sqrt(r.population));
    const sum = shares.reduce((a, b) => a + b, 0);
    shares.forEach((share, r) => {
      expect(areas[r]).toBeCloseTo((0.5 * share) / sum, 12);
    });
  });

  it('compare levels of unlike temperatures by what tells captions apart', () => {
    const places = [place('AA', 'country', 'AA'), place('BB', 'country', 'BB'), ...regionsOf('AA', 5)];
    const { tree } = setUp(places, () => axis(0), ['AA']);
    const temperature = { country: 1, region: 3, city: 0.5 };
    const { countries } = scoreCaptions(axis(0), tree, null, 100, { ...profile, temperature });
    expect(countries[0]).toBeCloseTo(0.5, 12);
  });

  it('give cities their share by population and likeness, and keep a part for the rest of the area', () => {
    const cities = [place('AA:1', 'city', 'AA', 40_000), place('AA:2', 'city', 'AA', 10_000)];
    const { tree } = setUp([place('AA', 'country', 'AA'), ...cities], () => axis(0));
    const scores = scoreCaptions(axis(0), tree, null, 100, profile);
    expect(scores.rests[0]).toBeCloseTo(0.2, 12);
    expect(Array.from(scores.cityMass)).toEqual([expect.closeTo((0.8 * 2) / 3, 10), expect.closeTo(0.8 / 3, 10)]);
    expect(heaviestPlaces(tree, scores, 2).map((p) => [p.place.id, p.rest])).toEqual([
      ['AA:1', false],
      ['AA:2', false],
    ]);
    expect(heaviestPlaces(tree, scores, 2).reduce((sum, p) => sum + p.probability, 0)).toBeCloseTo(1, 12);
  });

  it('choose a quarter of the places by area and population, whatever their own captions say', () => {
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const random = seeded(seed);
      const countries = Array.from({ length: 6 }, (_, c) => place(`C${c}`, 'country', `C${c}`));
      const cities = countries.flatMap(({ iso2 }) =>
        Array.from({ length: 12 }, (_, i) => place(`${iso2}:${i}`, 'city', iso2, Math.round(1e4 + 1e6 * random()))),
      );
      const { tree } = setUp([...countries, ...cities], () =>
        toUnitVector(Array.from({ length: DIMENSION }, () => random() - 0.5)),
      );
      const scores = scoreCaptions(axis(seed), tree, null, 20, {
        ...profile,
        temperature: { country: 3, region: 1, city: 1 },
      });
      const leaves = [
        ...tree.areas.map((area, a) => ({ id: area.place.id, own: scores.rests[a] as number, byArea: 0 })),
        ...Array.from(scores.cities, (city, i) => {
          const area = tree.areas.findIndex(({ start, end }) => start <= city && city < end);
          const byArea = (scores.areas[area] as number) * (tree.cityShare[city] as number);
          return { id: tree.cities[city]?.id as string, own: scores.cityMass[i] as number, byArea };
        }),
      ];
      const first = leaves.toSorted((a, b) => b.own - a.own).slice(0, 15);
      const more = leaves
        .filter((leaf) => !first.includes(leaf))
        .sort((a, b) => b.byArea - a.byArea)
        .slice(0, 5);
      const chosen = heaviestPlaces(tree, scores, 20);
      expect(new Set(chosen.map((p) => p.place.id))).toEqual(new Set([...first, ...more].map(({ id }) => id)));
      expect(more.some((leaf) => leaf.own < (first.at(-1)?.own as number) / 10)).toBe(true);
      const masses = chosen.map((p) => p.probability);
      expect(masses).toEqual(masses.toSorted((a, b) => b - a));
    }
  });

  it('choose the likeliest rests where there are too few cities for a quarter by area, not the first of the tree', () => {
    const countries = Array.from({ length: 12 }, (_, c) => place(`C${c}`, 'country', `C${c}`));
    const cities = [place('C11:0', 'city', 'C11', 2e6), place('C11:1', 'city', 'C11', 1e5)];
    // Each country fits a little better than the one before it in the tree, and the last holds nearly everything.
    const { tree } = setUp([...countries, ...cities], ({ id }) => {
      const fit = id.startsWith('C11') ? 0.9 : 0.01 * Number(id.slice(1));
      return toUnitVector(Array.from({ length: DIMENSION }, (_, i) => [fit, Math.sqrt(1 - fit * fit)][i] ?? 0));
    });
    const scores = scoreCaptions(axis(0), tree, null, 20, profile);
    expect([...scores.cities]).toEqual([0, 1]);
    const chosen = heaviestPlaces(tree, scores, 8).map((one) => one.place.id);
    expect(chosen.toSorted()).toEqual(['C10', 'C11', 'C11:0', 'C11:1', 'C6', 'C7', 'C8', 'C9']);
  });

  it('look at no more than 2,000 cities, those that are likeliest by their area and size', () => {
    const random = seeded(17);
    const countries = Array.from({ length: 20 }, (_, c) => place(`C${c}`, 'country', `C${c}`));
    const cities = countries.flatMap(({ iso2 }) =>
      Array.from({ length: 250 }, (_, i) => place(`${iso2}:${i}`, 'city', iso2, 15_000 + i * 1000)),
    );
    const { captions, tree } = setUp([...countries, ...cities], () =>
      toUnitVector(Array.from({ length: DIMENSION }, () => random())),
    );
    captions.cosinesAsked = 0;
    const scores = scoreCaptions(axis(0), tree, null, 1, profile);
    expect(captions.cosinesAsked).toBe(2_020);
    expect(scores.cityMass.length).toBe(2_000);
    const total = [...scores.rests, ...scores.cityMass].reduce((a, b) => a + b, 0);
    expect(total).toBeCloseTo(1, 10);
  });

  it('leave out what has no caption, and say which stage failed where a number is not finite', () => {
    const places = [place('AA', 'country', 'AA'), place('BB', 'country', 'BB')];
    const gazetteer = new FakeGazetteer(places);
    const only = new FakeCaptions(DIMENSION, [{ caption: { id: 'BB', level: 'country', text: '' }, vector: axis(0) }]);
    const tree = buildCaptionTree(gazetteer, only, 0.5);
    expect(Array.from(scoreCaptions(axis(0), tree, null, 100, profile).countries)).toEqual([1]);
    expect(() => scoreCaptions(axis(0), tree, null, Number.POSITIVE_INFINITY, profile)).toThrow(/captions/);
  });
});

describe('the captions’ bias', () => {
  const iso = (c: number) => `C${c}`;
  const countries = Array.from({ length: 12 }, (_, c) => place(iso(c), 'country', iso(c)));

  it('takes from a caption what it wins with whatever the picture', () => {
    // Pictures lie along their country's axis and the last one; the caption of C0 lies along the last one too.
    const last = DIMENSION - 1;
    const lean = (i: number, by: number) => toUnitVector(axis(i).map((v, j) => v + (j === last ? by : 0)));
    const { tree } = setUp(countries, (p) => (p.id === 'C0' ? lean(0, 2) : axis(Number(p.id.slice(1)))));
    const means = countries.map((p, c) => ({ iso2: p.iso2, groups: 3, mean: lean(c, 2) }));
    const bias = new CaptionBias(tree, 20, 5, means);
    const winner = (b: CaptionBias | null) => {
      const { countries: p } = scoreCaptions(lean(4, 2), tree, b, 20, profile);
      return p.indexOf(Math.max(...p));
    };
    expect(winner(null)).not.toBe(4);
    expect(winner(bias)).toBe(4);
  });

  it('is the formula: λ times the mean over other countries less the median', () => {
    const random = seeded(5);
    const noise = () => toUnitVector(Array.from({ length: DIMENSION }, () => random() - 0.5));
    const { captions, tree } = setUp(countries, noise);
    const means = countries.slice(0, 11).map((p) => ({ iso2: p.iso2, groups: 2, mean: noise() as Float32Array }));
    const bias = new CaptionBias(tree, 20, 5, means).coarse();
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);
    const logit = countries.map((p) => {
      const others = means.filter((m) => m.iso2 !== p.iso2);
      return (
        others.reduce((sum, m) => sum + 20 * dot(m.mean, captions.vector(p.id) as Float32Array), 0) / others.length
      );
    });
    const sorted = logit.toSorted((a, b) => a - b);
    const median = ((sorted[5] as number) + (sorted[6] as number)) / 2;
    logit.forEach((value, c) => {
      const n = c < 11 ? 10 : 11;
      expect(bias[c]).toBeCloseTo((n / (n + 5)) * (value - median), 6);
    });
  });

  it('does not erase the country that the index is mostly about', () => {
    const { tree } = setUp(countries, (p) => axis(Number(p.id.slice(1))));
    const means = countries.map((p, c) => ({
      iso2: p.iso2,
      groups: c === 3 ? 1000 : 1,
      mean: axis(c) as Float32Array,
    }));
    const { countries: p } = scoreCaptions(axis(3), tree, new CaptionBias(tree, 20, 5, means), 20, profile);
    expect(p[3]).toBeGreaterThan(0.99);
  });
});
