import { describe, expect, it } from '@jest/globals';
import { type Doubted, verdictSpreads, widestSpread } from '../../../../src/evaluate/calibrate/verdict-spreads.js';
import { seeded } from '../../../support/toy-world.js';

function answers(count: number, isWrong: (i: number) => boolean): Doubted[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `q${String(i).padStart(4, '0')}`,
    cluster: `author ${i}`,
    spread: i / count,
    wrong: isWrong(i),
  }));
}

describe('the widest spread that keeps a risk', () => {
  it('takes all where none is wrong', () => {
    expect(
      widestSpread(
        answers(100, () => false),
        0.2,
      ),
    ).toMatchObject({
      ...{ spread: 0.99, accepted: 100, errors: 0, of: 100 },
    });
  });

  it('stops at the first of its few thresholds whose exact bound is above the risk', () => {
    // Of 400 they take in 80, 120, 160, …; every second is wrong from the 130th on. 0.1 is above Beta's 95 % quantile for
    // 0 of 120 and below it for 15 of 160.
    expect(
      widestSpread(
        answers(400, (i) => i >= 130 && i % 2 === 0),
        0.1,
      ),
    ).toMatchObject({
      ...{ spread: 119 / 400, accepted: 120, errors: 0, of: 400 },
    });
  });

  it('is not lost to one early error', () => {
    for (const early of [0, 5, 20]) {
      expect(
        widestSpread(
          answers(300, (i) => i === early),
          0.1,
        ).accepted,
      ).toBe(300);
    }
  });

  it('accepts nothing from too few, or where the surest are wrong', () => {
    // At a risk of 0.2 one error is allowed among 22: 0.8^22 + 22 · 0.2 · 0.8^21 = 0.048.
    const none = { spread: null, accepted: 0, errors: 0, riskBound: null };
    const right = (count: number) =>
      widestSpread(
        answers(count, () => false),
        0.2,
      );
    expect(right(22).accepted).toBe(22);
    // Of fewer the surest 14 must all be right (0.8^14 = 0.044), and then all.
    expect(right(13)).toEqual({ ...none, of: 13 });
    expect(right(14).accepted).toBe(14);
    const oneWrong = (at: number) =>
      widestSpread(
        answers(21, (i) => i === at),
        0.2,
      ).accepted;
    expect([oneWrong(13), oneWrong(14), oneWrong(20)]).toEqual([0, 14, 14]);
    // 59 at a risk of 0.05: 0.95^59 = 0.0485.
    const surely = (count: number) =>
      widestSpread(
        answers(count, () => false),
        0.05,
      ).accepted;
    expect([58, 59].map(surely)).toEqual([0, 59]);
    const wrong = widestSpread(
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
        wrong: n === 0 ? answer.wrong : true,
      })),
    );
    expect(widestSpread(often, 0.2)).toEqual(widestSpread(once, 0.2));
  });

  it('takes answers of one spread together', () => {
    const level = answers(100, (i) => i % 3 === 0).map((answer) => ({ ...answer, spread: 0.4 }));
    expect(widestSpread(level, 0.2).accepted).toBe(0);
    expect(widestSpread(level, 0.5)).toMatchObject({
      spread: 0.4,
      accepted: 100,
      errors: 34,
      of: 100,
    });
  });

  /** Which spread a sample's threshold takes in, null for none; the chance of an error at a spread is `chance` of it. */
  function sampled(random: () => number, clusters: number, chance: (spread: number) => number, risk: number) {
    const drawn = Array.from({ length: clusters }, (_, i) => {
      const spread = random();
      return { id: `${i}`, cluster: `${i}`, spread, wrong: random() < chance(spread) };
    });
    return widestSpread(drawn, risk).spread;
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

  it('is found for each level from the answers that name it', () => {
    const named = (level: 'town' | 'region' | 'country' | 'continent' | null, count: number, isWrong: boolean) =>
      answers(count, () => isWrong).map((answer) => ({ ...answer, id: `${level} ${answer.id}`, level }));
    const found = verdictSpreads([
      ...[...named('town', 60, false), ...named('region', 60, true), ...named('country', 20, false)],
      ...[...named('continent', 500, true), ...named(null, 500, true)],
    ]);
    expect(found.town).toMatchObject({ sure: { accepted: 60, of: 60 }, likely: { accepted: 60 } });
    expect(found.region).toMatchObject({ sure: { spread: null, of: 60 }, likely: { spread: null } });
    expect(found.country).toMatchObject({ sure: { spread: null, of: 20 }, likely: { accepted: 20 } });
  });
});
