import { describe, expect, it } from '@jest/globals';
import { clusterFilter } from '../../../src/references/weaviate/cluster-filter.js';

describe('a filter for a cluster', () => {
  it('is refused where it names more references than can be asked about', () => {
    const asked: string[] = [];
    const filter = { byId: () => ({ containsAny: (uuids: readonly string[]) => void asked.push(...uuids) }) };
    const of = (count: number) => Array.from({ length: count }, (_, i) => String(i));
    const objects = { filter } as never;
    clusterFilter(objects, { ids: of(10_000) }, (id) => id);
    expect(asked.length).toBe(10_000);
    for (const wanted of [{ ids: of(10_001) }, { exclude: { ids: of(10_001) } }]) {
      expect(() => clusterFilter(objects, wanted, (id) => id)).toThrow(
        expect.objectContaining({ code: 'filter_too_wide' }),
      );
    }
  });
});
