import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClipModel } from '../../src/clip/clip-model.js';
import { openClipModel } from '../../src/clip/open-clip-model.js';
import { classify } from '../../src/clip/zero-shot.js';
import { cosine, type UnitVector } from '../../src/domain/unit-vector.js';
import { fixture, fixtureBytes } from '../support/fixtures.js';

interface Expected {
  readonly images: readonly { readonly file: string; readonly vector: number[] }[];
  readonly captions: readonly { readonly text: string; readonly vector: number[] }[];
  readonly logits: readonly number[][];
}

describe('a small CLIP, from file to vector, against transformers', () => {
  const expected = JSON.parse(fixtureBytes('tiny-clip', 'expected.json').toString()) as Expected;
  const images: UnitVector[] = [];
  const captions: UnitVector[] = [];
  let model: ClipModel;

  beforeAll(async () => {
    model = await openClipModel(fixture('tiny-clip'), { threads: 1 });
    for (const { file } of expected.images) {
      const { tensor } = await model.prepare(fixtureBytes('tiny-clip', file));
      images.push((await model.encode(tensor)).vector);
    }
    for (const { text } of expected.captions) captions.push((await model.embedText(text)).vector);
  });
  afterAll(() => model.close());

  it('gives the same vectors of pictures and of captions, by a cosine of at least 0.99999', () => {
    const ours = [...images, ...captions];
    const theirs = [...expected.images, ...expected.captions].map(({ vector }) => Float32Array.from(vector));
    expect(ours).toHaveLength(5);
    ours.forEach((vector, i) => {
      expect(cosine(vector, theirs[i] as UnitVector)).toBeGreaterThanOrEqual(0.99999);
    });
  });

  it('tells pictures and captions apart: a cosine to the wrong one is lower', () => {
    expect(cosine(images[0] as UnitVector, images[1] as UnitVector)).toBeLessThan(0.9);
    expect(cosine(captions[0] as UnitVector, captions[1] as UnitVector)).toBeLessThan(0.99);
  });

  it('gives the same logits within 1e-3 and their softmax', () => {
    images.forEach((image, row) => {
      const wanted = expected.logits[row] as number[];
      const scores = classify(image, captions, model.info.logitScale);
      scores.forEach(({ logit }, column) => {
        expect(Math.abs(logit - (wanted[column] as number))).toBeLessThan(1e-3);
      });
      const sum = wanted.reduce((total, logit) => total + Math.exp(logit), 0);
      scores.forEach(({ probability }, column) => {
        expect(probability).toBeCloseTo(Math.exp(wanted[column] as number) / sum, 4);
      });
    });
  });
});
