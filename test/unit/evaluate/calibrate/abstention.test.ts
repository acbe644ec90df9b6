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

  it('stops before the first threshold whose exact bound is above the risk', () => {
    // 0 of 100, then every second is wrong. Beta's 95 % quantile is 0.0932 for 5 of 110, 0.1039 for 6 of 111.
    expect(
      chooseConfidentSpread(
        answers(400, (i) => i >= 100 && i % 2 === 0),
        0.1,
      ),
    ).toMatchObject({
      ...{ confidentSpread: 109 / 400, accepted: 110, errors: 5, of: 400 },
    });
  });

  it('accepts nothing from too few, or where the surest are wrong', () => {
    // 0.8^13 > 0.05 > 0.8^14
    expect(
      chooseConfidentSpread(
        answers(13, () => false),
        0.2,
      ).confidentSpread,
    ).toBe(0);
    expect(
      chooseConfidentSpread(
        answers(14, () => false),
        0.2,
      ).accepted,
    ).toBe(14);
    const wrong = chooseConfidentSpread(
      answers(300, (i) => i < 40),
      0.2,
    );
    expect(wrong).toEqual({ confidentSpread: 0, accepted: 0, errors: 0, of: 300, riskBound: null });
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

  it('lets a risk above the wanted one through in at most 5 % of all samples', () => {
    const random = seeded(77);
    // The chance of an error is the spread itself: the risk of all within t is t/2.
    const samples = 400;
    let broken = 0;
    for (let sample = 0; sample < samples; sample++) {
      const drawn = Array.from({ length: 200 }, (_, i) => {
        const spread = random();
        return { id: `${i}`, cluster: `${i}`, spread, errorKm: random() < spread ? 5_000 : 1 };
      });
      if (chooseConfidentSpread(drawn, 0.2).confidentSpread / 2 > 0.2) broken++;
    }
    expect(broken / samples).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / samples));
  });
});
