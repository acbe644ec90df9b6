import { beforeAll, describe, expect, it } from '@jest/globals';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { eventually, idOf, MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const folder = temporaryFolder();
const COUNTRIES = ['FJ', 'PE', 'SN'] as const;

function facts(i: number) {
  return { iso2: COUNTRIES[i % 3] ?? null, author: `author ${i % 5}`, sequence: i % 4 === 0 ? `walk ${i % 8}` : null };
}

async function put(...numbers: readonly number[]): Promise<void> {
  const writer = await openWriter(folder, MODEL);
  writer.transaction((tx) => {
    for (const i of numbers) {
      tx.put(referenceOf(i, facts(i)), vectorOf(i));
      tx.putSource(idOf(i), sourceOf(i));
    }
  });
  await writer.checkpoint();
  await writer.close();
}

beforeAll(() => put(...Array.from({ length: 60 }, (_, i) => i)));

describe('a reader that is opened to be asked once', () => {
  it('answers as one that goes on, to the last bit', async () => {
    const [once, lasting] = [await openReader(folder, { once: true }), await openReader(folder)];
    const exclude = { author: ['author 2'], ids: [idOf(7)] };
    for (const query of [
      { k: 5 },
      { k: 200 },
      { k: 5, exact: true },
      { k: 10, filter: { country: ['PE'], exclude } },
      { k: 10, filter: { source: ['1'] } },
    ]) {
      const expected = await lasting.neighbours(vectorOf(1000), query);
      expect(await once.neighbours(vectorOf(1000), query)).toEqual(expected);
      expect(expected.length).toBeGreaterThan(0);
    }
    const { countryMeans } = await once.summary();
    expect(countryMeans).toEqual((await lasting.summary()).countryMeans);
    expect(countryMeans).toHaveLength(3);
    expect((await once.summaryWithout(exclude)).countryMeans).toEqual(
      (await lasting.summaryWithout(exclude)).countryMeans,
    );
    expect(await once.counts()).toEqual(await lasting.counts());
    expect(await once.engine()).toEqual(await lasting.engine());
    await once.close();
    await lasting.close();
  });

  it('sees the index as it was when it was opened, until it is brought up to date', async () => {
    const once = await openReader(folder, { once: true });
    await put(60);
    const nearest = async () => (await once.neighbours(vectorOf(60), { k: 1 }))[0]?.id;
    expect(await nearest()).not.toBe(idOf(60));
    expect(await once.sync()).toMatchObject({ references: 61, pending: 0 });
    expect(await nearest()).toBe(idOf(60));
    await once.close();
  });

  it('leaves a large index to the thread that follows it', async () => {
    const reader = await openReader(folder, { once: true, bruteForceMax: 10, pollMs: 10 });
    await put(61);
    expect(await eventually(async () => (await reader.neighbours(vectorOf(61), { k: 1 }))[0]?.id === idOf(61))).toBe(
      true,
    );
    await reader.close();
  });
});
