import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SPOT_KM } from '../../../src/domain/geo-point.js';
import { destination, distanceKm } from '../../../src/geo/distance.js';
import { GroupFinder } from '../../../src/references/group-finder.js';

interface Photo {
  readonly lat: number;
  readonly lon: number;
  readonly sequence: string | null;
}

/** The rule word for word, without cells. */
function groupsByBruteForce(photos: readonly Photo[]): number[] {
  const founders: Photo[] = [];
  const bySequence = new Map<string, number>();
  return photos.map((photo) => {
    const known = photo.sequence === null ? undefined : bySequence.get(photo.sequence);
    if (known !== undefined) return known;
    const near = founders.findIndex((founder) => distanceKm(founder, photo) <= SPOT_KM);
    const group = near === -1 ? founders.push(photo) - 1 : near;
    if (photo.sequence !== null) bySequence.set(photo.sequence, group);
    return group;
  });
}

const centre = fc.record({
  lat: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, 90, 0, 89.9999)),
  lon: fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constantFrom(-180, 180, 0)),
});
const sequence = fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.constantFrom('walk', 'drive'));

describe('grouping', () => {
  it('is the rule of docs/blend.md, also across 180° and at the poles', () => {
    fc.assert(
      fc.property(
        centre,
        fc.array(fc.tuple(fc.integer({ min: 0, max: 359 }), fc.double({ min: 0, max: 0.1, noNaN: true }), sequence), {
          minLength: 1,
          maxLength: 40,
        }),
        (middle, steps) => {
          const photos = steps.map(([bearing, km, name]) => ({ ...destination(middle, bearing, km), sequence: name }));
          const finder = new GroupFinder();
          const groups = photos.map((photo) => finder.add(photo.lat, photo.lon, photo.sequence).group);
          expect(groups).toEqual(groupsByBruteForce(photos));
          expect(finder.groups).toBe(new Set(groups).size);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('looks for neighbours across the pole as the crow flies, where a cell away is a quarter round the globe', () => {
    // Some 7 m from the pole, and 22.6 m from each other.
    const there = { lat: 89.99993476706409, lon: -180 };
    const founder = destination(there, 41, 0.02256987246625103);
    const finder = new GroupFinder();
    const groups = [founder, there, destination(there, 181, 1e-6)].map(
      ({ lat, lon }) => finder.add(lat, lon, null).group,
    );
    expect(groups).toEqual([0, 0, 0]);
  });

  it('is that rule within some reaches of a pole, too', () => {
    // None is just as far from another as the rule allows, where rounding decides.
    const near = fc.record({
      reaches: fc.integer({ min: 0, max: 200 }).map((n) => n * 0.0099713),
      lon: fc.integer({ min: -180, max: 180 }),
    });
    fc.assert(
      fc.property(fc.array(near, { minLength: 2, maxLength: 3 }), fc.constantFrom(1, -1), (points, pole) => {
        const photos = points.map(({ reaches, lon }) => ({
          ...{ lat: pole * destination({ lat: 90, lon: 0 }, 0, reaches * SPOT_KM).lat, lon },
          sequence: null,
        }));
        const finder = new GroupFinder();
        const groups = photos.map(({ lat, lon }) => finder.add(lat, lon, null).group);
        expect(groups).toEqual(groupsByBruteForce(photos));
      }),
      { numRuns: 4000 },
    );
  });

  it('makes a hundred frames of one drive one group', () => {
    const finder = new GroupFinder();
    for (let i = 0; i < 100; i++) finder.add(50 + i / 100, 19, 'drive');
    expect(finder.groups).toBe(1);
  });

  it('does not chain a street of photos 20 m apart into one', () => {
    const finder = new GroupFinder();
    for (let i = 0; i < 10; i++) {
      const { lat, lon } = destination({ lat: 50, lon: 19 }, 90, i * 0.02);
      finder.add(lat, lon, null);
    }
    expect(finder.groups).toBe(5);
  });
});
