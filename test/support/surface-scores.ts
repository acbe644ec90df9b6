import { readFileSync } from 'node:fs';
import { seededRandom } from '../../src/domain/seeded-random.js';

/** Scores that a CLIP gave to labelled crops: softmax over ten surfaces. */
export interface SurfaceScores {
  readonly classes: number;
  /** One for each crop and class, by crops. */
  readonly scores: Float64Array;
  readonly classOf: Int32Array;
}

export function readSurfaceScores(file: string): SurfaceScores {
  const [head = '', ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  const names = head.trim().split(',').slice(2);
  const cells = rows.map((row) => row.trim().split(','));
  return {
    classes: names.length,
    scores: Float64Array.from(cells.flatMap((row) => row.slice(2).map(Number))),
    classOf: Int32Array.from(cells, ([, truth = '']) => names.indexOf(truth)),
  };
}

/** The scores of some crops. */
export function cropsAt({ classes, scores, classOf }: SurfaceScores, at: readonly number[]): SurfaceScores {
  return {
    classes,
    scores: Float64Array.from(at.flatMap((i) => [...scores.subarray(i * classes, (i + 1) * classes)])),
    classOf: Int32Array.from(at, (i) => classOf[i] as number),
  };
}

/** The numbers 0 to n − 1 in an order of the seed. */
export function shuffled(n: number, seed: number): number[] {
  const random = seededRandom(seed);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}

/** Shares that are anything with the same chance: Dirichlet(1, …, 1). */
export function anyShares(classes: number, random: () => number): number[] {
  const parts = Array.from({ length: classes }, () => -Math.log(1 - random()));
  const whole = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => part / whole);
}

/** As many crops, drawn with replacement, with these shares of the classes. */
export function drawWith(of: SurfaceScores, shares: readonly number[], n: number, random: () => number): number[] {
  const members = shares.map((_, k) => [...of.classOf.keys()].filter((i) => of.classOf[i] === k));
  return Array.from({ length: n }, () => {
    let left = random();
    let k = 0;
    for (; k < shares.length - 1 && left >= (shares[k] as number); k++) left -= shares[k] as number;
    const own = members[k] as number[];
    return own[Math.floor(random() * own.length)] as number;
  });
}
