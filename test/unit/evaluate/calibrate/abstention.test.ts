import { describe, expect, it } from '@jest/globals';
import { chooseConfidentSpread, type Doubted } from '../../../../src/evaluate/calibrate/abstention.js';
import { seeded } from '../../../support/toy-world.js';

function answers(count: number, isFar: (i: number) => boolean): Doubted[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `q${String(i).padStart(4, '0')}`,
    cluster: `author ${i}`,
    spread: i / count,
    errorKm: isFar(i) ? 751 : 750,
  }));
}

describe('the widest spread that counts as confident', () => {
  it('takes all where none is far off', () => {
    expect(
      chooseConfidentSpread(
        answers(100, () => false),
        0.2,
      ),
    ).toMatchObject({
      ...{ confidentSpread: 0.99, accepted: 100, errors: 0, of: 100 },
    });
  });

  it('stops at the first of its few thresholds whose exact bound is above the risk', () => {
    // Of 400 they take in 80, 120, 160, …; every second is wrong from the 130th on. 0.1 is above Beta's 95 % quantile for
    // 0 of 120 and below it for 15 of 160.
    expect(
      chooseConfidentSpread(
        answers(400, (i) => i >= 130 && i % 2 === 0),
        0.1,
      ),
    ).toMatchObject({
      ...{ confidentSpread: 119 / 400, accepted: 120, errors: 0, of: 400 },
    });
  });

  it('is not lost to one early error', () => {
    for (const early of [0, 5, 20]) {
      expect(
        chooseConfidentSpread(
          answers(300, (i) => i === early),
          0.1,
        ).accepted,
      ).toBe(300);
    }
  });

  it('accepts nothing from too few, or where the surest are wrong', () => {
    // At a risk of 0.2 one error is allowed among 22: 0.8^22 + 22 · 0.2 · 0.8^21 = 0.048.
    const none = { confidentSpread: null, accepted: 0, errors: 0, riskBound: null };
    const right = (count: number) =>
      chooseConfidentSpread(
        answers(count, () => false),
        0.2,
      );
    expect(right(21)).toEqual({ ...none, of: 21 });
    expect(right(22).accepted).toBe(22);
    const wrong = chooseConfidentSpread(
      answers(300, (i) => i < 40),
      0.2,
    );
    expect(wrong).toEqual({ ...none, of: 300 });
  });

  it('counts one photo of each author', () => {
    const once = answers(60, (i) => i > 50);
    const often = once.flatMap((answer) =>
      Array.from({ length: 7 }, (_, n) => ({
        ...answer,
        id: `${answer.id}-${n}`,
        errorKm: n === 0 ? answer.errorKm : 9_000,
      })),
    );
    expect(chooseConfidentSpread(often, 0.2)).toEqual(chooseConfidentSpread(once, 0.2));
  });

  it('takes answers of one spread together', () => {
    const level = answers(100, (i) => i % 3 === 0).map((answer) => ({ ...answer, spread: 0.4 }));
    expect(chooseConfidentSpread(level, 0.2).accepted).toBe(0);
    expect(chooseConfidentSpread(level, 0.5)).toMatchObject({
      confidentSpread: 0.4,
      accepted: 100,
      errors: 34,
      of: 100,
    });
  });

  /** Which spread a sample's threshold takes in, null for none; the chance of an error at a spread is `chance` of it. */
  function sampled(random: () => number, clusters: number, chance: (spread: number) => number, risk: number) {
    const drawn = Array.from({ length: clusters }, (_, i) => {
      const spread = random();
      return { id: `${i}`, cluster: `${i}`, spread, errorKm: random() < chance(spread) ? 5_000 : 1 };
    });
    return chooseConfidentSpread(drawn, risk).confidentSpread;
  }

  it.each([
    ['grows with spread', (spread: number) => spread, 0.2],
    ['is a hair above the wanted one everywhere', () => 0.101, 0.1],
    ['is low, then high', (spread: number) => (spread < 0.2 ? 0.05 : 0.5), 0.1],
  ])('lets a risk above the wanted one through in at most 5 % of all samples where it %s', (_name, chance, risk) => {
    const random = seeded(77);
    const samples = 400;
    let broken = 0;
    for (let sample = 0; sample < samples; sample++) {
      const upTo = sampled(random, 200, chance, risk) ?? 0;
      const steps = Array.from({ length: 200 }, (_unused, i) => chance((upTo * (i + 0.5)) / 200));
      if (upTo > 0 && steps.reduce((a, b) => a + b, 0) / 200 > risk) broken++;
    }
    expect(broken / samples).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / samples));
  });

  it('finds most of what could be promised: a sequence answer by answer found none in 71 of 100 such samples', () => {
    const random = seeded(4_711);
    // An oracle takes 60 %: (0.04 · 0.5 + 0.4 · 0.1)/0.6 = 0.1.
    const chance = (spread: number) => (spread < 0.5 ? 0.04 : 0.4);
    const found = Array.from({ length: 200 }, () => sampled(random, 600, chance, 0.1));
    expect(found.filter((one) => one === null).length / 200).toBeLessThan(0.35);
    expect(found.reduce<number>((sum, one) => sum + (one ?? 0), 0) / 200).toBeGreaterThan(0.3);
  });
});
