import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { crossValidate } from '../../../../src/collection/statistics/cross-validate.js';
import { FeatureMatrix } from '../../../../src/collection/statistics/feature-matrix.js';
import { groupFolds } from '../../../../src/collection/statistics/group-folds.js';
import { fitLogistic, type Logistic, logitsOf } from '../../../../src/collection/statistics/logistic-regression.js';
import { fitTemperature, probabilitiesOf } from '../../../../src/collection/statistics/temperature.js';
import { seededRandom } from '../../../../src/domain/seeded-random.js';

/** Rows about a middle for each class; the farther apart, the easier. */
function rowsOf(n: number, columns: number, classes: number, apart: number, seed: number) {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const middles = Array.from({ length: classes }, () => Array.from({ length: columns }, () => apart * normal()));
  const classOf = Int32Array.from({ length: n }, () => Math.floor(random() * classes));
  const rows = Float32Array.from({ length: n * columns }, (_, at) => {
    const middle = middles[classOf[Math.floor(at / columns)] as number] as number[];
    return (middle[at % columns] as number) + normal();
  });
  return { rows, columns, classes, classOf, features: new FeatureMatrix(rows, columns) };
}

/** ½‖w‖² + c Σ −log p, row by row in float64. */
function lossByTheBook(data: ReturnType<typeof rowsOf>, { weights, biases }: Logistic, c: number): number {
  const { rows, columns, classes, classOf } = data;
  let sum = 0;
  classOf.forEach((own, i) => {
    const logits = Array.from({ length: classes }, (_, k) => {
      let z = biases[k] as number;
      for (let f = 0; f < columns; f++) z += (weights[k * columns + f] as number) * (rows[i * columns + f] as number);
      return z;
    });
    const most = Math.max(...logits);
    sum += most + Math.log(logits.reduce((all, z) => all + Math.exp(z - most), 0)) - (logits[own] as number);
  });
  return weights.reduce((all, w) => all + w * w, 0) / 2 + c * sum;
}

/** Plain gradient descent with tiny steps along numerical slopes: slow, and nothing of the fit's own mathematics. */
function slowMinimum(data: ReturnType<typeof rowsOf>, c: number): number {
  const { columns, classes } = data;
  const at = new Float64Array(classes * (columns + 1));
  const model = () => ({ classes, weights: at.subarray(0, classes * columns), biases: at.subarray(classes * columns) });
  const value = () => lossByTheBook(data, model(), c);
  let step = 0.5;
  for (let turn = 0; turn < 400; turn++) {
    const slopes = at.map((x, i) => {
      at[i] = x + 1e-5;
      const above = value();
      at[i] = x - 1e-5;
      const below = value();
      at[i] = x;
      return (above - below) / 2e-5;
    });
    const before = value();
    for (;;) {
      slopes.forEach((slope, i) => {
        at[i] = (at[i] as number) - step * slope;
      });
      if (value() < before || step < 1e-9) break;
      slopes.forEach((slope, i) => {
        at[i] = (at[i] as number) + step * slope;
      });
      step /= 2;
    }
    step *= 1.5;
  }
  return value();
}

describe('multinomial logistic regression', () => {
  it('has the least loss there is, as a slow descent finds it', () => {
    for (const c of [0.1, 10]) {
      const data = rowsOf(40, 3, 3, 1, 5);
      const fitted = fitLogistic(data.features, data.classOf, 3, { c });
      const least = slowMinimum(data, c);
      expect(lossByTheBook(data, fitted, c) / least).toBeLessThan(1 + 1e-5);
    }
  });

  it('is where every small move costs, on any data', () => {
    const settings = fc.record({
      ...{ seed: fc.integer({ min: 1, max: 1e6 }), classes: fc.integer({ min: 2, max: 5 }) },
      ...{ columns: fc.integer({ min: 1, max: 20 }), n: fc.integer({ min: 10, max: 60 }) },
      c: fc.constantFrom(0.01, 1, 100),
    });
    fc.assert(
      fc.property(settings, ({ seed, classes, columns, n, c }) => {
        const data = rowsOf(n, columns, classes, 0.5, seed);
        const model = fitLogistic(data.features, data.classOf, classes, { c });
        const least = lossByTheBook(data, model, c);
        const random = seededRandom(seed);
        for (let move = 0; move < 5; move++) {
          const weights = model.weights.map((w) => w + 0.05 * (random() - 0.5));
          const biases = model.biases.map((b) => b + 0.05 * (random() - 0.5));
          // What the tolerance of the mean loss's gradient leaves open over a move of this size.
          const open = 1e-5 * c * n * 0.05 * (weights.length + biases.length);
          expect(lossByTheBook(data, { classes, weights, biases }, c)).toBeGreaterThan(least - open);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives the shares of the classes where features say nothing', () => {
    const classOf = Int32Array.from({ length: 60 }, (_, i) => (i < 30 ? 0 : i < 50 ? 1 : 2));
    const { classes, weights, biases } = fitLogistic(new FeatureMatrix(new Float32Array(60), 1), classOf, 3, { c: 1 });
    const probabilities = probabilitiesOf(biases, classes, 1);
    [1 / 2, 1 / 3, 1 / 6].forEach((share, k) => {
      expect(probabilities[k]).toBeCloseTo(share, 4);
    });
    expect(Math.max(...weights.map(Math.abs))).toBeLessThan(1e-9);
  });

  it('sees only the rows that are used', () => {
    const data = rowsOf(50, 4, 2, 1, 3);
    const used = Uint8Array.from(data.classOf, (_, i) => (i < 30 ? 1 : 0));
    const some = fitLogistic(data.features, data.classOf, 2, { c: 1, used });
    const alone = fitLogistic(new FeatureMatrix(data.rows.slice(0, 30 * 4), 4), data.classOf.slice(0, 30), 2, { c: 1 });
    some.weights.forEach((w, i) => {
      expect(w).toBeCloseTo(alone.weights[i] as number, 3);
    });
  });

  it('comes to the same from anywhere', () => {
    const data = rowsOf(60, 5, 3, 1, 8);
    const far: Logistic = { classes: 3, weights: new Float64Array(15).fill(2), biases: new Float64Array(3).fill(-1) };
    const [a, b] = [undefined, far].map((start) =>
      fitLogistic(data.features, data.classOf, 3, { c: 1, ...(start ? { start } : {}) }),
    ) as [Logistic, Logistic];
    a.weights.forEach((w, i) => {
      expect(w).toBeCloseTo(b.weights[i] as number, 2);
    });
  });
});

describe('a matrix of features', () => {
  it('gives both products, less the columns’ means, as float64 sums do', () => {
    const { rows, columns, features } = rowsOf(37, 21, 2, 1, 2);
    const numbers = Array.from({ length: 37 }, (_, i) => i);
    const right = Float32Array.from({ length: columns }, (_, f) => Math.sin(f));
    const left = Float32Array.from({ length: 37 }, (_, i) => Math.cos(i));
    const at = (i: number, f: number) => rows[i * columns + f] as number;
    const mean = Array.from(right, (_, f) => numbers.reduce((sum, i) => sum + at(i, f), 0) / 37);
    const less = (i: number, f: number) => at(i, f) - (mean[f] as number);
    const rights = [right, right.map((v) => 2 * v + 1)];
    features.times(rights).forEach((sums, k) => {
      const vector = rights[k] as Float32Array;
      expect(sums).toHaveLength(37);
      sums.forEach((sum, i) => {
        expect(sum).toBeCloseTo(
          vector.reduce((all, v, f) => all + v * less(i, f), 0),
          4,
        );
      });
    });
    const [sums] = features.transposedTimes([left]);
    expect(sums).toHaveLength(21);
    sums?.forEach((sum, f) => {
      expect(sum).toBeCloseTo(
        left.reduce((all, v, i) => all + v * less(i, f), 0),
        4,
      );
    });
    expect(() => new FeatureMatrix(new Float32Array(10), 3)).toThrow(RangeError);
  });
});

describe('a matrix larger than the processor’s cache', () => {
  it('has the same products', () => {
    const [n, columns] = [700, 300];
    const rows = Float32Array.from({ length: n * columns }, (_, at) => Math.sin(at * at));
    const features = new FeatureMatrix(rows, columns);
    const vector = Float32Array.from({ length: columns }, (_, f) => Math.cos(f));
    const [sums] = features.times([vector]);
    for (const i of [0, 435, 436, 437, 699]) {
      const row = rows.subarray(i * columns, (i + 1) * columns);
      const expected = vector.reduce((all, v, f) => all + v * ((row[f] as number) - (features.means[f] as number)), 0);
      expect(sums?.[i]).toBeCloseTo(expected, 3);
    }
  });
});

describe('temperature', () => {
  const logits = Float64Array.from({ length: 300 }, (_, i) => 3 * Math.sin(i * i));
  const random = seededRandom(4);
  const classOf = Int32Array.from({ length: 100 }, (_, i) => {
    // Drawn from the softmax of these logits over 2: that is the temperature to find.
    const p = probabilitiesOf(logits.slice(3 * i, 3 * i + 3), 3, 2);
    const drawn = random();
    return drawn < (p[0] as number) ? 0 : drawn < (p[0] as number) + (p[1] as number) ? 1 : 2;
  });

  it('is that of the least loss', () => {
    const found = fitTemperature(logits, classOf, 3);
    const loss = (t: number) => {
      const p = probabilitiesOf(logits, 3, t);
      return classOf.reduce((sum, own, i) => sum - Math.log(p[3 * i + own] as number), 0);
    };
    for (let t = 0.1; t < 10; t *= 1.02) expect(loss(t)).toBeGreaterThanOrEqual(loss(found) - 1e-9);
    expect(found).toBeGreaterThan(1);
    expect(found).toBeLessThan(4);
  });

  it('grows as logits do', () => {
    const once = fitTemperature(logits, classOf, 3);
    for (const factor of [0.1, 3, 7]) {
      expect(
        fitTemperature(
          logits.map((z) => factor * z),
          classOf,
          3,
        ) / once,
      ).toBeCloseTo(factor, 5);
    }
  });

  it('has bounds where rows can be told apart for certain, or not at all', () => {
    const sure = Float64Array.of(1, 0, 0, 1);
    expect(fitTemperature(sure, Int32Array.of(0, 1), 2)).toBeCloseTo(1 / 64, 6);
    expect(fitTemperature(sure, Int32Array.of(1, 0), 2)).toBeCloseTo(64, 3);
  });
});

describe('folds of groups', () => {
  it('never part a group, and leave out every row once', () => {
    const cases = fc.array(fc.record({ group: fc.integer({ min: 0, max: 12 }), own: fc.integer({ min: 0, max: 3 }) }), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(cases, (rows) => {
        const groups = rows.map(({ group }) => `g${group}`);
        const folds = groupFolds(
          groups,
          Int32Array.from(rows, ({ own }) => own),
          4,
          5,
          1,
        );
        const foldOf = new Map<string, number>();
        groups.forEach((group, i) => {
          const known = foldOf.get(group) ?? (folds[i] as number);
          foldOf.set(group, known);
          expect(folds[i]).toBe(known);
        });
        expect(Math.max(...folds) + 1).toBe(Math.min(5, new Set(groups).size));
      }),
    );
  });

  it('have some of each class where each photo is by itself', () => {
    const classOf = Int32Array.from({ length: 95 }, (_, i) => (i < 80 ? 0 : i < 90 ? 1 : 2));
    const folds = groupFolds(
      Array.from(classOf, (_, i) => `p${i}`),
      classOf,
      3,
      5,
      9,
    );
    for (let fold = 0; fold < 5; fold++) {
      const own = [...classOf].filter((_, i) => folds[i] === fold);
      expect([0, 1, 2].map((k) => own.filter((one) => one === k).length)).toEqual([16, 2, 1]);
    }
  });
});

describe('weights that are drawn to what is known', () => {
  it('stay there where photos count for nothing, and are where the gradient says', () => {
    const data = rowsOf(60, 5, 3, 1, 21);
    const random = seededRandom(8);
    const around = Float64Array.from({ length: 15 }, () => 4 * (random() - 0.5));
    const still = fitLogistic(data.features, data.classOf, 3, { c: 1e-9, around });
    still.weights.forEach((weight, at) => {
      expect(Math.abs(weight - (around[at] as number))).toBeLessThan(1e-3);
    });
    // At the minimum, (weights - around)/c is what the photos pull at them.
    const c = 0.5;
    const { weights } = fitLogistic(data.features, data.classOf, 3, { c, around });
    const moved = fitLogistic(data.features, data.classOf, 3, { c });
    expect(Math.max(...weights.map((weight, at) => Math.abs(weight - (moved.weights[at] as number))))).toBeGreaterThan(
      0.05,
    );
    const probabilities = probabilitiesOf(
      logitsOf(data.features, fitLogistic(data.features, data.classOf, 3, { c, around })),
      3,
      1,
    );
    const rows = data.features;
    for (let k = 0; k < 3; k++) {
      const residuals = Float32Array.from(
        { length: 60 },
        (_, i) => (probabilities[3 * i + k] as number) - (data.classOf[i] === k ? 1 : 0),
      );
      const [pull] = rows.transposedTimes([residuals]);
      for (let f = 0; f < 5; f++) {
        const at = 5 * k + f;
        expect(((weights[at] as number) - (around[at] as number)) / c).toBeCloseTo(-(pull?.[f] as number), 2);
      }
    }
  });
});

describe('cross-validation', () => {
  const groupsOf = (n: number) => Array.from({ length: n }, (_, i) => `g${i % 20}`);

  it('gives each row probabilities of a model that has not seen its group', () => {
    const data = rowsOf(100, 6, 3, 1, 6);
    const found = crossValidate(data.features, data.classOf, 3, groupsOf(100), 1);
    const fold = found.foldOf[0] as number;
    const used = Uint8Array.from(found.foldOf, (own) => (own === fold ? 0 : 1));
    const unseen = fitLogistic(data.features, data.classOf, 3, { c: found.c, used });
    const expected = probabilitiesOf(logitsOf(data.features, unseen), 3, found.temperature);
    found.heldOut.subarray(0, 3).forEach((p, k) => {
      expect(p).toBeCloseTo(expected[k] as number, 3);
    });
  });

  it('holds on strongly where there is nothing to learn, and lets go where there is', () => {
    const [nothing, much] = [0, 2].map((apart) => {
      const data = rowsOf(200, 10, 2, apart, 12);
      return crossValidate(data.features, data.classOf, 2, groupsOf(200), 1);
    });
    expect(nothing?.c).toBe(0.01);
    expect(much?.c).toBeGreaterThan(0.05);
  });

  it('is not taken in by a group whose photos are all alike', () => {
    // Each group has features of its own and a class by chance: what is learned of a group says nothing of another.
    const random = seededRandom(2);
    const middles = Array.from({ length: 40 }, () => Array.from({ length: 30 }, () => 3 * (random() - 0.5)));
    const groupClass = middles.map((_, g) => g % 2);
    const rows = Float32Array.from({ length: 400 * 30 }, (_, at) => {
      const group = Math.floor(at / 30) % 40;
      return (middles[group] as number[])[at % 30] as number;
    });
    const classOf = Int32Array.from({ length: 400 }, (_, i) => groupClass[i % 40] as number);
    const features = new FeatureMatrix(rows, 30);
    const right = (groups: readonly string[]) => {
      const { heldOut } = crossValidate(features, classOf, 2, groups, 1);
      return classOf.filter((own, i) => (heldOut[2 * i + own] as number) > 0.5).length / 400;
    };
    expect(right(Array.from(classOf, (_, i) => `p${i}`))).toBeGreaterThan(0.95);
    expect(right(Array.from(classOf, (_, i) => `g${i % 40}`))).toBeLessThan(0.75);
  });

  it('needs two groups', () => {
    const data = rowsOf(10, 2, 2, 1, 1);
    expect(() => crossValidate(data.features, data.classOf, 2, new Array(10).fill('one'), 1)).toThrow(RangeError);
  });
});
