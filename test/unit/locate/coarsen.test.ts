import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { coarsen, coarsenPoint } from '../../../src/locate/coarsen.js';
import { Locator } from '../../../src/locate/locator.js';
import { gazetteerOf, indexOf, toyWorld } from '../../support/toy-world.js';

const points = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('a coarsened point', () => {
  it('is at most a cell away, legal, and the same for its whole cell', () => {
    fc.assert(
      fc.property(points, fc.double({ min: 0.5, max: 3000, noNaN: true }), (point, km) => {
        const coarse = coarsenPoint(point, km);
        expect(distanceKm(point, coarse)).toBeLessThanOrEqual(km * 1.2);
        expect(Math.abs(coarse.lat)).toBeLessThanOrEqual(90);
        expect(Math.abs(coarse.lon)).toBeLessThanOrEqual(180);
        expect(coarsenPoint(coarse, km)).toEqual(coarse);
      }),
      { numRuns: 400 },
    );
  });

  it('is the same on both sides of 180°, and the point itself for 0', () => {
    expect(coarsenPoint({ lat: 10, lon: 180 }, 50)).toEqual(coarsenPoint({ lat: 10, lon: -180 }, 50));
    const point = { lat: 54.4418, lon: 18.5601 };
    expect(coarsenPoint(point, 0)).toBe(point);
  });
});

describe('a coarsened answer', () => {
  it('holds no exact position, no distance and no radius that would give one away', async () => {
    const world = toyWorld(31);
    const answer = await new Locator(indexOf(world), world.captions, gazetteerOf(world), 20).locate({
      vector: world.query,
      hints: { country: ['AB'] },
    });
    expect(coarsen(answer, 0)).toBe(answer);
    const coarse = coarsen(answer, 50);
    const shown = [
      ...coarse.candidates.map((c) => c.point),
      ...coarse.neighbours.map((n) => n.point),
      coarse.blend.retrieval_alone?.point,
      coarse.blend.captions_alone?.point,
      coarse.hints?.without.point,
    ];
    expect(shown.length).toBeGreaterThan(4);
    for (const point of shown) expect(coarsenPoint(point as { lat: number; lon: number }, 50)).toEqual(point);
    for (const candidate of coarse.candidates) {
      expect(candidate.radius_50_km).toBeGreaterThanOrEqual(50);
      expect(candidate.place).toMatchObject({ name: null, distance_km: null });
      expect(candidate.place.country).not.toBeNull();
    }
    const pairs = [coarse.blend.retrieval_alone, coarse.blend.captions_alone];
    for (const side of pairs) {
      const between = distanceKm(side?.point as GeoPoint, coarse.candidates[0]?.point as GeoPoint);
      expect(side?.distance_km).toBeCloseTo(between, 2);
    }
    const places = [...pairs.map((side) => side?.place), coarse.hints?.without.place];
    for (const place of places) expect(place).toMatchObject({ name: null, distance_km: null });
    const witnesses = (of: typeof answer) => of.candidates.flatMap(({ because }) => because.witnesses);
    expect(witnesses(answer).some(({ distance_km }) => distance_km !== null)).toBe(true);
    for (const { distance_km } of witnesses(coarse)) expect(distance_km).toBeNull();
    expect(answer.captions.some((c) => c.level === 'city')).toBe(true);
    expect(coarse.captions.every((c) => c.level !== 'city')).toBe(true);
    expect(coarse.verdict.roll_up).toEqual(answer.verdict.roll_up);
    const ofTown = { ...answer, verdict: { ...answer.verdict, level: 'town' as const, headline: 'at an exact place' } };
    const { region, country } = coarse.candidates[0]?.place ?? {};
    expect(coarsen(ofTown, 50).verdict.headline).toBe([region, country].filter((part) => part != null).join(', '));
    const left = new Set(coarse.captions.map((c) => c.id));
    for (const { because } of coarse.candidates) {
      for (const id of because.captions) expect(left).toContain(id);
      expect(because.witnesses.map(({ id }) => id)).toEqual([...because.neighbours, ...because.captions]);
    }
  });

  it('gives the known position no more away than the answer', async () => {
    const world = toyWorld(31);
    const answer = await new Locator(indexOf(world), world.captions, gazetteerOf(world), 20).locate({
      vector: world.query,
    });
    const exact = { lat: 10.123456, lon: 20.654321 };
    const { known, candidates } = coarsen(
      { ...answer, known: { point: exact, from: 'photo' as const, distance_km: 1.23 } },
      25,
    );
    expect(known?.point).toEqual(coarsenPoint(exact, 25));
    expect(known?.distance_km).toBeCloseTo(distanceKm(coarsenPoint(exact, 25), candidates[0]?.point as GeoPoint), 2);
    expect(coarsen({ ...answer, known: null }, 25).known).toBeNull();
  });
});
