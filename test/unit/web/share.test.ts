import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hintParameters, readHints } from '../../../web/src/share/hint-parameters.js';
import { packEmbedding, unpackEmbedding } from '../../../web/src/share/pack-embedding.js';

const vector = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 64, maxLength: 768 })
  .filter((values) => Math.hypot(...values) > 0.1)
  .map((values) => values.map((value) => value / Math.hypot(...values)));

const cosine = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));

describe('an embedding in an address', () => {
  it('comes back as the same direction', () => {
    fc.assert(
      fc.property(vector, (embedding) => {
        const text = packEmbedding(embedding);
        expect(text).toMatch(/^[\w-]+$/);
        expect(cosine(unpackEmbedding(text) ?? [], embedding)).toBeGreaterThan(1 - 1e-6);
      }),
    );
  });

  it('packed again is the same text, so that an address stays as it is', () => {
    fc.assert(
      fc.property(vector, (embedding) => {
        const text = packEmbedding(embedding);
        expect(packEmbedding(unpackEmbedding(text) ?? [])).toBe(text);
      }),
    );
  });

  it.each(['', 'A', 'not base64!', '<script>', 'AAA'])('%j is none', (text) => {
    const found = unpackEmbedding(text);
    expect(found === null || found.every(Number.isFinite)).toBe(true);
    if (!/^[\w-]{2,}$/.test(text)) expect(found).toBeNull();
  });
});

describe('hints in an address', () => {
  it('come back as they went', () => {
    const hints = {
      country: ['PL', 'DE'],
      exclude_country: ['US'],
      bbox: [170, -20, -170, 10] as const,
      exclude_bbox: [1, 2, 3, 4] as const,
      near: { lat: 54.3, lon: 18.6, uncertainty_km: 12.5 },
    };
    const parameters = Object.fromEntries(
      Object.entries(hintParameters(hints)).filter((entry): entry is [string, string] => entry[1] !== null),
    );
    expect(readHints(parameters)).toEqual(hints);
  });

  it('that are none are left out', () => {
    expect(readHints({ hint_country: 'Poland', hint_bbox: '1,2,3', hint_near: '1,,2' })).toEqual({});
  });
});
