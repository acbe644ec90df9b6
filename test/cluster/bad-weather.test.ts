import { afterEach, describe, expect, it } from '@jest/globals';
import { openStore } from '../../src/references/open-store.js';
import { eventually, MODEL, temporaryFolder, vectorOf } from '../support/references.js';
import { askNode, emptyPlace, killNode, type Place, startNode } from './support/clusters.js';
import { photos } from './support/photos.js';

let place: Place;
const down = new Set<number>();

afterEach(async () => {
  for (const node of down) await startNode(node);
  down.clear();
  await place.dispose();
});

async function kill(node: number): Promise<void> {
  down.add(node);
  await killNode(node);
}

describe('a node that dies', () => {
  it.each([0, 2])('while photos are written and asked for loses none of them, and no query: node %i', async (node) => {
    place = emptyPlace();
    const { store } = place;
    await store.write(MODEL, (writer) => writer.apply(photos(0, 40)));
    const index = await store.open();
    let asked = 0;
    const failures: unknown[] = [];
    let done = false;
    const asking = (async () => {
      while (!done) {
        await index.reader.neighbours(vectorOf(asked % 40), { k: 5 }).catch((error: unknown) => failures.push(error));
        asked++;
      }
    })();
    const did = await store.write(MODEL, async (writer) => {
      const before = await writer.apply(photos(40, 60));
      await kill(node);
      const after = [];
      for (let at = 60; at < 200; at += 20) after.push(...(await writer.apply(photos(at, at + 20))));
      return [...before, ...after].map((result) => result.did);
    });
    done = true;
    await asking;
    expect(did).toEqual(Array(160).fill('added'));
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(5);
    expect(await index.catalogue.counts()).toEqual({ references: 200, sources: 200, conflicts: 0 });
    const again = await store.write(MODEL, (writer) => writer.apply(photos(0, 200)));
    expect(again.map((result) => result.did)).toEqual(Array(200).fill('unchanged'));
    // Back again, it has what it slept through, once the replicas have compared themselves.
    await startNode(node);
    down.delete(node);
    const all = async () => {
      const { body } = { body: await (await askNode(node, 'GET', `/objects?class=${place.name}&limit=300`)).json() };
      return (body as { objects?: unknown[] }).objects?.length === 200;
    };
    expect(await eventually(all, 90_000)).toBe(true);
  });

  it('with another leaves writes refused in a sentence, and nothing written twice after they are back', async () => {
    place = emptyPlace();
    const { store } = place;
    await store.write(MODEL, (writer) => writer.apply(photos(0, 10)));
    await kill(1);
    await kill(2);
    await expect(store.write(MODEL, (writer) => writer.apply(photos(10, 20)))).rejects.toMatchObject({
      family: 'later',
    });
    for (const node of [1, 2]) {
      await startNode(node);
      down.delete(node);
    }
    const added = () =>
      store
        .write(MODEL, (writer) => writer.apply(photos(10, 20)))
        .then(
          (results) => results.length === 10,
          () => false,
        );
    expect(await eventually(added, 60_000)).toBe(true);
    const index = await store.open();
    expect(await eventually(async () => (await index.catalogue.counts()).references === 20, 60_000)).toBe(true);
  });
});

describe('a collection', () => {
  it('of another program is no index', async () => {
    place = emptyPlace();
    await askNode(0, 'POST', '/schema', { class: place.name, description: 'Somebody’s own.', vectorizer: 'none' });
    await expect(place.store.identity()).rejects.toMatchObject({ code: 'not_an_index' });
    await expect(place.store.write(MODEL, async () => undefined)).rejects.toMatchObject({ code: 'not_an_index' });
  });

  it('of a newer format is refused', async () => {
    place = emptyPlace();
    const description = JSON.stringify({ program: 'streetdex', format: 2, ...MODEL });
    await askNode(0, 'POST', '/schema', { class: place.name, description, vectorizer: 'none' });
    await expect(place.store.open()).rejects.toMatchObject({ code: 'format_newer' });
  });
});

describe('a cluster', () => {
  it('that does not answer is said so, with what to do', async () => {
    place = emptyPlace();
    const away = openStore('weaviate://127.0.0.1:1:1,127.0.0.1:2:2/Away', { folder: temporaryFolder() });
    await expect(away.identity()).rejects.toMatchObject({
      code: 'cluster_unreachable',
      family: 'later',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    await away.close();
  });

  it('keeps no photos, and refuses what it does not offer', async () => {
    place = emptyPlace();
    const { store } = place;
    const kept = store.write(MODEL, (writer) => writer.keepFile(Buffer.from('x'), '.jpg'));
    await expect(kept).rejects.toMatchObject({ code: 'upload_not_offered' });
    await expect(store.maintenance.verify()).rejects.toMatchObject({ code: 'not_offered' });
  });
});
