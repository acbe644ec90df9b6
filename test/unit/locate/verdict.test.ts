import { describe, expect, it } from '@jest/globals';
import type { Verdict } from '../../../src/api/types.js';
import { DEFAULT_PROFILE } from '../../../src/locate/blend-profile.js';
import { headlineOf, nearPlace, verdictWord } from '../../../src/locate/verdict.js';

const place = { name: 'Łeba', region: 'Pomerania', country: 'Poland', iso2: 'PL', distance_km: 2 };

describe('a place in words', () => {
  it.each([
    [{}, 'Łeba, Pomerania, Poland'],
    [{ distance_km: 4.99 }, 'Łeba, Pomerania, Poland'],
    [{ distance_km: 12.4 }, 'near Łeba (12 km), Pomerania, Poland'],
    [{ distance_km: null }, 'Łeba, Pomerania, Poland'],
    [{ region: 'Łeba' }, 'Łeba, Poland'],
    [{ name: null, region: null }, 'Poland'],
    [{ name: null, region: null, country: null }, 'at sea'],
  ])('says whether the point is in it or near it: %p', (change, words) => {
    expect(nearPlace({ ...place, ...change })).toBe(words);
  });

  it('is as fine as what is named, and as what may be told of it', () => {
    const named = { place, country: 'Poland', continent: 'Europe' };
    const of = (level: Verdict['level']) => headlineOf(level, named);
    expect([of('town'), of('region'), of('country'), of('continent'), of(null)]).toEqual([
      'Łeba, Pomerania, Poland',
      'within 200 km of Łeba, Poland',
      'Poland',
      'Europe',
      null,
    ]);
    const coarse = { ...named, place: { ...place, name: null, distance_km: null } };
    expect(headlineOf('town', coarse)).toBe('Pomerania, Poland');
    expect(headlineOf('region', coarse)).toBe('within 200 km of Pomerania, Poland');
  });
});

describe('the word of a verdict', () => {
  const spreads = {
    town: { sure: 0.1, likely: 0.3 },
    region: { sure: null, likely: 0.5 },
    country: { sure: null, likely: null },
  };
  const calibration = { not_indexed_edges: [], bins: [], levels: spreads, queries: 500, authors: 500 };
  const at = (level: Verdict['level'], spread: number, covered: boolean | null = true) =>
    verdictWord(level, { spread, covered }, calibration);

  it('goes by the spreads of the level that is named, and of no other', () => {
    expect([at('town', 0.1), at('town', 0.11), at('town', 0.31)]).toEqual(['sure', 'likely', 'unsure']);
    expect([at('region', 0), at('region', 0.5), at('region', 0.51)]).toEqual(['likely', 'likely', 'unsure']);
    expect([at('country', 0), at('continent', 0)]).toEqual(['unsure', 'unsure']);
  });

  it('is unknown where nothing is named and the index is not known to cover the photo', () => {
    expect([at(null, 0, false), at(null, 0, null), at(null, 0, true)]).toEqual(['unknown', 'unknown', 'unsure']);
  });

  it('is not checked without a calibration, or with one that knew no verdicts', () => {
    const none = { spread: 0, covered: true };
    expect(verdictWord('town', none, DEFAULT_PROFILE.calibration)).toBe('not_checked');
    expect(verdictWord('town', none, { ...calibration, levels: null })).toBe('not_checked');
  });
});
