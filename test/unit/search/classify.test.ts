import { describe, expect, it } from '@jest/globals';
import type { ClipModel } from '../../../src/clip/clip-model.js';
import { STREETCLIP_TEMPLATES } from '../../../src/domain/caption.js';
import { toUnitVector } from '../../../src/domain/unit-vector.js';
import { classify } from '../../../src/search/classify.js';
import { gazetteerOf, toyWorld } from '../../support/toy-world.js';

/** Embeds a text as its counts of a, b and c: enough to tell captions apart. */
function letterModel(asked: string[] = []): ClipModel {
  return {
    info: {
      ...{ id: 'letters', name: 'letters', folder: '', dimension: 3, imageSize: 1, logitScale: 10 },
      ...{ templates: STREETCLIP_TEMPLATES, licence: null, notice: null, precision: 'fp32' },
    },
    prepare: () => Promise.reject(new Error('no pictures here')),
    encode: () => Promise.reject(new Error('no pictures here')),
    embedText: () => Promise.reject(new Error('labels come several at a time')),
    embedTexts: async (texts) =>
      texts.map((text) => {
        asked.push(text);
        const count = (letter: string) => text.split(letter).length - 1 + 0.01;
        return toUnitVector([count('a'), count('b'), count('c')]);
      }),
    encoderState: () => ({ device: 'cpu', encoders: 1, batch: 1, restarts: 0 }),
    problem: () => null,
    photoFacts: () => Promise.reject(new Error('no pictures here')),
    xmpFacts: () => Promise.reject(new Error('no pictures here')),
    close: async () => {},
  };
}

const query = toUnitVector([0, 1, 0]);

describe('labels of a photo', () => {
  it('are the softmax of the logits, the likeliest first, each in its template', async () => {
    const asked: string[] = [];
    const found = await classify(
      query,
      { labels: ['aa', 'bb', 'bc'], template: '{label}!' },
      { model: letterModel(asked) },
    );
    expect(asked).toEqual(['aa!', 'bb!', 'bc!']);
    expect(found.map((l) => l.label)).toEqual(['bb', 'bc', 'aa']);
    expect(found.reduce((sum, l) => sum + l.probability, 0)).toBeCloseTo(1, 12);
    expect(found[1]?.logit).toBeCloseTo(10 * Math.SQRT1_2, 1);
    const [first, second] = found;
    const ratio = Math.exp((first?.logit ?? 0) - (second?.logit ?? 0));
    expect((first?.probability ?? 0) / (second?.probability ?? 1)).toBeCloseTo(ratio, 8);
  });

  it('use the model card’s template by default, and take a label as it is written', async () => {
    const asked: string[] = [];
    await classify(query, { labels: ['a $& b'] }, { model: letterModel(asked) });
    expect(asked).toEqual(['A Street View photo in a $& b.']);
  });

  it('are refused where there are none, too many, an empty one, no place for them, a text too long, or persons to sort', async () => {
    const parts = { model: letterModel() };
    const code = async (labels: string[], template?: string) =>
      classify(query, { labels, ...(template === undefined ? {} : { template }) }, parts).catch((e) => e.code);
    expect(await code([])).toBe('labels_missing');
    expect(await code(new Array(1_001).fill('a'))).toBe('labels_too_many');
    expect(await code(['a', ' '])).toBe('label_empty');
    expect(await code(['a'], 'a photo')).toBe('template_without_label');
    expect(await code(['a'.repeat(1_001)])).toBe('caption_too_long');
    expect(await code(['street', 'Women'])).toBe('labels_about_persons');
    expect(await code(['red', 'blue'], 'A {label} child.')).toBe('labels_about_persons');
    await expect(classify(query, { labels: 'countries' }, parts)).rejects.toMatchObject({ code: 'captions_missing' });
  });

  it('are not worked out any more once nobody waits for them', async () => {
    const asked: string[] = [];
    const model = letterModel(asked);
    const stop = new AbortController();
    const embedTexts: typeof model.embedTexts = async (texts, options) => {
      if (asked.length >= 32) stop.abort();
      return model.embedTexts(texts, options);
    };
    const labels = Array.from({ length: 1000 }, (_, i) => `a${i}`);
    const found = classify(query, { labels, signal: stop.signal }, { model: { ...model, embedTexts } });
    await expect(found).rejects.toMatchObject({ code: 'interrupted' });
    expect(asked.length).toBeLessThan(100);
  });

  it('can be all countries, or the places whose captions are nearest', async () => {
    const world = toyWorld(3);
    const parts = { model: letterModel(), captions: world.captions, gazetteer: gazetteerOf(world) };
    const countries = await classify(world.query, { labels: 'countries' }, parts);
    expect(countries.map((l) => l.label).sort()).toEqual(
      gazetteerOf(world)
        .countries.map((c) => c.name)
        .sort(),
    );
    const places = await classify(world.query, { labels: 'places' }, parts);
    expect(places).toHaveLength(20);
    const [best] = await world.captions.nearest(world.query, 1);
    expect(places[0]?.label).toBe(best?.caption.text);
  });
});
