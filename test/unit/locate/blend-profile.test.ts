import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PROFILE, parseBlendProfile, priorExponent, withOverrides } from '../../../src/locate/blend-profile.js';
import { levelsUpTo } from '../../support/levels-up-to.js';

const bin = { spread_edges: [0.3], radius_50: [1, 1.5], radius_90: [1.2, 2], draws_50: [[1, 2]], draws_90: [[2, 2]] };
const calibration = {
  ...{ not_indexed_edges: [], bins: [bin], levels: levelsUpTo(0.4), queries: 900, authors: 300 },
};

describe('a blend profile', () => {
  it('survives its own JSON, with and without a calibration', () => {
    for (const profile of [DEFAULT_PROFILE, { ...DEFAULT_PROFILE, calibration }]) {
      expect(parseBlendProfile(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
    }
  });

  it('is refused with every field at fault', () => {
    const bad = {
      ...DEFAULT_PROFILE,
      retrieval: { ...DEFAULT_PROFILE.retrieval, temperature: 0, scale_weights: [1] },
      blend: { ...DEFAULT_PROFILE.blend, alpha: -1 },
      calibration: { ...calibration, bins: [{ ...bin, radius_90: [1] }] },
      extra: 1,
    };
    let thrown: unknown;
    try {
      parseBlendProfile(bad);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'blend_profile_invalid', family: 'operator' });
    for (const field of ['retrieval.temperature', 'blend.alpha']) expect(String(thrown)).toContain(field);
    for (const odd of [{ radius_90: [1] }, { draws_50: [[1, 2], [1]] }]) {
      const lengths = { ...DEFAULT_PROFILE, calibration: { ...calibration, bins: [{ ...bin, ...odd }] } };
      expect(() => parseBlendProfile(lengths)).toThrow(/one radius factor more/);
    }
    const cut = { ...DEFAULT_PROFILE, calibration: { ...calibration, not_indexed_edges: [0.5] } };
    expect(() => parseBlendProfile(cut)).toThrow(/one bin more/);
  });

  it('loses its calibration when a query changes what that was made for, and only then', () => {
    const profile = { ...DEFAULT_PROFILE, calibration };
    expect(withOverrides(profile, {})).toBe(profile);
    expect(withOverrides(profile, { alpha: profile.blend.alpha, utility: 'default' })).toBe(profile);
    for (const overrides of [{ beta: 3 }, { utility: 'geoscore' as const }, { retrieval_kernel: 'vo' as const }]) {
      expect(withOverrides(profile, overrides).calibration).toBeNull();
    }
  });

  it('takes back no more of the prior than its factors bring', () => {
    const asked = { alpha: 1, beta: 0.5, gamma: -0.5 };
    expect(priorExponent(asked, 1, 0.5)).toBe(-0.5);
    expect(priorExponent(asked, 1, 0.2)).toBeCloseTo(-0.2, 12);
    expect(priorExponent(asked, 1, 0)).toBeCloseTo(0, 12);
    expect(priorExponent(asked, 0, 0.5)).toBeCloseTo(0, 12);
    expect(priorExponent(asked, 3, 2)).toBe(-0.5);
    expect(priorExponent({ ...asked, gamma: 0.3 }, 0, 0.5)).toBe(0.3);
    const { blend } = withOverrides(
      { ...DEFAULT_PROFILE, blend: { ...DEFAULT_PROFILE.blend, ...asked } },
      { alpha: 0 },
    );
    expect(blend).toMatchObject({ alpha: 0, beta: 0.5 });
    expect(blend.gamma).toBeCloseTo(0, 12);
  });
});
