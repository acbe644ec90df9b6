import { describe, expect, it } from '@jest/globals';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { chordSquared, toSphere } from '../../../src/geo/sphere.js';
import { findCandidates } from '../../../src/locate/candidates.js';
import { expectedUtilities, utilities } from '../../../src/locate/decide.js';

/** Points on the equator, by km east of 0°. */
function candidatesOf(
  kms: readonly number[],
  masses: readonly number[],
  calibration: Parameters<typeof findCandidates>[5] = null,
) {
  const points: GeoPoint[] = kms.map((km) => ({ lat: 0, lon: (km / (Math.PI * 6371)) * 180 }));
  const at = points.map(toSphere);
  const chords = Float64Array.from(at.flatMap((a) => at.map((b) => chordSquared(a, b))));
  const mass = Float64Array.from(masses);
  const utility = utilities(chords, kms.length, 'default');
  return findCandidates(mass, chords, utility, expectedUtilities(mass, utility), 0.5, calibration);
}

describe('candidates', () => {
  it('are the answer and then the best of what is left, each with the mass within 100 km', () => {
    const found = candidatesOf([0, 60, 5000, 5080, 9000, 12_000], [0.3, 0.25, 0.2, 0.1, 0.145, 0.005]);
    expect(found.map((c) => [c.at, Number(c.probability.toFixed(6))])).toEqual([
      [0, 0.55],
      [2, 0.3],
      [4, 0.145],
    ]);
    expect(found.map((c) => c.radiusIs)).toEqual(['uncalibrated', 'conditional', 'conditional']);
  });

  it('stop at five', () => {
    const kms = Array.from({ length: 8 }, (_, i) => i * 2000);
    expect(candidatesOf(kms, new Array(8).fill(1 / 8))).toHaveLength(5);
  });

  it('have radii that hold half and nine tenths of P about the answer, and never less than the positions’ 5 km', () => {
    const [answer] = candidatesOf([0, 30, 400, 3000], [0.45, 0.25, 0.25, 0.05]);
    expect(answer?.radius50Km).toBeCloseTo(Math.hypot(30, 5), 3);
    expect(answer?.radius90Km).toBeCloseTo(Math.hypot(400, 5), 3);
    const [only] = candidatesOf([0], [1]);
    expect([only?.radius50Km, only?.radius90Km]).toEqual([5, 5]);
  });

  it('after the first have radii over the mass that is nearest to them', () => {
    const found = candidatesOf([0, 5000, 5300, 5420, 5540, 5660], [0.904, 0.06, 0.009, 0.009, 0.009, 0.009]);
    expect(found.map((c) => c.at)).toEqual([0, 1]);
    expect(found[1]?.probability).toBeCloseTo(0.06, 12);
    expect(found[1]?.radius50Km).toBeCloseTo(5, 6);
    // 0.06 + 3 · 0.009 is the first to reach nine tenths of 0.096.
    expect(found[1]?.radius90Km).toBeCloseTo(Math.hypot(540, 5), 3);
  });

  it('after the first have radii without what one before them took, though it lies nearer to them', () => {
    const found = candidatesOf([0, 95, 110, 9000], [0.5, 0.1, 0.3, 0.1]);
    expect(found.map((c) => [c.at, Number(c.probability.toFixed(6))])).toEqual([
      [0, 0.6],
      [2, 0.3],
      [3, 0.1],
    ]);
    expect(found[1]?.radius90Km).toBeCloseTo(5, 6);
  });

  it('are widened by the calibration of their bin of spread, the answer’s alone', () => {
    const calibration = { spread_edges: [0.4], radius_50: [9, 2], radius_90: [9, 3] };
    const plain = candidatesOf([0, 300, 5000], [0.6, 0.3, 0.1]);
    const [answer, second] = candidatesOf([0, 300, 5000], [0.6, 0.3, 0.1], calibration);
    expect(answer?.radiusIs).toBe('calibrated');
    expect(answer?.radius50Km).toBeCloseTo(2 * (plain[0]?.radius50Km as number), 9);
    expect(answer?.radius90Km).toBeCloseTo(3 * (plain[0]?.radius90Km as number), 9);
    expect(second).toEqual(plain[1]);
  });
});
