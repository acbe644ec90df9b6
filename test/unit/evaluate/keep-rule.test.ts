import { describe, expect, it } from '@jest/globals';
import { type Compared, gainOf, isKept, verdictOf } from '../../../src/evaluate/keep-rule.js';
import { seeded } from '../../support/toy-world.js';

/** Two queries a cluster, five folds; each gains `mean` and what its cluster and its fold's fit add by chance. */
function compared(clusters: number, mean: number, seed: number, foldSd = 0): Compared[] {
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const folds = Array.from({ length: 5 }, () => foldSd * normal());
  return Array.from({ length: clusters }, (_, c) => {
    const gain = mean + normal() + (folds[c % 5] ?? 0);
    return [0, 1].map(() => ({ cluster: `${c}`, weight: 0.5, fold: c % 5, before: 3 + gain, after: 3 }));
  }).flat();
}

describe('whether a fit is kept', () => {
  it('is decided by its gain in standard errors: by chance one in six, not one in two', () => {
    const kept = Array.from({ length: 200 }, (_, seed) => isKept(gainOf(compared(60, 0, seed))));
    expect(kept.filter(Boolean).length / 200).toBeLessThan(0.24);
    const real = Array.from({ length: 50 }, (_, seed) => isKept(gainOf(compared(60, 0.5, seed))));
    expect(real.filter(Boolean).length).toBeGreaterThan(48);
  });

  it('knows that the queries of a fold share one fit', () => {
    const { standardError: alone } = gainOf(compared(400, 0, 3));
    const { standardError: shared } = gainOf(compared(400, 0, 3, 0.5));
    expect(alone).toBeLessThan(0.1);
    expect(shared).toBeGreaterThan(0.15);
  });

  it('counts clusters alike', () => {
    const one = { weight: 1, fold: 0, after: 0 };
    const prolific = Array.from({ length: 8 }, () => ({ ...one, cluster: 'ann', weight: 1 / 8, before: 4 }));
    const gain = gainOf([...prolific, { ...one, cluster: 'bob', before: -2 }]);
    expect(gain.value).toBeCloseTo(1, 12);
    expect(gain.standardError).toBeCloseTo(3, 12);
    expect(isKept(gain)).toBe(false);
  });

  it('is said in a sentence', () => {
    const gain = (value: number) => ({ value, low: value - 0.2, high: value + 0.2, standardError: 0.1 });
    expect(verdictOf(gain(-0.3), 'default', 90, 'unchanged')).toMatch(
      /^The fitted profile does not beat the profile default on 90 .*worse by 0\.300 .*Nothing was changed\.$/,
    );
    expect(verdictOf(gain(0.05), 'default', 90, 'unchanged')).toMatch(
      /does not beat .* by more than chance.*Nothing was changed/,
    );
    expect(verdictOf(gain(0.05), 'default', 90, 'calibrated')).toMatch(
      /by more than chance.*circles are calibrated now/,
    );
    expect(verdictOf(gain(0.15), 'default', 90, 'fitted')).toMatch(
      /beats .*standard error 0\.100.*the interval holds 0/,
    );
    expect(verdictOf(gain(0.3), 'default', 90, 'fitted')).toMatch(/beats [^;]*; 95 % [^;]*\)\.$/);
  });
});
