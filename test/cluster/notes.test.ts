import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { present } from '../../src/domain/present.js';
import { nameOf, parseClusterAddress } from '../../src/references/weaviate/cluster-address.js';
import { ClusterClient } from '../../src/references/weaviate/cluster-client.js';
import { referenceUuid } from '../../src/references/weaviate/cluster-objects.js';
import { StoredNotes } from '../../src/references/weaviate/stored-notes.js';
import { WriterNotes } from '../../src/references/weaviate/writer-notes.js';
import { eventually, idOf, MODEL, temporaryFolder } from '../support/references.js';
import { emptyPlace, killNode, NODES, type Place, startNode } from './support/clusters.js';
import { photos } from './support/photos.js';
import { meddler } from './support/proxies.js';

let place: Place;
const clients: ClusterClient[] = [];

beforeEach(async () => {
  place = emptyPlace();
  await place.store.write(MODEL, async () => undefined);
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await place.dispose();
});

function notes(location = place.location): {
  readonly client: ClusterClient;
  readonly stored: StoredNotes;
  readonly own: WriterNotes;
} {
  const client = new ClusterClient(parseClusterAddress(location), undefined);
  clients.push(client);
  const stored = new StoredNotes(client);
  return { client, stored, own: new WriterNotes(client.states, stored) };
}

const uuids = (count: number) => Array.from({ length: count }, () => randomUUID() as string);
const written = (added: readonly string[], more: object = {}) => ({
  ...{ added, removed: [], byAll: true, departed: [] },
  ...more,
});

describe('what a writer notes', () => {
  it('of changes that not every replica took is all of them, for all to read before they are acknowledged', async () => {
    const { own } = notes();
    const [owed, others, removed] = [uuids(300), uuids(300), uuids(20)];
    await own.note(written(owed, { byAll: false, removed }));
    const read = () => notes().stored.read();
    expect(await read()).toMatchObject({ added: owed, removed });
    // Those that all took are noted by a few.
    await own.note(written(others));
    await own.end();
    const { added } = await read();
    expect(added).toEqual(expect.arrayContaining(owed));
    expect(added.length).toBeLessThan(owed.length + 20);
  });

  it('when a node went away is what was on its way to it, for as long as not every node was seen to have it', async () => {
    const { own, client } = notes();
    const [first, before, during, after] = [uuids(64), uuids(64), uuids(64), uuids(64)];
    for (const batch of [first, uuids(64), before]) await own.note(written(batch));
    const node = present(client.address.nodes[1]);
    client.states.departed(node);
    const risked = async () => {
      const noted = (await notes().stored.read()).risked;
      expect([...noted.keys()].filter((name) => name !== nameOf(node))).toEqual([]);
      return new Set(noted.get(nameOf(node)));
    };
    const isNoted = async () => {
      const now = await risked();
      return before.every((uuid) => now.has(uuid));
    };
    expect(await eventually(isNoted)).toBe(true);
    await own.note(written(during, { departed: [node] }));
    for (const batch of [uuids(64), uuids(64), after]) await own.note(written(batch));
    await own.end();
    const now = await risked();
    expect([...before, ...during].filter((uuid) => !now.has(uuid))).toEqual([]);
    expect([...first, ...after].filter((uuid) => now.has(uuid))).toEqual([]);
    for (const node of client.address.nodes) {
      client.states.answered(node);
      for (let look = 0; look < 2; look++) {
        const departures = client.states.departuresOf(node);
        client.states.looked(node, { atMs: performance.now(), departures }, true);
      }
    }
    await own.note(written(uuids(64)));
    await own.end();
    expect(await risked()).toEqual(new Set());
  });

  it('is read, the newest of it, where a replica can’t be made like the others: its disk is full', async () => {
    const { stored } = notes();
    const [former, later] = [uuids(3), uuids(4)];
    const own = randomUUID();
    const noteOf = (added: readonly string[]) => ({
      ...{ lots: [], owed: { added: [...added], removed: [] }, risked: {}, last: [] },
    });
    await stored.store(own, noteOf(former));
    const full = await meddler(0, async ({ url }) => (url?.includes('level=QUORUM') ? 500 : undefined));
    try {
      const read = async () => (await notes(place.location.replace(NODES, full.address)).stored.read()).added;
      expect(await read()).toEqual(former);
      await killNode(2);
      await stored.store(own, noteOf(later));
      // Of the two that are up.
      expect(await read()).toEqual(later);
      await startNode(2);
      expect(await read()).toEqual(later);
      await killNode(1);
      await killNode(2);
      await expect(read()).rejects.toMatchObject({ code: expect.stringMatching(/^cluster_/) });
    } finally {
      for (const node of [1, 2]) await startNode(node);
      await full.close();
    }
  });

  it('of a prune is what it deleted', async () => {
    const root = temporaryFolder();
    await place.store.write(MODEL, (writer) => writer.apply([...photos(0, 3, { root }), ...photos(3, 6)]));
    expect((await notes().stored.read()).removed).toEqual([]);
    const { deleted } = await place.store.maintenance.prune();
    expect([...deleted].sort()).toEqual([0, 1, 2].map(idOf).sort());
    await place.store.close();
    const { removed } = await notes().stored.read();
    expect([...removed].sort()).toEqual(deleted.map((id) => referenceUuid(MODEL.modelId, id)).sort());
  });
});
