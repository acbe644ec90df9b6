import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { destination, distanceKm } from '../../../src/geo/distance.js';
import { chordSquared, chordSquaredToKm, fromSphere, kmToChordSquared, toSphere } from '../../../src/geo/sphere.js';
import { describeShared } from '../../support/shared.js';
import { anyPoint } from './points.js';

const HALF_ROUND = Math.PI * 6371;

describe('distanceKm', () => {
  it('is exactly 0 for the same point', () => {
    fc.assert(fc.property(anyPoint, (a) => distanceKm(a, a) === 0));
  });

  it('is the same both ways', () => {
    fc.assert(fc.property(anyPoint, anyPoint, (a, b) => expect(distanceKm(a, b)).toBeCloseTo(distanceKm(b, a), 9)));
  });

  it('obeys the triangle inequality', () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, anyPoint, (a, b, c) => {
        expect(distanceKm(a, c)).toBeLessThanOrEqual(distanceKm(a, b) + distanceKm(b, c) + 1e-6);
      }),
    );
  });

  it('does not change when the world is turned', () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, fc.double({ min: -180, max: 180, noNaN: true }), (a, b, turn) => {
        const turned = distanceKm({ ...a, lon: a.lon + turn }, { ...b, lon: b.lon + turn });
        expect(turned).toBeCloseTo(distanceKm(a, b), 6);
      }),
    );
  });

  it('is half the way round to the antipode, and loses nothing next to it', () => {
    fc.assert(
      fc.property(anyPoint, (a) => {
        expect(distanceKm(a, { lat: -a.lat, lon: a.lon + 180 })).toBeCloseTo(HALF_ROUND, 8);
      }),
    );
    const oneMetre = 0.001 / ((Math.PI / 180) * 6371);
    expect(HALF_ROUND - distanceKm({ lat: 0, lon: 0 }, { lat: oneMetre, lon: 180 })).toBeCloseTo(0.001, 9);
  });

  it('sees one point at a pole whatever the longitude, and no seam at 180°', () => {
    expect(distanceKm({ lat: 90, lon: -120 }, { lat: 90, lon: 60 })).toBeLessThan(1e-9);
    expect(distanceKm({ lat: 12, lon: 180 }, { lat: 12, lon: -180 })).toBeLessThan(1e-9);
    const across = distanceKm({ lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 });
    expect(across).toBeCloseTo((Math.PI / 180) * 6371, 9);
  });
});

describe('the sphere', () => {
  it('gives a point back', () => {
    fc.assert(
      fc.property(anyPoint, (a) => {
        expect(distanceKm(fromSphere(toSphere(a)), a)).toBeLessThan(1e-8);
      }),
    );
  });

  it('measures by chords what the haversine measures', () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, (a, b) => {
        const km = distanceKm(a, b);
        const chord2 = chordSquared(toSphere(a), toSphere(b));
        expect(kmToChordSquared(km)).toBeCloseTo(chord2, 10);
        if (km < 19_000) expect(chordSquaredToKm(chord2)).toBeCloseTo(km, 6);
      }),
    );
  });
});

describe('destination', () => {
  it('arrives as far away as asked', () => {
    fc.assert(
      fc.property(
        anyPoint,
        fc.double({ min: 0, max: 360, noNaN: true }),
        fc.double({ min: 0, max: 20_000, noNaN: true }),
        (a, bearing, km) => expect(distanceKm(a, destination(a, bearing, km))).toBeCloseTo(km, 6),
      ),
    );
  });

  it('goes north at 0°, east at 90°', () => {
    const degree = (Math.PI / 180) * 6371;
    const north = destination({ lat: 10, lon: 20 }, 0, degree);
    expect([north.lat, north.lon]).toEqual([expect.closeTo(11, 9), expect.closeTo(20, 9)]);
    const east = destination({ lat: 0, lon: 179.5 }, 90, degree);
    expect([east.lat, east.lon]).toEqual([expect.closeTo(0, 9), expect.closeTo(-179.5, 9)]);
  });
});

describeShared('distances that an independent evaluation published', (folder) => {
  it('are ours to 0.01 km', () => {
    const [head, ...rows] = readFileSync(join(folder, 'geoscore-pairs.csv'), 'utf8').trim().split('\n');
    expect(head).toMatch(/^lat_true,lon_true,lat_predicted,lon_predicted,distance_km/);
    expect(rows).toHaveLength(40);
    for (const row of rows) {
      const [lat, lon, lat2, lon2, published] = row.split(',').map(Number) as [number, number, number, number, number];
      expect(Math.abs(distanceKm({ lat, lon }, { lat: lat2, lon: lon2 }) - published)).toBeLessThan(0.01);
    }
  });
});
