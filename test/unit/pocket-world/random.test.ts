import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '../../../src/pocket-world/random.js';

const draw = (random: Random, count: number) => Array.from({ length: count }, () => random.next());

describe('Random', () => {
  it('gives the same numbers for the same seed, and others for another seed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(draw(new Random(a), 8)).toEqual(draw(new Random(a), 8));
        if (a !== b) expect(draw(new Random(a), 8)).not.toEqual(draw(new Random(b), 8));
      }),
    );
  });

  it('keeps a fork as it is however much is drawn from its parent', () => {
    const parent = new Random('parent');
    const before = draw(parent.fork('child'), 5);
    draw(parent, 1000);
    expect(draw(parent.fork('child'), 5)).toEqual(before);
  });

  it('is uniform: each tenth of [0, 1) gets a tenth of the draws, over one stream and over many seeds', () => {
    for (const values of [
      draw(new Random('uniform'), 20_000),
      Array.from({ length: 20_000 }, (_, i) => new Random(`seed ${i}`).next()),
    ]) {
      const counts = new Array<number>(10).fill(0);
      for (const value of values) counts[Math.floor(value * 10)] = (counts[Math.floor(value * 10)] ?? 0) + 1;
      // Standard deviation of a count is 42: five of them.
      for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(215);
    }
  });

  it('refuses to pick from nothing', () => {
    expect(() => new Random('x').pick([])).toThrow(RangeError);
  });
});
