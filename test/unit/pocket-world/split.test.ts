import { describe, expect, it } from '@jest/globals';
import { chooseTowns } from '../../../src/pocket-world/choose-towns.js';
import { townSplit } from '../../../src/pocket-world/split.js';

describe('townSplit', () => {
  const ids = Array.from({ length: 30_000 }, (_, i) => String(100_000 + i));

  it('gives 60, 20 and 20 % of the towns', () => {
    const share = (split: string) => ids.filter((id) => townSplit(id) === split).length / ids.length;
    expect(Math.abs(share('train') - 0.6)).toBeLessThan(0.015);
    expect(Math.abs(share('index') - 0.2)).toBeLessThan(0.012);
    expect(Math.abs(share('fresh') - 0.2)).toBeLessThan(0.012);
  });

  it('keeps the towns of one split out of the others, whatever seed chooses them', () => {
    const idsOf = (split: 'train' | 'index' | 'fresh', seed: string) =>
      new Set(chooseTowns({ count: 800, seed, splits: [split] }).map(({ id }) => id));
    const train = idsOf('train', 'a');
    const index = idsOf('index', 'b');
    const fresh = idsOf('fresh', 'c');
    expect([train.size, index.size, fresh.size]).toEqual([800, 800, 800]);
    expect(new Set([...train, ...index, ...fresh]).size).toBe(2400);
  });
});
