import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { crossValidate } from '../../../../src/collection/statistics/cross-validate.js';
import { FeatureMatrix } from '../../../../src/collection/statistics/feature-matrix.js';
import { logitsOf } from '../../../../src/collection/statistics/logistic-regression.js';
import { type LabelledSample, shareOfLabel } from '../../../../src/collection/statistics/share-of-label.js';
import {
  countedShares,
  meanProbabilities,
  shiftedShares,
} from '../../../../src/collection/statistics/shifted-shares.js';
import { probabilitiesOf } from '../../../../src/collection/statistics/temperature.js';
import { seededRandom } from '../../../../src/domain/seeded-random.js';
import { fixture } from '../../../support/fixtures.js';
import { anyShares, cropsAt, drawWith, readSurfaceScores, shuffled } from '../../../support/surface-scores.js';

const Z90 = 1.6448536269514722;

const sample = (more: Partial<LabelledSample>): LabelledSample => ({
  ...{ has: [1, 0], predicted: [0, 0], meanPredicted: 0, photos: 1000 },
  ...more,
});

const zeros = (n: number) => new Array<number>(n).fill(0);
const firstOf = (positive: number, n: number) => zeros(n).map((_, i) => (i < positive ? 1 : 0));

describe('the share of a label', () => {
  it('without a model is the labelled share, with Cochran’s interval for a sample of a finite population', () => {
    const [n, positive, photos] = [200, 62, 1000];
    const p = positive / n;
    const found = shareOfLabel(sample({ has: firstOf(positive, n), predicted: zeros(n), photos }), Z90);
    const half = Z90 * Math.sqrt(((p * (1 - p)) / (n - 1)) * ((photos - n) / photos));
    expect(found.share).toBeCloseTo(p, 12);
    expect(found.high - found.share).toBeCloseTo(half, 12);
    expect(found.share - found.low).toBeCloseTo(half, 12);
    expect(found).toMatchObject({ lambda: 0, interval: 'normal' });
  });

  it('with a model that is right is the model’s, and as certain as so many right ones make it', () => {
    const has = firstOf(30, 100);
    const found = shareOfLabel(sample({ has, predicted: has, meanPredicted: 0.37 }), Z90);
    expect(found.share).toBeCloseTo(0.37, 12);
    expect(found.lambda).toBeCloseTo(1, 12);
    // No mistake in 100 leaves room for about two in a hundred (1 - 0.1^(1/100)), whichever way.
    const half = found.high - found.share;
    expect([half, half > 0.019 && half < 0.026]).toEqual([half, true]);
    expect(found.share - found.low).toBeCloseTo(half, 12);
  });

  it('is held by the interval of a model that is hardly ever wrong', () => {
    const random = seededRandom(23);
    let held = 0;
    for (let draw = 0; draw < 400; draw++) {
      const photos = Array.from({ length: 2000 }, () => {
        const has = random() < 0.3 ? 1 : 0;
        return { has, predicted: random() < 0.02 ? 1 - has : has };
      });
      const mean = (name: 'has' | 'predicted') => photos.reduce((sum, photo) => sum + photo[name], 0) / photos.length;
      const labelled = shuffled(2000, draw + 1)
        .slice(0, 60)
        .map((i) => photos[i] as (typeof photos)[number]);
      const { low, high } = shareOfLabel(
        {
          has: labelled.map((photo) => photo.has),
          predicted: labelled.map((photo) => photo.predicted),
          ...{ meanPredicted: mean('predicted'), photos: photos.length },
        },
        Z90,
      );
      if (low <= mean('has') && mean('has') <= high) held++;
    }
    expect(held / 400).toBeGreaterThan(0.86);
  });

  it('leaves a model aside that says the opposite', () => {
    const has = firstOf(30, 100);
    const found = shareOfLabel(sample({ has, predicted: has.map((y) => 1 - y), meanPredicted: 0.9 }), Z90);
    expect(found).toMatchObject({ lambda: 0, share: 0.3 });
  });

  it('has no interval when every photo is labelled', () => {
    const found = shareOfLabel(sample({ has: firstOf(30, 100), predicted: zeros(100), photos: 100 }), Z90);
    expect([found.low, found.share, found.high]).toEqual([0.3, 0.3, 0.3]);
    const few = shareOfLabel(sample({ has: firstOf(2, 100), predicted: zeros(100), photos: 100 }), Z90);
    expect([few.low, few.high].map((x) => x.toFixed(9))).toEqual(['0.020000000', '0.020000000']);
  });

  it('has the variance of a regression estimator, whatever the predictions', () => {
    const pairs = fc.array(fc.record({ y: fc.boolean(), p: fc.double({ min: 0, max: 1, noNaN: true }) }), {
      ...{ minLength: 10, maxLength: 60 },
    });
    fc.assert(
      fc.property(pairs, (drawn) => {
        // Five of either kind, so that the interval is the normal one.
        const all = [...drawn, ...Array.from({ length: 10 }, (_, i) => ({ y: i % 2 === 0, p: i / 10 }))];
        const [has, predicted] = [all.map(({ y }) => (y ? 1 : 0)), all.map(({ p }) => p)];
        const { share, lambda } = shareOfLabel(sample({ has, predicted, meanPredicted: 0.5 }), Z90);
        expect(lambda).toBeGreaterThanOrEqual(0);
        expect(lambda).toBeLessThanOrEqual(1);
        const spread = (l: number) => {
          const rest = has.map((y, i) => y - l * (predicted[i] as number));
          const mean = rest.reduce((a, b) => a + b, 0) / rest.length;
          return rest.reduce((sum, r) => sum + (r - mean) ** 2, 0);
        };
        // No other weight in [0, 1] leaves less.
        for (const other of [0, 0.25, 0.5, 0.75, 1]) expect(spread(lambda)).toBeLessThanOrEqual(spread(other) + 1e-9);
        const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        const whole = lambda * 0.5 + mean(has.map((y, i) => y - lambda * (predicted[i] as number)));
        expect(share).toBeCloseTo(Math.min(1, Math.max(0, whole)), 9);
      }),
    );
  });

  it('of few is Wilson’s, as tables have it (Newcombe 1998: 0 of 20, 1 of 29 and 15 of 148 at 95 %)', () => {
    const wilson = (positive: number, n: number) =>
      shareOfLabel(sample({ has: firstOf(positive, n), predicted: zeros(n), photos: 1e12 }), 1.959963984540054);
    expect(wilson(0, 20)).toMatchObject({ share: 0, interval: 'wilson', low: 0 });
    expect(wilson(0, 20).high).toBeCloseTo(0.1611, 4);
    expect([wilson(1, 29).low, wilson(1, 29).high].map((x) => x.toFixed(4))).toEqual(['0.0061', '0.1718']);
    expect(wilson(20, 20).low).toBeCloseTo(1 - 0.1611, 4);
    expect(wilson(15, 148).interval).toBe('normal');
  });

  it('asks for two labels, as many predictions, and no more labels than photos', () => {
    expect(() => shareOfLabel(sample({ has: [1], predicted: [1] }), Z90)).toThrow(RangeError);
    expect(() => shareOfLabel(sample({ predicted: [1] }), Z90)).toThrow(RangeError);
    expect(() => shareOfLabel(sample({ photos: 1 }), Z90)).toThrow(RangeError);
  });
});

describe('90 % intervals of the difference estimator, over draws of 200 labels among 1,000 crops', () => {
  const all = readSurfaceScores(fixture('surface-scores/vit-l-14.csv'));
  const { classes } = all;

  /** How often an interval holds the share, over classes and draws, and how wide it is on the mean. */
  function coverage(population: () => readonly number[], draws: number, withProbe = false) {
    const random = seededRandom(11);
    let [held, asked, width] = [0, 0, 0];
    for (let draw = 0; draw < draws; draw++) {
      const crops = drawWith(all, population(), 1000, random);
      const photos = cropsAt(all, crops);
      const drawn = shuffled(1000, draw + 1).slice(0, 200);
      const labelled = cropsAt(photos, drawn);
      const truth = countedShares(photos.classOf, classes);
      const { predicted, means } = withProbe
        ? crossFitted(
            crops,
            drawn.map((i) => crops[i] as number),
          )
        : { predicted: labelled.scores, means: meanProbabilities(photos.scores, classes) };
      for (let k = 0; k < classes; k++) {
        const found = shareOfLabel(
          {
            has: Array.from(labelled.classOf, (own) => (own === k ? 1 : 0)),
            predicted: Array.from(labelled.classOf, (_, i) => predicted[i * classes + k] as number),
            ...{ meanPredicted: means[k] as number, photos: 1000 },
          },
          Z90,
        );
        asked++;
        width += found.high - found.low;
        if (found.low <= (truth[k] as number) && (truth[k] as number) <= found.high) held++;
      }
    }
    return { held: (100 * held) / asked, width: width / asked };
  }

  const logScores = (of: typeof all) =>
    new FeatureMatrix(
      Float32Array.from(of.scores, (p) => Math.log(p)),
      classes,
    );
  const allFeatures = logScores(all);

  /** A probe of these very labels: each is predicted without it, the photos by the mean of the folds' models. */
  function crossFitted(photos: readonly number[], labelled: readonly number[]) {
    const own = cropsAt(all, labelled);
    // A crop that comes several times is a group.
    const probe = crossValidate(logScores(own), own.classOf, classes, labelled.map(String), 1, { strengths: [0.1] });
    const means = new Float64Array(classes);
    for (const model of probe.foldModels) {
      const given = probabilitiesOf(logitsOf(allFeatures, model), classes, probe.temperature);
      for (const i of photos) {
        for (let k = 0; k < classes; k++) {
          means[k] =
            (means[k] as number) + (given[i * classes + k] as number) / photos.length / probe.foldModels.length;
        }
      }
    }
    return { predicted: probe.heldOut, means };
  }

  it('hold it 86 to 94 times in 100, without shift and with', () => {
    const even = coverage(() => new Array(classes).fill(1 / classes), 200);
    expect([even, even.held >= 86 && even.held <= 94]).toEqual([even, true]);
    const random = seededRandom(5);
    const shifted = coverage(() => anyShares(classes, random), 200);
    expect([shifted, shifted.held >= 86 && shifted.held <= 94]).toEqual([shifted, true]);
  });

  it('hold it as often with a probe that the same labels made, and are narrower', () => {
    const random = seededRandom(5);
    const probed = coverage(() => anyShares(classes, random), 40, true);
    expect([probed, probed.held >= 86 && probed.held <= 94]).toEqual([probed, true]);
    const again = seededRandom(5);
    expect(probed.width).toBeLessThan(coverage(() => anyShares(classes, again), 40).width);
    // It fits 240 models.
  }, 300_000);
});

describe('shares under another mix', () => {
  /** Two classes whose one measure is normal about −1 and 1: the probability of a balanced model is exact. */
  function photosOf(share: number, n: number, seed: number): Float64Array {
    const random = seededRandom(seed);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Float64Array.from(
      Array.from({ length: n }, (_, i) => {
        const x = (i < share * n ? 1 : -1) + normal();
        const p = 1 / (1 + Math.exp(-2 * x));
        return [p, 1 - p];
      }).flat(),
    );
  }
  const even = Float64Array.of(0.5, 0.5);

  it('are found where a calibrated model’s classes look as they did', () => {
    for (const share of [0.02, 0.3, 0.9]) {
      const photos = photosOf(share, 20_000, 3);
      expect(Math.abs((shiftedShares(photos, even)[0] as number) - share)).toBeLessThan(0.015);
      expect(Math.abs((meanProbabilities(photos, 2)[0] as number) - share)).toBeGreaterThan(0.05);
    }
  });

  it('are the likeliest ones', () => {
    const photos = photosOf(0.3, 500, 8);
    const likelihood = (share: number) => {
      let sum = 0;
      for (let at = 0; at < photos.length; at += 2) {
        sum += Math.log((share * (photos[at] as number)) / 0.5 + ((1 - share) * (photos[at + 1] as number)) / 0.5);
      }
      return sum;
    };
    const found = shiftedShares(photos, even)[0] as number;
    for (let share = 0.001; share < 1; share += 0.001) {
      expect(likelihood(share)).toBeLessThanOrEqual(likelihood(found) + 1e-6);
    }
  });

  it('sum to one, and are those of the training where the model says nothing', () => {
    const trained = Float64Array.of(0.2, 0.3, 0.5);
    const silent = Float64Array.from({ length: 300 }, (_, at) => trained[at % 3] as number);
    shiftedShares(silent, trained).forEach((share, k) => {
      expect(share).toBeCloseTo(trained[k] as number, 9);
    });
    const photos = Float64Array.of(0.9, 0.05, 0.05, 0.1, 0.8, 0.1);
    expect(shiftedShares(photos, trained).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  });

  it('are counts and means where asked for these', () => {
    expect([...countedShares(Int32Array.of(0, 0, 2, 1), 4)]).toEqual([0.5, 0.25, 0.25, 0]);
    expect([...meanProbabilities(Float64Array.of(0.5, 0.5, 0.25, 0.75), 2)]).toEqual([0.375, 0.625]);
  });
});
