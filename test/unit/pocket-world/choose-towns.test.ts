import { describe, expect, it } from '@jest/globals';
import { chooseTowns } from '../../../src/pocket-world/choose-towns.js';
import { allCountryFacts } from '../../../src/pocket-world/country-facts.js';
import { townSplit } from '../../../src/pocket-world/split.js';

describe('chooseTowns', () => {
  it('chooses the same for the same seed and others for another seed', () => {
    expect(chooseTowns({ count: 50, seed: 'a' })).toEqual(chooseTowns({ count: 50, seed: 'a' }));
    expect(chooseTowns({ count: 50, seed: 'a' })).not.toEqual(chooseTowns({ count: 50, seed: 'b' }));
  });

  it('spreads towns over the countries: nobody has two before all have one', () => {
    const counts = new Map<string, number>();
    for (const { iso2 } of chooseTowns({ count: allCountryFacts().length, seed: 'spread' }))
      counts.set(iso2, (counts.get(iso2) ?? 0) + 1);
    expect(counts.size).toBe(allCountryFacts().length);
  });

  it('keeps to the splits, the population and the names asked for', () => {
    const towns = chooseTowns({
      count: 300,
      seed: 'a',
      splits: ['index', 'fresh'],
      populationMin: 50_000,
      regionName: (iso2, code) => `${iso2} ${code}`,
    });
    expect(towns).toHaveLength(300);
    for (const town of towns) {
      expect(townSplit(town.id)).not.toBe('train');
      expect(town.population).toBeGreaterThanOrEqual(50_000);
      expect(town.region?.startsWith(`${town.iso2} `)).toBe(true);
    }
    expect(new Set(towns.map(({ id }) => id)).size).toBe(300);
  });

  it('gives what there is where more is asked for', () => {
    const towns = chooseTowns({ count: 10_000_000, seed: 'a', populationMin: 5_000_000 });
    expect(towns.length).toBeGreaterThan(10);
    expect(towns.length).toBeLessThan(200);
  });
});
