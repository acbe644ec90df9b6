import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conformalQuantile, type Score } from '../../../../src/evaluate/calibrate/conformal.js';
import { seeded } from '../../../support/toy-world.js';

const shares = fc.constantFrom(0.5, 0.9);

describe('the conformal quantile', () => {
  it('is the ⌈(n + 1) q⌉-th smallest of n scores that are all on their own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 60 }),
        shares,
        (values, share) => {
          const rank = Math.ceil((values.length + 1) * share - 1e-9);
          const expected = values.toSorted((a, b) => a - b)[rank - 1] ?? Number.POSITIVE_INFINITY;
          const scores = values.map((score) => ({ mass: 1, score }));
          expect(conformalQuantile(scores, share)).toBe(expected);
        },
      ),
    );
  });

  it('does not count a photo twice because its author took it twice', () => {
    const once: Score[] = Array.from({ length: 40 }, (_, i) => ({ mass: 1, score: (i * 7) % 40 }));
    const often = once.flatMap(({ score }, i) =>
      Array.from({ length: 1 + (i % 5) }, () => ({ mass: 1 / (1 + (i % 5)), score })),
    );
    for (const share of [0.25, 0.5, 0.9]) expect(conformalQuantile(often, share)).toBe(conformalQuantile(once, share));
  });

  it('promises nothing from too few', () => {
    const nine = Array.from({ length: 9 }, (_, i) => ({ mass: 1, score: i }));
    expect(conformalQuantile(nine, 0.9)).toBe(8);
    expect(conformalQuantile(nine.slice(1), 0.9)).toBe(Number.POSITIVE_INFINITY);
    expect(conformalQuantile([], 0.5)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([0.5, 0.9])('holds the share %d of new authors on average, however unlike authors are', (share) => {
    const random = seeded(20_261);
    let held = 0;
    const draws = 3_000;
    for (let draw = 0; draw < draws; draw++) {
      const scores = Array.from({ length: 31 }, () => {
        const level = -Math.log(random());
        const photos = 1 + Math.floor(random() * 6);
        return Array.from({ length: photos }, () => ({ mass: 1 / photos, score: level * (0.5 + random()) }));
      });
      const [news = [], ...known] = scores;
      const next = news[Math.floor(random() * news.length)] as Score;
      if (next.score <= conformalQuantile(known.flat(), share)) held++;
    }
    const error = Math.sqrt((share * (1 - share)) / draws);
    expect(held / draws).toBeGreaterThan(share - 4 * error);
    // Over by at most 1/(A + 1).
    expect(held / draws).toBeLessThan(share + 1 / 31 + 4 * error);
  });
});
