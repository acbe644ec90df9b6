import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { crossValidate } from '../../../../src/collection/statistics/cross-validate.js';
import { FeatureMatrix } from '../../../../src/collection/statistics/feature-matrix.js';
import { judgeLabels, likeliest } from '../../../../src/collection/statistics/judge-labels.js';
import { fitLogistic, logitsOf } from '../../../../src/collection/statistics/logistic-regression.js';
import {
  countedShares,
  meanProbabilities,
  shiftedShares,
} from '../../../../src/collection/statistics/shifted-shares.js';
import { probabilitiesOf } from '../../../../src/collection/statistics/temperature.js';
import { seededRandom } from '../../../../src/domain/seeded-random.js';
import { describeShared } from '../../../support/shared.js';
import {
  anyShares,
  cropsAt,
  drawWith,
  readSurfaceScores,
  type SurfaceScores,
  shuffled,
} from '../../../support/surface-scores.js';

/** Percent of crops whose likeliest class is theirs. */
function accuracy(probabilities: Float64Array, { classOf, classes }: SurfaceScores): number {
  const given = likeliest(probabilities, classes);
  return (100 * classOf.filter((own, i) => own === given[i]).length) / classOf.length;
}

const logScores = ({ scores, classes }: SurfaceScores) =>
  new FeatureMatrix(
    Float32Array.from(scores, (p) => Math.log(p)),
    classes,
  );

/** So many crops of each class for training, the others to be asked about. */
function split(all: SurfaceScores, each: number, seed: number) {
  const taken = new Array<number>(all.classes).fill(0);
  const own: number[] = [];
  const others: number[] = [];
  for (const i of shuffled(all.classOf.length, seed)) {
    const k = all.classOf[i] as number;
    const seen = (taken[k] as number) + 1;
    taken[k] = seen;
    (seen <= each ? own : others).push(i);
  }
  return { own: cropsAt(all, own), others: cropsAt(all, others) };
}

/** Mean over classes and draws of how far shares are off, in points. */
function meanShareError(all: SurfaceScores, draws: number, estimate: (drawn: SurfaceScores) => Float64Array): number {
  const random = seededRandom(7);
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    const drawn = cropsAt(all, drawWith(all, anyShares(all.classes, random), 1000, random));
    const truth = countedShares(drawn.classOf, all.classes);
    sum += estimate(drawn).reduce((off, share, k) => off + Math.abs(share - (truth[k] as number)), 0);
  }
  return (100 * sum) / (draws * all.classes);
}

describeShared('published scores of real models', (folder) => {
  const read = (model: string) => readSurfaceScores(join(folder, 'clip-surface-scores', `${model}.csv`));
  const published = [
    { model: 'vit-b-32', zero: 25.7, counting: 11.4, mean: 8.7, logistic: [51.6, 63.3, 68.7] },
    { model: 'vit-l-14', zero: 41.8, counting: 8.9, mean: 8.1, logistic: [56.3, 67.1, 71.3] },
    { model: 'vit-h-14', zero: 53.9, counting: 5.6, mean: 5.7, logistic: [70.3, 78.3, 82.0] },
  ];

  it.each(published)('zero-shot of $model is right in $zero %', ({ model, zero }) => {
    const all = read(model);
    expect(Math.abs(accuracy(all.scores, all) - zero)).toBeLessThanOrEqual(0.1);
    const truths = judgeLabels(all.scores, all.classOf, all.classes, Array.from(all.classOf.keys(), String), 1);
    // 500 crops a class: balanced and plain accuracy are one.
    expect(100 * truths.balancedAccuracy.value).toBeCloseTo(accuracy(all.scores, all), 9);
  });

  it.each(published)('shares by $model are off by $counting points counted, $mean by mean probability', (row) => {
    const all = read(row.model);
    const counted = meanShareError(all, 100, (drawn) =>
      countedShares(likeliest(drawn.scores, drawn.classes), drawn.classes),
    );
    const mean = meanShareError(all, 100, (drawn) => meanProbabilities(drawn.scores, drawn.classes));
    expect([Math.abs(counted - row.counting) <= 0.5, Math.abs(mean - row.mean) <= 0.5, counted, mean]).toEqual([
      true,
      true,
      counted,
      mean,
    ]);
  });

  it.each(published)('a logistic layer on $model is right in $logistic % with 5, 20, 100 labels a class', (row) => {
    const all = read(row.model);
    [5, 20, 100].forEach((each, at) => {
      let sum = 0;
      for (let seed = 1; seed <= 10; seed++) {
        const { own, others } = split(all, each, seed);
        const model = fitLogistic(logScores(own), own.classOf, all.classes, { c: 0.1 });
        sum += accuracy(logitsOf(logScores(others), model), others) / 10;
      }
      const off = sum - (row.logistic[at] as number);
      expect([each, off, Math.abs(off) <= (each === 5 ? 3 : 1.5)]).toEqual([each, off, true]);
    });
  });

  it('a calibrated layer with SLD misses shares by less than half of what counting does', () => {
    for (const { model, counting } of published) {
      const { own, others } = split(read(model), 20, 3);
      const groups = Array.from(own.classOf.keys(), String);
      const probe = crossValidate(logScores(own), own.classOf, own.classes, groups, 1);
      const trained = countedShares(own.classOf, own.classes);
      const off = meanShareError(others, 40, (drawn) => {
        const logits = logitsOf(logScores(drawn), probe.model);
        return shiftedShares(probabilitiesOf(logits, own.classes, probe.temperature), trained);
      });
      expect([model, off, off < counting / 2]).toEqual([model, off, true]);
    }
  });
});
