import { describe, expect, it } from '@jest/globals';
import { type Doubted, nameMistake } from '../../../../src/collection/audit/name-mistake.js';
import { Tracks } from '../../../../src/collection/audit/tracks.js';
import type { GeoPoint } from '../../../../src/domain/geo-point.js';
import { distanceKm } from '../../../../src/geo/distance.js';

const HOUR = 3_600_000;
const order = new Map([['PL', 0]]);
const truth = { lat: 54.35, lon: 18.65 };

/** A photo of near `at` that says `stated`; a little is known of everywhere. */
function photo(stated: GeoPoint, at: GeoPoint = truth, capturedMs: number | null = null): Doubted {
  const groups = Float32Array.from([at.lat, at.lon, 0.9, -33, 151, 0.1]);
  const spot = { point: stated, iso2: null };
  return { stated: spot, evidence: { groups, countries: Float32Array.from([0.9]) }, author: 'ann', capturedMs };
}

const name = (photos: readonly Doubted[], tracks = new Tracks()) =>
  nameMistake(photos, { order, tracks, countryAt: ({ lat, lon }) => (lat > 49 && lon > 14 && lon < 24 ? 'PL' : null) });

describe('what may have happened to a position', () => {
  it.each([
    ['sign', { lat: -54.35, lon: 18.65 }],
    ['sign', { lat: 54.35, lon: -18.65 }],
    ['sign', { lat: -54.35, lon: -18.65 }],
    ['swapped', { lat: 18.65, lon: 54.35 }],
    ['elsewhere', { lat: 0, lon: 0 }],
    ['elsewhere', { lat: 40, lon: -100 }],
  ])('is %s for %j, with the place where it was taken', (mistake, stated) => {
    const named = name([photo(stated)]);
    expect(named.mistake).toBe(mistake);
    expect(distanceKm(named.suggested[0] ?? { lat: 0, lon: 0 }, truth)).toBeLessThan(1);
    expect(named.ratio).toBeGreaterThan(10);
  });

  it('is a shift where a whole walk is off by the same', () => {
    const walk = [0, 0.01, 0.02, 0.03].map((lon) =>
      photo({ lat: 60, lon: 5 + lon }, { ...truth, lon: truth.lon + lon }),
    );
    const { mistake, suggested } = name(walk);
    expect(mistake).toBe('shifted');
    walk.forEach((_, i) => {
      expect(distanceKm(suggested[i] ?? { lat: 0, lon: 0 }, { ...truth, lon: truth.lon + 0.01 * i })).toBeLessThan(3);
    });
  });

  it('is a clock where the author was there some hours earlier', () => {
    const tracks = new Tracks();
    const stated = { lat: 48, lon: 2 };
    tracks.add('ann', 10 * HOUR, truth);
    tracks.add('ann', 12 * HOUR, stated);
    tracks.add('bo', 11 * HOUR, { lat: 10, lon: 10 });
    const named = name([photo(stated, truth, 12 * HOUR)], tracks);
    expect(named).toMatchObject({ mistake: 'clock', suggested: [truth] });
    // Nobody was anywhere else at another hour.
    expect(name([photo(stated, truth, 15 * HOUR)], tracks).mistake).toBe('elsewhere');
    expect(name([photo(stated, truth, null)], tracks).mistake).toBe('elsewhere');
  });

  it('is left open where no place fits much better', () => {
    expect(name([photo(truth)])).toEqual({ mistake: 'elsewhere', suggested: [null], ratio: null });
  });
});
