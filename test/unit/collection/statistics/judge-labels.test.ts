import { describe, expect, it } from '@jest/globals';
import { judgeLabels, likeliest, likeliestOfItsKind } from '../../../../src/collection/statistics/judge-labels.js';
import { seededRandom } from '../../../../src/domain/seeded-random.js';

const each = (n: number) => Array.from({ length: n }, (_, i) => `p${i}`);

describe('the class that is likeliest for its kind', () => {
  it('is given as if all classes were equally frequent', () => {
    const p = Float64Array.of(0.6, 0.4, 0.95, 0.05, 0.1, 0.9);
    expect([...likeliest(p, 2)]).toEqual([0, 0, 1]);
    expect([...likeliestOfItsKind(p, Float64Array.of(0.9, 0.1))]).toEqual([1, 0, 1]);
    const judged = judgeLabels(p, Int32Array.of(1, 0, 1), 2, ['a', 'b', 'c'], 1, { given: Int32Array.of(1, 0, 1) });
    expect(judged.balancedAccuracy.value).toBe(1);
    expect(judged.confusion).toEqual([
      [1, 0],
      [0, 2],
    ]);
  });
});

describe('labels, judged', () => {
  const classOf = Int32Array.of(0, 0, 0, 0, 1, 1);
  const probabilities = Float64Array.of(0.9, 0.1, 0.8, 0.2, 0.95, 0.05, 0.45, 0.55, 0.3, 0.7, 0.65, 0.35);
  const judged = judgeLabels(probabilities, classOf, 2, each(6), 1);

  it('are right by classes, whatever their sizes, and are counted by class and answer', () => {
    expect(judged.balancedAccuracy.value).toBeCloseTo((3 / 4 + 1 / 2) / 2, 12);
    expect(judged.confusion).toEqual([
      [3, 1],
      [1, 1],
    ]);
  });

  it('promise what comes, or not', () => {
    expect(judged.reliability.bins.map(({ from, rows, observed }) => [from, rows, observed])).toEqual([
      [0.5, 1, 0],
      [0.6, 1, 0],
      [0.7, 1, 1],
      [0.8, 1, 1],
      [0.9, 2, 1],
    ]);
    const promised = [0.55, 0.65, 0.7, 0.8, 0.925];
    judged.reliability.bins.forEach((bin, i) => {
      expect(bin.promised).toBeCloseTo(promised[i] as number, 12);
    });
    expect(judged.reliability.calibrationError).toBeCloseTo((0.55 + 0.65 + 0.3 + 0.2 + 2 * 0.075) / 6, 12);
  });

  it('weigh what a draw has by what it has, whatever the sizes of its groups', () => {
    // All right: no draw can be otherwise, though draws have from 4 to 28 photos.
    const groups = Array.from({ length: 16 }, (_, i) => `g${Math.floor(Math.sqrt(i))}`);
    const p = Float64Array.from({ length: 32 }, (_, at) => (at % 2 === 0 ? 0.9 : 0.1));
    expect(judgeLabels(p, new Int32Array(16), 2, groups, 1).balancedAccuracy).toEqual({ value: 1, low: 1, high: 1 });
  });

  it('leave out a class without photos, and give ties to the first', () => {
    const one = judgeLabels(Float64Array.of(0.4, 0.4, 0.2), Int32Array.of(0), 3, ['a'], 1);
    expect(one.balancedAccuracy).toEqual({ value: 1, low: 1, high: 1 });
    expect([...likeliest(Float64Array.of(0.4, 0.4, 0.2), 3)]).toEqual([0]);
  });

  it('have the interval that independent photos give, and a wider one where groups are right or wrong as one', () => {
    const random = seededRandom(3);
    const width = (n: number, size: number) => {
      const right = Array.from({ length: n / size }, () => (random() < 0.7 ? 0.9 : 0.1));
      const p = Float64Array.from(
        Array.from({ length: n }, (_, i) => right[Math.floor(i / size)] as number).flatMap((x) => [x, 1 - x]),
      );
      const groups = Array.from({ length: n }, (_, i) => `g${Math.floor(i / size)}`);
      const { value, low, high } = judgeLabels(p, new Int32Array(n), 2, groups, 1).balancedAccuracy;
      // In standard errors of independent photos.
      return (high - low) / Math.sqrt((value * (1 - value)) / n);
    };
    const normal = 2 * 1.645;
    expect(width(400, 1) / normal).toBeGreaterThan(0.9);
    expect(width(400, 1) / normal).toBeLessThan(1.1);
    expect(width(400, 10) / normal / Math.sqrt(10)).toBeGreaterThan(0.8);
    expect(width(400, 10) / normal / Math.sqrt(10)).toBeLessThan(1.2);
  });
});
