import { describe, expect, it } from '@jest/globals';
import { fault } from '../../../src/domain/errors.js';
import type { NearestPlace } from '../../../src/domain/place.js';
import { named } from '../../../src/evaluate/name-failure.js';
import { remembering, type SideAnswer, scored } from '../../../src/evaluate/score-answer.js';

const place = (name: string | null, region: string | null, iso2: string | null): NearestPlace => ({
  ...{ name, region, iso2 },
  country: iso2,
  distanceKm: 1,
});
const SPRINGFIELD = place('Springfield', 'Illinois', 'US');
const answer = (lat = 0, lon = 0): SideAnswer => ({
  point: { lat, lon },
  probability: 0.5,
  spread: 0.2,
  radius50Km: 10,
  radius90Km: 90,
});

function hitsOf(said: NearestPlace, truth: NearestPlace) {
  const { countryHit, regionHit, cityHit } = scored(answer(), { truth: { lat: 0, lon: 1 } }, truth, {
    nearest: () => said,
  });
  return [countryHit, regionHit, cityHit];
}

describe('an answer beside the truth', () => {
  it('is in error by the great circle: a degree of the equator is 111.195 km', () => {
    const { errorKm } = scored(answer(), { truth: { lat: 0, lon: 1 } }, SPRINGFIELD, { nearest: () => SPRINGFIELD });
    expect(errorKm).toBeCloseTo(111.1949, 4);
    const across = scored(answer(0, 179.5), { truth: { lat: 0, lon: -179.5 } }, SPRINGFIELD, {
      nearest: () => SPRINGFIELD,
    });
    expect(across.errorKm).toBeCloseTo(111.1949, 4);
  });

  it.each([
    ['the same city', SPRINGFIELD, SPRINGFIELD, [true, true, true]],
    ['a city of that name in another region', place('Springfield', 'Ohio', 'US'), SPRINGFIELD, [true, false, false]],
    [
      'a region of that name in another country',
      place('Springfield', 'Illinois', 'CA'),
      SPRINGFIELD,
      [false, false, false],
    ],
    ['another city of the region', place('Chicago', 'Illinois', 'US'), SPRINGFIELD, [true, true, false]],
    ['a truth at sea', SPRINGFIELD, place('Springfield', null, null), [null, null, null]],
    ['an answer at sea', place(null, null, null), SPRINGFIELD, [false, false, false]],
    ['a country without cities', place(null, null, 'AQ'), place(null, null, 'AQ'), [true, null, null]],
  ])('names country, region and city for %s', (_, said, truth, hits) => {
    expect(hitsOf(said, truth)).toEqual(hits);
  });

  it.each(['probability', 'spread', 'radius50Km', 'radius90Km'] as const)('refuses a %s that is no number', (name) => {
    const broken = { ...answer(), [name]: Number.NaN };
    expect(() => scored(broken, { truth: { lat: 0, lon: 0 } }, SPRINGFIELD, { nearest: () => SPRINGFIELD })).toThrow(
      expect.objectContaining({ code: 'not_finite', message: expect.stringContaining(name) }),
    );
  });
});

it('looks each point up once', () => {
  const asked: unknown[] = [];
  const geocoder = remembering({
    nearest: (point) => {
      asked.push(point);
      return place(String(point.lat), null, 'PL');
    },
  });
  for (const lat of [1, 2, 1, 1, 2]) expect(geocoder.nearest({ lat, lon: 5 }).name).toBe(String(lat));
  expect(geocoder.nearest({ lat: 1, lon: 6 }).name).toBe('1');
  expect(asked).toEqual([
    { lat: 1, lon: 5 },
    { lat: 2, lon: 5 },
    { lat: 1, lon: 6 },
  ]);
});

it('names the query where the numbers failed, and leaves every other failure as it is', () => {
  const failed = named(fault('not_finite', 'Expected finite numbers.'), { id: 'photo 7' });
  expect(failed).toMatchObject({
    code: 'not_finite',
    message: 'Expected finite numbers. The query was photo 7.',
  });
  expect(named(fault('vector_not_finite', 'x.'), { id: 'q' })).toMatchObject({ code: 'not_finite' });
  const other = fault('dimension_mismatch', 'Expected 512.');
  expect(named(other, { id: 'q' })).toBe(other);
});
