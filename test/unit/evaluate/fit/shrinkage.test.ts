import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { atBound } from '../../../../src/evaluate/fit/at-bound.js';
import type { Knob } from '../../../../src/evaluate/fit/knobs.js';
import { minimise } from '../../../../src/evaluate/fit/minimise.js';
import { shrunk } from '../../../../src/evaluate/fit/shrinkage.js';
import { DEFAULT_PROFILE } from '../../../../src/locate/blend-profile.js';

const knobs: readonly Knob[] = [
  { name: 'temperature', low: 0.01, high: 1, scale: 'log' },
  { name: 'exponent', low: -1, high: 3, scale: 'linear' },
];

describe('a shrunk loss', () => {
  it('is least at the defaults where the queries say nothing', () => {
    const { values } = minimise(
      knobs,
      [0.5, 2],
      shrunk(knobs, [0.1, 0.5], 100, () => 3),
    );
    expect(values[0]).toBeCloseTo(0.1, 1);
    expect(values[1]).toBeCloseTo(0.5, 1);
  });

  it('adds 0.02 nats for half a box at 100 clusters, and less the more there are', () => {
    const at = (clusters: number) => shrunk(knobs, [0.1, -1], clusters, () => 0)([0.1, 1]);
    expect(at(100)).toBeCloseTo(0.02, 12);
    expect(at(1_000)).toBeCloseTo(0.002, 12);
  });

  it('leaves a knob without a default free, and never takes anything off', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: -1, max: 3, noNaN: true }),
        (temperature, exponent) => {
          expect(shrunk(knobs, [null, null], 5, () => 1)([temperature, exponent])).toBe(1);
          expect(shrunk(knobs, [0.1, 0.5], 5, () => 1)([temperature, exponent])).toBeGreaterThanOrEqual(1);
        },
      ),
    );
  });
});

describe('parameters at a bound', () => {
  const { captions, blend } = DEFAULT_PROFILE;
  const far = {
    ...DEFAULT_PROFILE,
    captions: { ...captions, temperature: { ...captions.temperature, city: 20 } },
    blend: { ...blend, beta: 0, gamma: -1.5 },
  };

  it('are named where they were fitted', () => {
    expect(atBound(DEFAULT_PROFILE, 'all', [0.5, 0.9])).toEqual([]);
    expect(atBound(far, 'all', [0.5, 0.9])).toEqual(['captions.temperature.city', 'blend.beta', 'blend.gamma']);
    expect(atBound(far, 'few', [0.5, 0.9])).toEqual(['captions.temperature.city', 'blend.beta']);
  });

  it('include those of the gate, whose bounds are the queries’ own best cosines', () => {
    const { retrieval } = DEFAULT_PROFILE;
    const gate = { lo: 0.05, hi: 0.9, tau: 0.9, delta: 0.1 };
    const gated = { ...DEFAULT_PROFILE, retrieval: { ...retrieval, not_indexed: gate } };
    expect(atBound(gated, 'some', [0.5, 0.9])).toEqual(['not_indexed.tau']);
    expect(atBound(gated, 'few', [0.5, 0.9])).toEqual([]);
  });
});
