import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quantileEdges } from '../../../src/evaluate/circle-coverage.js';
import { ClusterBootstrap } from '../../../src/evaluate/cluster-bootstrap.js';
import { reliability } from '../../../src/evaluate/reliability.js';
import { riskCoverage } from '../../../src/evaluate/risk-coverage.js';

const query = fc.record({
  errorKm: fc.constantFrom(0, 10, 100, 750, 751, 9_000),
  doubt: fc.integer({ min: 0, max: 6 }).map((i) => i / 6),
  cluster: fc.constantFrom('a', 'b', 'c', 'd'),
});
const queries = fc.array(query, { minLength: 1, maxLength: 40 });
const bootstrapOf = (some: readonly { readonly cluster: string }[]) =>
  new ClusterBootstrap(
    some.map(({ cluster }) => cluster),
    1,
    20,
  );

describe('risk against coverage', () => {
  it('is the percent beyond 750 km among the surest k, averaged over the orders of equal doubt', () => {
    fc.assert(
      fc.property(queries, (some) => {
        const found = riskCoverage(
          some.map(({ errorKm }) => errorKm),
          some.map(({ doubt }) => doubt),
          bootstrapOf(some),
        );
        expect(found.curve).toHaveLength(some.length);
        let area = 0;
        found.curve.forEach(({ coverage, risk_percent, spread }, at) => {
          const k = at + 1;
          expect(coverage).toBeCloseTo(k / some.length, 12);
          const sure = some.filter(({ doubt }) => doubt < spread);
          const tied = some.filter(({ doubt }) => doubt === spread);
          const wrong = (list: typeof some) => list.filter(({ errorKm }) => errorKm > 750).length;
          const expected = (wrong(sure) + ((k - sure.length) * wrong(tied)) / tied.length) / k;
          expect(risk_percent).toBeCloseTo(100 * expected, 9);
          area += risk_percent / some.length;
        });
        expect(found.area_percent).toBeCloseTo(area, 9);
        expect(found.all_percent.value).toBeCloseTo(found.curve.at(-1)?.risk_percent ?? -1, 9);
        if (some.length % 2 === 0)
          expect(found.surer_half_percent.value).toBeCloseTo(found.curve[some.length / 2 - 1]?.risk_percent ?? -1, 9);
      }),
    );
  });

  it('has at most 100 points, the last with all', () => {
    const errors = Array.from({ length: 777 }, (_, i) => (i % 7 === 0 ? 1_000 : 1));
    const { curve } = riskCoverage(
      errors,
      Array.from(errors.keys()),
      bootstrapOf(errors.map(() => ({ cluster: 'a' }))),
    );
    expect(curve).toHaveLength(100);
    expect(curve.at(-1)).toEqual({ coverage: 1, spread: 776, risk_percent: (100 * 111) / 777 });
  });

  it('does not depend on the order of the queries', () => {
    fc.assert(
      fc.property(queries, (some) => {
        const of = (list: typeof some) =>
          riskCoverage(
            list.map(({ errorKm }) => errorKm),
            list.map(({ doubt }) => doubt),
            bootstrapOf(list),
          ).curve.map(({ risk_percent }) => Number(risk_percent.toFixed(9)));
        expect(of(some.toReversed())).toEqual(of(some));
      }),
    );
  });
});

describe('reliability', () => {
  it('sets what was promised beside what came true, bin by bin', () => {
    const probabilities = [0.05, 0.95, 0.95, 1, 0.9];
    const errors = [500, 20, 100, 100.1, 3];
    const found = reliability(errors, probabilities, bootstrapOf(errors.map((_, i) => ({ cluster: `${i}` }))));
    expect(found.bins.map(({ queries: n }) => n)).toEqual([1, 4]);
    const [low, high] = found.bins;
    expect(low?.observed_percent.value).toBe(0);
    expect(high?.mean_probability_percent).toBeCloseTo(95, 9);
    expect(high?.observed_percent.value).toBe(75);
    expect(found.calibration_error).toBeCloseTo((5 + 4 * 20) / 5, 9);
  });
});

describe('bins of spread', () => {
  it('splits by quantiles into bins of equal size where values differ', () => {
    const values = Array.from({ length: 100 }, (_, i) => i / 100);
    const edges = quantileEdges(values, 5);
    expect(edges).toEqual([0.19, 0.39, 0.59, 0.79]);
    expect(quantileEdges([0.5, 0.5, 0.5], 5)).toEqual([0.5]);
  });
});

describe('intervals of a part and of a median', () => {
  it('a ratio is the mean over those that count', () => {
    fc.assert(
      fc.property(queries, (some) => {
        const bootstrap = bootstrapOf(some);
        const counts = some.map(({ doubt }) => (doubt > 0.5 ? 1 : 0));
        const found = bootstrap.ratio(
          some.map(({ errorKm, doubt }) => (doubt > 0.5 ? errorKm : 0)),
          counts,
        );
        const those = some.filter(({ doubt }) => doubt > 0.5).map(({ errorKm }) => errorKm);
        if (those.length === 0) expect(found.value).toBeNaN();
        else expect(found.value).toBeCloseTo(those.reduce<number>((a, b) => a + b, 0) / those.length, 9);
      }),
    );
  });

  it('a median’s interval comes from the medians of draws of whole clusters', () => {
    // Two clusters: a draw has both (half the time), or one of them twice.
    const bootstrap = new ClusterBootstrap(['a', 'a', 'a', 'b'], 7, 4_000);
    const { value, low, high } = bootstrap.median([1, 2, 3, 100]);
    expect([value, low, high]).toEqual([2.5, 2, 100]);
  });

  it('draw less often from very many clusters, and hold the mean all the same', () => {
    const clusters = Array.from({ length: 20_001 }, (_, i) => `${i}`);
    const bootstrap = new ClusterBootstrap(clusters, 1);
    expect([bootstrap.draws, new ClusterBootstrap(['a'], 1).draws]).toEqual([500, 2_000]);
    const { low, high } = bootstrap.mean(clusters.map((_, i) => i % 2));
    // One standard error of a fair coin is 0.5/√20,001 = 0.0035.
    expect(high - low).toBeGreaterThan(0.011);
    expect(high - low).toBeLessThan(0.017);
  });

  it('are infinitely narrow where all are equal', () => {
    const bootstrap = new ClusterBootstrap(['a', 'b', 'c'], 1);
    expect(bootstrap.median([5, 5, 5])).toEqual({ value: 5, low: 5, high: 5 });
    expect(bootstrap.mean([5, 5, 5])).toEqual({ value: 5, low: 5, high: 5 });
  });
});
