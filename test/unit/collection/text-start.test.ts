import { describe, expect, it } from '@jest/globals';
import { fitMix } from '../../../src/collection/probes/text-start.js';
import { seededRandom } from '../../../src/domain/seeded-random.js';

/** Rows whose class is drawn by softmax(slope · logits), with a favourite that all rows share. */
function drawn(rows: number, slope: number, favour: number) {
  const random = seededRandom(41);
  const logits = new Float64Array(rows * 3);
  const classOf = Int32Array.from({ length: rows }, (_, i) => {
    const own = [0, 1, 2].map(() => 4 * (random() - 0.5));
    own.forEach((value, k) => {
      logits[3 * i + k] = value + (k === 1 ? favour : 0);
    });
    const powers = own.map((value) => Math.exp(slope * value));
    const at = random() * powers.reduce((a, b) => a + b, 0);
    return powers.findIndex((_, k) => powers.slice(0, k + 1).reduce((a, b) => a + b, 0) > at);
  });
  return { logits, classOf };
}

describe('how much sentences count', () => {
  it.each([0, 0.6, 2])('is near the slope by which classes follow them: %d', (slope) => {
    for (const favour of [0, 5]) {
      const { logits, classOf } = drawn(2000, slope, favour);
      expect(Math.abs(fitMix(logits, classOf, 3) - slope)).toBeLessThan(0.15);
    }
  });

  it('stays near 1 where there are hardly any rows', () => {
    const { logits, classOf } = drawn(2000, 0, 0);
    const used = new Uint8Array(2000).fill(1, 0, 2);
    const mix = fitMix(logits, classOf, 3, used);
    expect(mix).toBeGreaterThan(0.4);
    expect(mix).toBeLessThan(1.5);
  });

  it('looks at the rows that are used alone', () => {
    const { logits, classOf } = drawn(2000, 2, 0);
    const changed = Int32Array.from(classOf, (own, i) => (i < 1000 ? own : (own + 1) % 3));
    const used = Uint8Array.from(classOf, (_, i) => (i < 1000 ? 1 : 0));
    expect(fitMix(logits, changed, 3, used)).toBe(fitMix(logits, classOf, 3, used));
  });
});
