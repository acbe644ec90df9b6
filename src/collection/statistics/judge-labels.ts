import { present as checked } from '../../domain/present.js';
import { seededRandom } from '../../domain/seeded-random.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const DRAWS = 2_000;
const BINS = 10;

export interface Judged {
  /** Mean of the classes' recalls, with its percentile interval. */
  readonly balancedAccuracy: { readonly value: number; readonly low: number; readonly high: number };
  /** Number of rows by true class, then by given class. */
  readonly confusion: readonly (readonly number[])[];
  readonly reliability: {
    /** Mean over the bins, weighted by rows, of |promised − observed|. */
    readonly calibrationError: number;
    readonly bins: readonly ReliabilityBin[];
  };
}

interface ReliabilityBin {
  readonly from: number;
  readonly rows: number;
  /** Mean probability of the given class. */
  readonly promised: number;
  /** Share of rows for which it is right. */
  readonly observed: number;
}

/** The likeliest class of each row; the first of equal ones. @param probabilities one for each row and class, by rows */
export function likeliest(probabilities: Float64Array, classes: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, i) => {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if (present(probabilities[i * classes + k]) > present(probabilities[i * classes + best])) best = k;
    }
    return best;
  });
}

/**
 * The class of each row that is likeliest for its kind: as if all classes were equally frequent, which is what balanced accuracy asks.
 * @param shares of the classes, as probabilities take them to be
 */
export function likeliestOfItsKind(probabilities: Float64Array, shares: Float64Array): Int32Array {
  const classes = shares.length;
  return likeliest(
    probabilities.map((p, at) => p / present(shares[at % classes])),
    classes,
  );
}

export interface JudgeOptions {
  readonly confidence?: number;
  /** The class that each row is given; the likeliest by default. */
  readonly given?: Int32Array;
}

/**
 * Measures how well probabilities predict classes.
 * @param probabilities one for each row and class, by rows, of rows that they were not fitted to
 * @param groups group of each row: the interval is of 2,000 draws of whole groups, with replacement
 */
export function judgeLabels(
  probabilities: Float64Array,
  classOf: Int32Array,
  classes: number,
  groups: readonly string[],
  seed: number,
  { confidence = 0.9, given = likeliest(probabilities, classes) }: JudgeOptions = {},
): Judged {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  given.forEach((k, i) => {
    const row = present(confusion[present(classOf[i])]);
    row[k] = present(row[k]) + 1;
  });
  const figure = (weight: (row: number) => number) => balancedAccuracy(given, classOf, classes, weight);
  const bootstrap = intervalOf(figure, groups, seed, confidence);
  return {
    balancedAccuracy: bootstrap,
    confusion,
    reliability: reliabilityOf(probabilities, likeliest(probabilities, classes), classOf, classes),
  };
}

/**
 * How much more balanced accuracy one naming of the same rows has than another, with its interval over draws of whole groups.
 * @param given the class that each row was given
 */
export function compareLabels(
  given: Int32Array,
  other: Int32Array,
  truth: { readonly classOf: Int32Array; readonly classes: number; readonly groups: readonly string[] },
  seed: number,
  confidence = 0.9,
): { readonly value: number; readonly low: number; readonly high: number } {
  const { classOf, classes, groups } = truth;
  const more = (weight: (row: number) => number) =>
    balancedAccuracy(given, classOf, classes, weight) - balancedAccuracy(other, classOf, classes, weight);
  return intervalOf(more, groups, seed, confidence);
}

/** A figure of rows and its percentile interval over draws of whole groups, with replacement. */
function intervalOf(
  figure: (weight: (row: number) => number) => number,
  groups: readonly string[],
  seed: number,
  confidence: number,
) {
  const numbers = new Map<string, number>();
  const groupOf = groups.map((group) => {
    const known = numbers.get(group) ?? numbers.size;
    numbers.set(group, known);
    return known;
  });
  const value = figure(() => 1);
  const random = seededRandom(seed);
  const drawn = Float64Array.from({ length: DRAWS }, () => {
    const times = new Uint32Array(numbers.size);
    for (let i = 0; i < times.length; i++) {
      const group = Math.floor(random() * times.length);
      times[group] = present(times[group]) + 1;
    }
    return figure((i) => present(times[present(groupOf[i])]));
  }).sort();
  const tail = (1 - confidence) / 2;
  const at = (share: number) => present(drawn[Math.round(share * (DRAWS - 1))]);
  return { value, low: at(tail), high: at(1 - tail) };
}

/** Classes without a row do not count. @param weight weight of each row */
function balancedAccuracy(
  given: Int32Array,
  classOf: Int32Array,
  classes: number,
  weight: (row: number) => number,
): number {
  const [right, all] = [new Float64Array(classes), new Float64Array(classes)];
  for (let i = 0; i < given.length; i++) {
    const own = present(classOf[i]);
    const w = weight(i);
    all[own] = present(all[own]) + w;
    if (given[i] === own) right[own] = present(right[own]) + w;
  }
  let [sum, seen] = [0, 0];
  for (let k = 0; k < classes; k++) {
    if (all[k] === 0) continue;
    sum += present(right[k]) / present(all[k]);
    seen++;
  }
  return sum / seen;
}

function reliabilityOf(probabilities: Float64Array, given: Int32Array, classOf: Int32Array, classes: number) {
  const sums = Array.from({ length: BINS }, () => ({ rows: 0, promised: 0, right: 0 }));
  given.forEach((k, i) => {
    const p = present(probabilities[i * classes + k]);
    const bin = present(sums[Math.min(BINS - 1, Math.floor(p * BINS))]);
    bin.rows++;
    bin.promised += p;
    if (classOf[i] === k) bin.right++;
  });
  const bins = sums.flatMap(({ rows, promised, right }, i) =>
    rows === 0 ? [] : [{ from: i / BINS, rows, promised: promised / rows, observed: right / rows }],
  );
  const calibrationError = bins.reduce(
    (sum, { rows, promised, observed }) => sum + (rows / given.length) * Math.abs(promised - observed),
    0,
  );
  return { calibrationError, bins };
}
