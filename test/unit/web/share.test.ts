import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hintParameters, readHints } from '../../../web/src/share/hint-parameters.js';
import { isPacked, packEmbedding, unpackEmbedding } from '../../../web/src/share/pack-embedding.js';
import { reportName } from '../../../web/src/share/report-name.js';
import { plainText } from '../../../web/src/text/plain-text.js';

const vector = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 64, maxLength: 768 })
  .filter((values) => Math.hypot(...values) > 0.1)
  .map((values) => Float32Array.from(values, (value) => value / Math.hypot(...values)));

const cosine = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));

describe('an embedding in an address', () => {
  it('comes back as the same direction', () => {
    fc.assert(
      fc.property(vector, (embedding) => {
        const text = packEmbedding(embedding);
        expect(text).toMatch(/^[\w-]+$/);
        expect(cosine(unpackEmbedding(text) as Float32Array, embedding)).toBeGreaterThan(1 - 1e-6);
      }),
    );
  });

  it('packed again is the same text, so that an address stays as it is', () => {
    fc.assert(
      fc.property(vector, (embedding) => {
        const text = packEmbedding(embedding);
        expect(packEmbedding(unpackEmbedding(text) as Float32Array)).toBe(text);
      }),
    );
  });

  it('is known again, and no other vector is taken for it, however late it differs', () => {
    fc.assert(
      fc.property(vector, fc.nat(), (embedding, n) => {
        const text = packEmbedding(embedding);
        expect(isPacked(text, embedding)).toBe(true);
        const at = n % embedding.length;
        const other = embedding.with(at, (embedding[at] as number) > 0 ? -0.5 : 0.5);
        expect(isPacked(text, other)).toBe(false);
        expect(isPacked(text, embedding.subarray(0, -1))).toBe(false);
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
    expect(readHints({ hint_near: '91,0,5', hint_bbox: '0,10,20,5', hint_not_bbox: '0,0,200,5' })).toEqual({});
    expect(readHints({ hint_near: '0,0,-1' })).toEqual({});
  });
});

describe('a name from outside', () => {
  it('is a plain name for a file, whatever the photo is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(reportName(name)).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}._-]*-streetdex\.html$/u);
        expect(reportName(name)).not.toContain('..');
        expect(reportName(name.repeat(500)).length).toBeLessThan(120);
      }),
    );
    expect(reportName('IMG_2034.jpg')).toBe('IMG_2034-streetdex.html');
    expect(reportName('../../etc/passwd')).toBe('etc-passwd-streetdex.html');
    expect(reportName('.jpg')).toBe('photo-streetdex.html');
  });

  it('neither ends a line nor turns around what follows; what is written from right to left stays', () => {
    expect(plainText('a\nb\r\u2028c\u202egpj.exe\u2066')).toBe('a\ufffdb\ufffd\ufffdc\ufffdgpj.exe\ufffd');
    expect(plainText('שדרות רוטשילד\u200f 12.jpg')).toBe('שדרות רוטשילד\u200f 12.jpg');
  });
});
