import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classify } from '../../../src/clip/zero-shot.js';
import { toUnitVector } from '../../../src/domain/unit-vector.js';

const vector = fc
  .array(fc.integer({ min: -50, max: 50 }), { minLength: 6, maxLength: 6 })
  .filter((values) => values.some((value) => value !== 0))
  .map(toUnitVector);

describe('classify', () => {
  it('gives logits of scale times cosine, and their softmax', () => {
    const labels = [toUnitVector([1, 0]), toUnitVector([0, 1])];
    const scores = classify(toUnitVector([1, 0]), labels, 2);
    expect(scores.map(({ logit }) => logit)).toEqual([2, 0]);
    expect(scores[0]?.probability).toBeCloseTo(Math.exp(2) / (Math.exp(2) + 1), 12);
  });

  it('gives probabilities that sum to one and are ordered as the logits are', () => {
    fc.assert(
      fc.property(vector, fc.array(vector, { minLength: 1, maxLength: 20 }), (image, labels) => {
        const scores = classify(image, labels, 100);
        expect(scores.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
        for (const a of scores) {
          for (const b of scores) if (a.logit > b.logit) expect(a.probability).toBeGreaterThanOrEqual(b.probability);
        }
      }),
    );
  });

  it('gives nothing for no labels', () => {
    expect(classify(toUnitVector([1]), [], 100)).toEqual([]);
  });
});
