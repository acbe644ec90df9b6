import { describe, expect, it } from '@jest/globals';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { chordSquared, toSphere } from '../../../src/geo/sphere.js';
import type { Located } from '../../../src/locate/judge.js';
import { isWrong, namedLevel, type RollUp, rollUp } from '../../../src/locate/roll-up.js';
import { seeded } from '../../support/toy-world.js';

/** What a roll-up needs of a judgement: points with masses, the answer's position among them. */
function locatedAt(points: readonly (GeoPoint & { iso2: string | null; mass: number })[], at: number) {
  const spheres = points.map(toSphere);
  return {
    support: {
      points,
      iso2: points.map(({ iso2 }) => iso2),
      chordSquared: Float64Array.from(spheres.flatMap((a) => spheres.map((b) => chordSquared(a, b)))),
    },
    posterior: { probability: Float64Array.from(points, ({ mass }) => mass) },
    candidates: [{ at }],
  } as unknown as Located;
}

describe('a roll-up', () => {
  it('sums the probability within 25 and 200 km of the answer, in its country and on its continent', () => {
    const random = seeded(5150);
    const countries = ['PL', 'DE', 'JP', null];
    for (let n = 0; n < 30; n++) {
      const points = Array.from({ length: 12 }, () => ({
        ...{ lat: 50 + 4 * random(), lon: 14 + 8 * random(), mass: random() },
        iso2: countries[Math.floor(4 * random())] as string | null,
      }));
      const answer = points[n % 12] as (typeof points)[number];
      const sum = (fits: (point: (typeof points)[number]) => boolean) =>
        points.filter(fits).reduce((total, { mass }) => total + mass, 0);
      const european = (iso2: string | null) => iso2 === 'PL' || iso2 === 'DE';
      const found = rollUp(locatedAt(points, n % 12));
      expect(found.town).toBeCloseTo(
        sum((point) => distanceKm(point, answer) <= 25),
        9,
      );
      expect(found.region).toBeCloseTo(
        sum((point) => distanceKm(point, answer) <= 200),
        9,
      );
      expect(found.country).toBeCloseTo(answer.iso2 === null ? 0 : sum(({ iso2 }) => iso2 === answer.iso2), 9);
      const same = ({ iso2 }: { iso2: string | null }) =>
        answer.iso2 !== null && (european(answer.iso2) ? european(iso2) : iso2 === answer.iso2);
      expect(found.continent).toBeCloseTo(answer.iso2 === null ? 0 : sum(same), 9);
    }
  });

  const masses = (town: number, region: number, country: number, continent: number): RollUp => ({
    ...{ town, region, country, continent, iso2: 'PL', continentCode: 'EU' },
  });

  it('names the finest level that holds four fifths, a town or region only where the index covers the photo', () => {
    const cases = [
      [masses(0.8, 0.9, 0.95, 1), true, 'town'],
      [masses(0.79, 0.8, 0.95, 1), true, 'region'],
      [masses(0.9, 0.95, 0.95, 1), false, 'country'],
      [masses(0.9, 0.95, 0.95, 1), null, 'country'],
      // A border runs through the region.
      [masses(0.5, 0.9, 0.6, 1), true, 'region'],
      [masses(0.5, 0.9, 0.6, 1), false, 'continent'],
      [masses(0.1, 0.3, 0.5, 0.79), true, null],
    ] as const;
    for (const [of, covered, level] of cases) expect(namedLevel(of, covered)).toBe(level);
  });

  it('is wrong beyond its own reach', () => {
    const near = { answered: 'PL', truth: 'DE' };
    expect(isWrong('town', { ...near, errorKm: 24.9 })).toBe(false);
    expect(isWrong('town', { ...near, errorKm: 25.1 })).toBe(true);
    expect(isWrong('region', { ...near, errorKm: 199 })).toBe(false);
    expect(isWrong('region', { ...near, errorKm: 201 })).toBe(true);
    expect(isWrong('country', { ...near, errorKm: 1 })).toBe(true);
    expect(isWrong('country', { answered: 'PL', truth: 'PL', errorKm: 600 })).toBe(false);
    expect(isWrong('country', { answered: null, truth: null, errorKm: 0 })).toBe(true);
  });
});
