import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { falseAlarmProbabilities, type Surprise } from '../../../../src/collection/audit/false-alarms.js';
import { seededRandom } from '../../../../src/domain/seeded-random.js';

/** Honest photos fit by a skewed law with a long tail, false ones mostly badly; `decoys` are of the law of false ones. */
function photos(honest: number, mistaken: number, seed: number): (Surprise & { readonly honest: boolean })[] {
  const random = seededRandom(seed);
  const well = () => -Math.log(random()) * 0.8;
  const badly = () => 11.5 - 9 * random() ** 2;
  return Array.from({ length: honest + mistaken }, (_, i) => ({
    honest: i < honest,
    stated: i < honest ? well() : badly(),
    decoys: Array.from({ length: 5 }, badly),
    support: random(),
  }));
}

const listed = (some: readonly (Surprise & { readonly honest: boolean })[], share: number) => {
  const probabilities = falseAlarmProbabilities(some);
  return some.filter((_, i) => Number(probabilities[i]) <= share);
};

describe('the probability of a false alarm', () => {
  it.each([
    [0, 0.05],
    [20, 0.05],
    [150, 0.05],
    [300, 0.05],
    [40, 0.02],
  ])('is what it says with %d photos elsewhere among 2,000, at a share of %d', (mistaken, share) => {
    let [seen, found] = [0, 0];
    for (let seed = 1; seed <= 10; seed++) {
      const some = listed(photos(2000 - mistaken, mistaken, seed), share);
      seen += some.filter(({ honest }) => honest).length;
      found += some.filter(({ honest }) => !honest).length;
    }
    const expected = share * 10 * (2000 - mistaken);
    expect(seen).toBeGreaterThan(0.7 * expected);
    expect(seen).toBeLessThan(1.3 * expected);
    if (mistaken > 0) expect(found / (10 * mistaken)).toBeGreaterThan(0.9);
  });

  it('is never smaller for a better fit among photos of like support, and within 0 and 1', () => {
    const surprise = fc.record({
      stated: fc.double({ min: 0, max: 11.6, noNaN: true }),
      decoys: fc.array(fc.double({ min: 0, max: 11.6, noNaN: true }), { maxLength: 5 }),
      support: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(surprise, { maxLength: 60 }), (some) => {
        const probabilities = falseAlarmProbabilities(some);
        some.forEach((one, i) => {
          expect(probabilities[i]).toBeGreaterThan(0);
          expect(probabilities[i]).toBeLessThanOrEqual(1);
          some.forEach((other, j) => {
            if (one.stated > other.stated) expect(probabilities[i]).toBeLessThanOrEqual(Number(probabilities[j]));
          });
        });
      }),
    );
  });

  it('compares a photo with those of like support: what is usual where little is known is not where much is', () => {
    const random = seededRandom(7);
    const known = Array.from({ length: 400 }, () => ({ stated: random(), decoys: [], support: 0.9 }));
    const unknown = Array.from({ length: 400 }, () => ({ stated: 5 * random(), decoys: [], support: 0.1 }));
    const probe = (support: number) => ({ stated: 2, decoys: [], support });
    const probabilities = falseAlarmProbabilities([...known, ...unknown, probe(0.9), probe(0.1)]);
    expect(probabilities[800]).toBeLessThan(0.01);
    expect(probabilities[801]).toBeGreaterThan(0.5);
  });

  it('can’t call anything rare among few', () => {
    const few = Array.from({ length: 10 }, (_, i) => ({ stated: i, decoys: [], support: 0.5 }));
    expect(Math.min(...falseAlarmProbabilities(few))).toBeCloseTo(2 / 11, 10);
    expect(falseAlarmProbabilities([])).toHaveLength(0);
  });
});
