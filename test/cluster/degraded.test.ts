import { afterEach, describe, expect, it } from '@jest/globals';
import type { OpenIndex, Store } from '../../src/references/store.js';
import type { PhotoChange } from '../../src/references/writer.js';
import { eventually, idOf, MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../support/references.js';
import {
  askNode,
  emptyPlace,
  killNode,
  onlyAt,
  pauseNode,
  resumeNode,
  startNode,
  storeAt,
} from './support/clusters.js';

let place: ReturnType<typeof emptyPlace>;
const opened: { readonly index: OpenIndex; readonly store: Store }[] = [];
const down = new Set<number>();
const paused = new Set<number>();

afterEach(async () => {
  for (const { index, store } of opened.splice(0)) {
    await index.close();
    await store.close();
  }
  for (const node of paused) await resumeNode(node);
  for (const node of down) await startNode(node);
  paused.clear();
  down.clear();
  await place.dispose();
});

async function kill(node: number): Promise<void> {
  down.add(node);
  await killNode(node);
}

async function start(node: number): Promise<void> {
  await startNode(node);
  down.delete(node);
}

async function open(location: string): Promise<OpenIndex> {
  const store = storeAt(location, temporaryFolder());
  const index = await store.open();
  opened.push({ index, store });
  return index;
}

const photo = (i: number): PhotoChange => ({
  ...{ kind: 'photo', id: idOf(i), facts: referenceOf(i), iso2: null, source: sourceOf(i), gone: [] },
  embedded: { reference: referenceOf(i), vector: vectorOf(i) },
});
const photos = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => photo(from + i));

describe('a node that was away', () => {
  it('answers nothing that lacks what it slept through, nor has what was deleted, unless it says so', async () => {
    place = emptyPlace();
    const { store, location } = place;
    await store.write(MODEL, (writer) => writer.apply(photos(0, 40)));
    const server = await open(location);
    await kill(2);
    await store.write(MODEL, async (writer) => {
      for (let at = 40; at < 340; at += 50) await writer.apply(photos(at, at + 50));
    });
    await store.maintenance.remove([idOf(3), idOf(5)]);
    const wanted = Array.from({ length: 340 }, (_, i) => idOf(i)).filter((id) => id !== idOf(3) && id !== idOf(5));
    await start(2);
    const alone = await open(onlyAt(location, 2));
    const ask = async (index: OpenIndex) => {
      const hits = await index.reader.neighbours(vectorOf(7), { k: 1000 });
      const ids = hits.map(({ id }) => id).sort();
      const lacks = wanted.filter((id) => !ids.includes(id)).length;
      return {
        incomplete: hits.incomplete,
        lacks,
        more: ids.length - wanted.length + lacks,
        whole: JSON.stringify(ids) === JSON.stringify([...wanted].sort()),
      };
    };
    const silent: string[] = [];
    let degraded = 0;
    // It says that it is ready before it takes gRPC.
    expect(await eventually(() => ask(alone).then(Boolean, () => false), 30_000)).toBe(true);
    const fine = async () => {
      const [own, others] = [await ask(alone), await ask(server)];
      if (own.incomplete === 'degraded') degraded++;
      else if (!own.whole) silent.push(`the node alone: ${JSON.stringify(own)}`);
      // Those that know other nodes ask these.
      if (others.incomplete !== undefined || !others.whole) silent.push(`the others: ${JSON.stringify(others)}`);
      return own.incomplete === undefined;
    };
    expect(await eventually(fine, 90_000)).toBe(true);
    expect(silent).toEqual([]);
    expect(degraded).toBeGreaterThan(0);
  });

  it('that lost vectors out of its graph says so until a writer has mended it', async () => {
    place = emptyPlace();
    const { store, location } = place;
    await store.write(MODEL, (writer) => writer.apply(photos(0, 12)));
    // Written anew by one batch, which leaves the graph's part in the memory of each node.
    const name = location.split('/').at(-1) as string;
    const answer = await askNode(0, 'GET', `/objects?class=${name}&include=vector&limit=100`);
    const { objects } = (await answer.json()) as { objects: { id: string; properties: object; vector: number[] }[] };
    const again = objects.map(({ id, properties, vector }) => ({
      ...{ class: name, id, vector, properties: { ...properties, mended: { latitude: 1, longitude: 2 } } },
    }));
    const written = await askNode(0, 'POST', '/batch/objects?consistency_level=ALL', { objects: again });
    expect(JSON.stringify(await written.json())).not.toContain('"error"');
    await kill(1);
    await start(1);
    const alone = await open(onlyAt(location, 1));
    const ask = () => alone.reader.neighbours(vectorOf(7), { k: 100 });
    const before = await ask();
    expect([before.incomplete, before.length < 12]).toEqual(['degraded', true]);
    await store.write(MODEL, async () => {
      expect(await eventually(async () => (await ask()).incomplete === undefined, 60_000)).toBe(true);
    });
    expect(await ask()).toHaveLength(12);
  });

  it('is told from one that stands still: nobody waits for it long, and nothing is lost', async () => {
    place = emptyPlace();
    const { store, location } = place;
    await store.write(MODEL, (writer) => writer.apply(photos(0, 20)));
    const server = await open(location);
    paused.add(0);
    await pauseNode(0);
    let longest = 0;
    for (let i = 0; i < 20; i++) {
      const began = Date.now();
      const hits = await server.reader.neighbours(vectorOf(i), { k: 30 });
      longest = Math.max(longest, Date.now() - began);
      expect([hits.length, hits.incomplete]).toEqual([20, undefined]);
    }
    expect(longest).toBeLessThan(4_000);
    const did = await store.write(MODEL, (writer) => writer.apply(photos(20, 30)));
    expect(did.map((result) => result.did)).toEqual(Array(10).fill('added'));
    await resumeNode(0);
    paused.delete(0);
    expect(await eventually(async () => (await server.catalogue.counts()).references === 30, 60_000)).toBe(true);
  });
});
