import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { wrapLon } from '../../../src/geo/box.js';
import { destination, distanceKm } from '../../../src/geo/distance.js';
import { voAnswer } from '../../../src/locate/vo.js';
import type { Neighbour } from '../../../src/references/reader.js';

const DEGREE_KM = (Math.PI / 180) * 6371;

function neighbour(point: GeoPoint, score: number, i = 0): Neighbour {
  return { id: `n${i}`, score, point, sequence: null, author: null, iso2: null };
}

/** Places that lie in a few clusters, best first. */
const places = fc
  .record({
    centres: fc.array(
      fc.record({
        lat: fc.double({ min: -90, max: 90, noNaN: true }),
        lon: fc.double({ min: -180, max: 180, noNaN: true }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    spread: fc.array(
      fc.record({
        of: fc.nat(3),
        bearing: fc.double({ min: 0, max: 360, noNaN: true }),
        km: fc.double({ min: 0, max: 1500, noNaN: true }),
        score: fc.double({ min: 0.2, max: 0.95, noNaN: true }),
      }),
      { minLength: 1, maxLength: 30 },
    ),
  })
  .map(({ centres, spread }) =>
    spread
      .map(({ of, bearing, km, score }) => ({
        point: destination(centres[of % centres.length] as GeoPoint, bearing, km),
        score,
      }))
      .sort((a, b) => b.score - a.score)
      .map(({ point, score }, i) => neighbour(point, score, i)),
  );

/** Σ d^−20 exp(−κ(1 − cos)) up to a factor, by its definition. */
function density(at: GeoPoint, neighbours: readonly Neighbour[]): number {
  const kappa = (6371 / (4 * DEGREE_KM)) ** 2;
  const best = neighbours[0]?.score ?? 0;
  return neighbours.reduce((sum, { point, score }) => {
    const weight = ((1 - best) / (1 - score)) ** 10;
    return sum + weight * Math.exp(kappa * (Math.cos(distanceKm(at, point) / 6371) - 1));
  }, 0);
}

describe('the published kernel', () => {
  it('finds the mode: no point of a fine grid about any neighbour is denser', () => {
    fc.assert(
      fc.property(places, (neighbours) => {
        const mode = voAnswer(neighbours)?.mode as GeoPoint;
        const found = density(mode, neighbours);
        for (const { point } of neighbours) {
          for (let ring = 0; ring <= 1000; ring += 100) {
            for (let bearing = 0; bearing < 360; bearing += 30) {
              expect(density(destination(point, bearing, ring), neighbours)).toBeLessThanOrEqual(found * (1 + 1e-9));
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('answers with the most similar neighbour within 100 km of the mode, else with the mode', () => {
    fc.assert(
      fc.property(places, (neighbours) => {
        const { point, mode } = voAnswer(neighbours) ?? { point: null, mode: { lat: 0, lon: 0 } };
        const near = neighbours.filter((n) => distanceKm(n.point, mode) < 100);
        expect(point).toEqual(near[0]?.point ?? mode);
      }),
      { numRuns: 100 },
    );
    // Three at the corners of a triangle whose middle is nobody's.
    const far = [0, 120, 240].map((bearing, i) => neighbour(destination({ lat: 10, lon: 20 }, bearing, 300), 0.7, i));
    const answer = voAnswer(far);
    expect(distanceKm(answer?.mode as GeoPoint, { lat: 10, lon: 20 })).toBeLessThan(1);
    expect(answer?.point).toEqual(answer?.mode);
  });

  it('counts each photo of a place, and no more than the hundred nearest', () => {
    const [here, there] = [
      { lat: 50, lon: 10 },
      { lat: -30, lon: 140 },
    ];
    // Weights of (0.5/0.47)^10 and 1: two photos outweigh one that is a little nearer.
    const two = [neighbour(here, 0.53, 0), neighbour(there, 0.5, 1), neighbour(there, 0.5, 2)];
    expect(voAnswer(two)?.point).toEqual(there);
    const many = [
      ...Array.from({ length: 100 }, (_, i) => neighbour(here, 0.5, i)),
      ...Array.from({ length: 400 }, (_, i) => neighbour(there, 0.499, 100 + i)),
    ];
    expect(voAnswer(many)?.point).toEqual(here);
  });

  it('turns with the world, and has no edge at 180° or at a pole', () => {
    fc.assert(
      fc.property(places, fc.double({ min: -360, max: 360, noNaN: true }), (neighbours, by) => {
        const turn = (point: GeoPoint) => ({ lat: point.lat, lon: wrapLon(point.lon + by) });
        const moved = voAnswer(neighbours.map((n) => ({ ...n, point: turn(n.point) })));
        const mode = voAnswer(neighbours)?.mode as GeoPoint;
        expect(
          density(
            moved?.mode as GeoPoint,
            neighbours.map((n) => ({ ...n, point: turn(n.point) })),
          ),
        ).toBeCloseTo(density(mode, neighbours), 6);
      }),
      { numRuns: 60 },
    );
    const across = [179.5, -179.5].map((lon, i) => neighbour({ lat: 0, lon }, 0.6, i));
    expect(Math.abs(voAnswer(across)?.mode.lon ?? 0)).toBeCloseTo(180, 4);
    const pole = [0, 90, 180, 270].map((lon, i) => neighbour({ lat: 88, lon }, 0.6, i));
    expect(voAnswer(pole)?.mode.lat).toBeCloseTo(90, 4);
  });

  it('survives a query that is a reference, and gives no answer without neighbours', () => {
    expect(voAnswer([])).toBeNull();
    const same = [neighbour({ lat: 1, lon: 2 }, 1, 0), neighbour({ lat: 60, lon: 2 }, 0.9, 1)];
    expect(voAnswer(same)?.point).toEqual({ lat: 1, lon: 2 });
  });
});
