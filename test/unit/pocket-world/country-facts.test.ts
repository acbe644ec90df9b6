import { describe, expect, it } from '@jest/globals';
import { allCities } from '../../../src/pocket-world/cities.js';
import {
  allCountryFacts,
  countryFacts,
  FACT_SOURCES,
  lessCertainFacts,
} from '../../../src/pocket-world/country-facts.js';

/** Left-driving countries after Wikipedia, as far as the table holds them: typed in again, not derived from it. */
const LEFT = 'GB IE CY JM IN PK BD LK NP TH MY ID JP AU NZ KE UG TZ ZM ZW MZ ZA BW NA'.split(' ');
const FLAG_PARTS =
  /^(h|v|quarter|diag|band|fly|tri|tri2|wedge|pennant|hoist|canton|frame|bar|disc|cdisc|yin|moon|star|cstar|rays|diamond|cross|plus|ccross|saltire):[rbltnwgykom](,[rbltnwgykom])*$/;

describe('the table of countries', () => {
  it('holds at least a hundred countries, each once, with codes that the list of cities knows', () => {
    const codes = allCountryFacts().map(({ iso2 }) => iso2);
    expect(codes.length).toBeGreaterThanOrEqual(100);
    expect(new Set(codes).size).toBe(codes.length);
    expect(new Set(allCountryFacts().map(({ name }) => name)).size).toBe(codes.length);
    const known = new Set(allCities().map(({ country }) => country));
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
  });

  it('has every column in every row, and a source for every column', () => {
    const columns = Object.keys(allCountryFacts()[0] ?? {});
    for (const facts of allCountryFacts()) {
      expect(Object.keys(facts)).toEqual(columns);
      expect(Object.values(facts)).not.toContain(undefined);
    }
    const groups = columns.filter((column) => !['iso2', 'name', 'secondScript'].includes(column));
    expect(Object.keys(FACT_SOURCES).sort()).toEqual(groups.sort());
    for (const source of Object.values(FACT_SOURCES)) expect(source.length).toBeGreaterThan(10);
  });

  it('drives on the left exactly where it is driven on the left', () => {
    const left = allCountryFacts()
      .filter(({ drives }) => drives === 'left')
      .map(({ iso2 }) => iso2);
    expect(left.sort()).toEqual([...LEFT].sort());
  });

  it('writes flags in the notation that the drawing knows', () => {
    for (const { flag } of allCountryFacts()) for (const part of flag.split(' ')) expect(part).toMatch(FLAG_PARTS);
  });

  it('tells nearly all countries apart by more than their flags', () => {
    const tuples = allCountryFacts().map(({ iso2: _, name: __, flag: ___, ...facts }) => JSON.stringify(facts));
    const same = tuples.length - new Set(tuples).size;
    expect(same).toBeLessThanOrEqual(3);
    const flags = allCountryFacts().map(({ flag }) => flag);
    expect(flags.length - new Set(flags).size).toBeLessThanOrEqual(1);
  });

  it('names as less certain only facts that it states', () => {
    expect(lessCertainFacts('MX')).toEqual(['pole', 'postBox', 'trafficLight']);
    expect(lessCertainFacts('US')).toEqual([]);
    for (const facts of allCountryFacts())
      for (const group of lessCertainFacts(facts.iso2)) expect([facts.iso2, group, facts[group]]).not.toContain(null);
  });

  it('finds a row by its code, and nothing for a code that it lacks', () => {
    expect(countryFacts('PL')?.name).toBe('Poland');
    expect(countryFacts('AQ')).toBeUndefined();
  });
});
