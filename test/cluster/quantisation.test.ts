import { afterEach, describe, expect, it } from '@jest/globals';
import type { PhotoChange } from '../../src/references/writer.js';
import { idOf, MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../support/references.js';
import { askNode, emptyPlace, storeAt } from './support/clusters.js';

let place: ReturnType<typeof emptyPlace>;
afterEach(() => place.dispose());

const photo = (i: number): PhotoChange => ({
  ...{ kind: 'photo', id: idOf(i), facts: referenceOf(i), iso2: null, source: sourceOf(i), gone: [] },
  embedded: { reference: referenceOf(i), vector: vectorOf(i) },
});

describe('a new collection', () => {
  it.each([
    ['none' as const, false],
    ['rq8' as const, true],
  ])('keeps vectors for searching as it was asked to: %s; what is read is exact', async (quantisation, enabled) => {
    place = emptyPlace();
    const store = storeAt(place.location, temporaryFolder(), { quantisation });
    await store.write(MODEL, (writer) => writer.apply(Array.from({ length: 60 }, (_, i) => photo(i))));
    const name = place.location.split('/').at(-1);
    const { vectorIndexConfig } = (await (await askNode(0, 'GET', `/schema/${name}`)).json()) as {
      vectorIndexConfig: { rq: { enabled: boolean; bits: number } };
    };
    expect(vectorIndexConfig.rq).toMatchObject({ enabled, bits: 8 });
    const { reader } = await store.open();
    expect((await reader.vectors([idOf(5)])).get(idOf(5))).toEqual(vectorOf(5));
    const [first] = await reader.neighbours(vectorOf(5), { k: 3 });
    expect(first?.id).toBe(idOf(5));
    expect(Math.abs((first?.score ?? 0) - 1)).toBeLessThan(1e-3);
    // Opened by another process without the setting, it stays as it is.
    await place.store.write(MODEL, (writer) => writer.apply([photo(60)]));
    await store.close();
  });
});
