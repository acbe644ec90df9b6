import { describe, expect, it } from '@jest/globals';
import { cosine, toUnitVector } from '../../../src/domain/unit-vector.js';
import { findSimilar } from '../../../src/search/similar.js';
import { FakeReferences } from '../../support/fake-references.js';
import { indexOf, TOY_DIMENSION, toyWorld } from '../../support/toy-world.js';

const world = toyWorld(12);
const references = indexOf(world);
const query = { vector: world.query };

describe('similar references', () => {
  it('come by descending cosine, at most as many as asked for, none under the least score', async () => {
    const all = await findSimilar(query, { references }, { limit: 1_000 });
    expect(all).toHaveLength(world.references.length);
    const scores = world.references.map((r) => cosine(r.vector, world.query)).sort((a, b) => b - a);
    expect(all.map((r) => r.score)).toEqual(scores);
    const least = scores[4] as number;
    expect(await findSimilar(query, { references }, { limit: 50, minScore: least })).toEqual(all.slice(0, 5));
    expect(await findSimilar(query, { references }, { limit: 3 })).toEqual(all.slice(0, 3));
  });

  it('start with the reference itself where the query is one', async () => {
    const [own] = world.references;
    const [first] = await findSimilar({ vector: own?.vector ?? world.query }, { references }, { limit: 1 });
    expect(first?.id).toBe(own?.id);
    expect(first?.score).toBeGreaterThan(0.999);
  });

  it('say where the index may not have shown all, whether they are collapsed or not', async () => {
    const degraded = Object.assign(Object.create(references) as typeof references, {
      neighbours: async (...asked: Parameters<typeof references.neighbours>) =>
        Object.assign([...(await references.neighbours(...asked))], { incomplete: 'degraded' as const }),
    });
    for (const collapse of [false, true]) {
      const found = await findSimilar(query, { references: degraded }, { limit: 3, collapse });
      expect([found.length, found.incomplete]).toEqual([3, 'degraded']);
      expect((await findSimilar(query, { references }, { limit: 3, collapse })).incomplete).toBeUndefined();
    }
  });

  it('can be one for each walk, however long that is', async () => {
    const frames = Array.from({ length: 900 }, (_, i) => ({
      ...{ id: `frame${i}`, vector: world.query, point: { lat: 1, lon: i / 100 }, sequence: 'walk' },
    }));
    const alone = world.references.map((r) => ({ ...r, sequence: null }));
    const index = new FakeReferences(TOY_DIMENSION, [...frames, ...alone]);
    const found = await findSimilar(query, { references: index }, { limit: 5, collapse: true });
    expect(found[0]).toMatchObject({ id: 'frame0', groupSize: 900 });
    expect(found.slice(1).map((r) => r.groupSize)).toEqual([1, 1, 1, 1]);
    const whole = await findSimilar(query, { references: index }, { limit: 5 });
    expect(whole.every((r) => r.id.startsWith('frame'))).toBe(true);
  });

  it('can be one for each picture of which copies are known, and for each place of those', async () => {
    const at = (id: string, lat: number, lon = 1) => ({ id, vector: world.query, point: { lat, lon }, sequence: null });
    // Two pictures of one place, each with a copy; those of the first are said to be elsewhere.
    const twins = [at('a1', 1), at('a2', 5), at('b1', 1, 1.0001), at('b2', 1, 1.0001)];
    const groups = [
      ['a1', 'a2'],
      ['b1', 'b2'],
    ];
    const copies = new Map(groups.flatMap((ids) => ids.map((id) => [id, ids] as const)));
    const alone = world.references.map((r) => ({ ...r, sequence: null }));
    const index = new FakeReferences(TOY_DIMENSION, [...twins, ...alone]);
    const found = await findSimilar(query, { references: index }, { limit: 4, copies });
    expect(found.map(({ id, groupSize }) => [id, groupSize]).slice(0, 2)).toEqual([
      ['a1', 2],
      ['b1', 2],
    ]);
    expect(found.slice(2).map(({ groupSize }) => groupSize)).toEqual([1, 1]);
    const places = await findSimilar(query, { references: index }, { limit: 4, copies, collapse: true });
    // Both pictures of the place; of copies one counts.
    expect(places[0]).toMatchObject({ id: 'a1', groupSize: 2 });
    expect(places.map(({ id }) => id)).not.toContain('a2');
    expect(places).toHaveLength(4);
  });

  it('obey a filter', async () => {
    const found = await findSimilar(query, { references }, { limit: 99, filter: { country: ['AC'] } });
    expect(found.length).toBeGreaterThan(0);
    const inside = new Set(world.references.filter((r) => r.iso2 === 'AC').map((r) => r.id));
    expect(found.every((r) => inside.has(r.id))).toBe(true);
  });

  it('are refused for senseless wishes', async () => {
    for (const limit of [0, 1.5, 1_001, Number.NaN]) {
      await expect(findSimilar(query, { references }, { limit })).rejects.toMatchObject({ code: 'limit_out_of_range' });
    }
    await expect(findSimilar(query, { references }, { limit: 1, minScore: 2 })).rejects.toMatchObject({
      code: 'min_score_out_of_range',
    });
    await expect(findSimilar({ vector: toUnitVector([1]) }, { references }, { limit: 1 })).rejects.toMatchObject({
      code: 'dimension_mismatch',
    });
  });
});
