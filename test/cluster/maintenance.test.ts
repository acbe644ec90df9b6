import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyIndex } from '../../src/references/copy-index.js';
import { referenceUuid, sourceUuid } from '../../src/references/weaviate/cluster-objects.js';
import type { Change } from '../../src/references/writer.js';
import { MemoryStore } from '../support/memory-store.js';
import { idOf, MODEL, referenceOf, vectorOf } from '../support/references.js';
import { putFile, temporaryFolder } from '../support/temporary-folder.js';
import { askNode, emptyPlace, killNode, nodeAddresses, type Place, startNode } from './support/clusters.js';
import { photo, photos } from './support/photos.js';

let place: Place;
let down: number | null = null;

beforeEach(() => {
  place = emptyPlace();
});

afterEach(async () => {
  if (down !== null) await startNode(down);
  down = null;
  await place.dispose();
});

const apply = (...changes: Change[]) => place.store.write(MODEL, (writer) => writer.apply(changes));
const uuidOf = (i: number) => referenceUuid(MODEL.modelId, idOf(i));

/** Replaces properties of a reference's object, as another program might. */
async function patch(i: number, properties: object): Promise<void> {
  const path = `/objects/${place.name}/${uuidOf(i)}?consistency_level=ALL`;
  expect((await askNode(0, 'PATCH', path, { class: place.name, id: uuidOf(i), properties })).status).toBe(204);
}

/** Writes a reference's object without its vector, which takes the stored one away. */
async function writeWithoutVector(i: number): Promise<void> {
  const { point, ...reference } = referenceOf(i);
  const properties = {
    refId: reference.id,
    sha256: reference.sha256,
    ...point,
    paths: [`${i}.jpg`],
    roots: ['/photos'],
  };
  const objects = [{ class: place.name, id: uuidOf(i), properties }];
  expect((await askNode(0, 'POST', '/batch/objects?consistency_level=ALL', { objects })).status).toBe(200);
}

async function hasVector(i: number): Promise<boolean> {
  return (await (await place.store.open()).reader.vectors([idOf(i)])).size === 1;
}

describe('a manifest', () => {
  it('may name more photos than a server skips', async () => {
    const count = 10_100;
    const origin = { from: 'manifest', manifest: 'photos.csv', track: null } as const;
    await place.store.write(MODEL, async (writer) => {
      for (let i = 0; i < count; i += 500) await writer.apply(photos(i, Math.min(count, i + 500), { origin }));
    });
    const { known } = await place.store.open();
    const named = await known.sourcesNamedBy('/photos/photos.csv');
    expect(new Set(named.map(({ path }) => path)).size).toBe(count);
    expect(named).toHaveLength(count);
  });
});

describe('verify', () => {
  it('compares all replicas, and finds nothing where nothing is wrong', async () => {
    await apply(...photos(0, 30), photo(1, { path: 'copy.jpg' }));
    expect(await place.store.maintenance.verify()).toMatchObject({
      ...{ ok: true, problems: [], references: 30, sources: 31, failures: 0, sourcesMissing: 31, repaired: 0 },
      ...{ dimension: MODEL.dimension, model: MODEL.modelId, engine: '3 replicas compared' },
      notices: [expect.stringContaining('31 sources'), expect.stringContaining('/photos')],
    });
  });

  it('finds an object whose vector is gone, and mends it from its photo where that is there', async () => {
    await apply(...photos(0, 10));
    for (const i of [3, 7]) await writeWithoutVector(i);
    expect(await hasVector(3)).toBe(false);
    const copying = { from: place.store, to: new MemoryStore(), names: { from: 'here', to: 'there' } };
    await expect(copyIndex(copying)).rejects.toMatchObject({ code: 'vector_missing' });
    const { maintenance } = place.another(undefined, { verifyMs: 0 });
    const found = await maintenance.verify();
    expect(found).toMatchObject({ ok: false, references: 10, repaired: 0 });
    expect(found.problems).toEqual([
      expect.stringMatching(/^2 references have no vector of 32 dimensions on .*--repair/),
    ]);
    for (const i of [3, 7]) expect(found.problems[0]).toContain(idOf(i));
    const repair = { vectorOf: async ({ id }: { id: string }) => (id === idOf(3) ? vectorOf(3) : null) };
    const mended = await maintenance.verify({ repair });
    expect(mended).toMatchObject({ ok: false, repaired: 1, problems: [expect.stringContaining(idOf(7))] });
    expect(mended.problems[0]).not.toContain(idOf(3));
    expect([await hasVector(3), await hasVector(7)]).toEqual([true, false]);
    expect((await apply(photo(3)))[0]?.did).toBe('unchanged');
  });

  it('finds what one replica lacks or has otherwise, writes it from another, and lets stay deleted what was', async () => {
    const pictured = (i: number): Change => {
      const one = photo(i);
      return { ...one, embedded: one.embedded && { ...one.embedded, thumbnail: Uint8Array.of(i) } };
    };
    await apply(...photos(0, 9), pictured(9));
    // Else the replicas would mend themselves within seconds.
    const schema = async (name: string) => {
      const own = (await (await askNode(0, 'GET', `/schema/${name}`)).json()) as { replicationConfig: object };
      const replicationConfig = { ...own.replicationConfig, asyncEnabled: false };
      expect((await askNode(0, 'PUT', `/schema/${name}`, { ...own, replicationConfig })).status).toBe(200);
    };
    await schema(place.name);
    await schema(`${place.name}Source`);
    await schema(`${place.name}Thumb`);
    down = 2;
    await killNode(2);
    await apply(...photos(10, 13), pictured(13));
    await apply({ ...photo(1), embedded: null, facts: { ...referenceOf(1), author: 'ann' } });
    await place.store.maintenance.remove([idOf(5)]);
    // Its looks at the nodes would mend what they come upon.
    await place.store.close();
    await startNode(2);
    down = null;
    const { maintenance } = place.another(undefined, { verifyMs: 0 });
    const found = await maintenance.verify();
    const { port } = nodeAddresses(2);
    expect(found.problems.join('\n')).toMatch(new RegExp(`4 references lack on 127.0.0.1:${port}: `));
    expect(found.problems.join('\n')).toMatch(/1 references differ between the nodes: /);
    expect(found.problems.join('\n')).toMatch(new RegExp(`4 sources lack on 127.0.0.1:${port}: `));
    expect(found.problems.join('\n')).toMatch(new RegExp(`1 thumbnails lack on 127.0.0.1:${port}: ${idOf(13)}`));
    const mended = await maintenance.verify({ repair: { vectorOf: async () => null } });
    expect(mended).toMatchObject({ ok: true, problems: [], references: 13, sources: 13 });
    for (const node of [0, 1, 2]) {
      const at = nodeAddresses(node);
      const alone = place.another(`${at.host}:${at.port}:${at.grpc}`);
      const index = await alone.open();
      expect(await index.reader.get(idOf(5))).toBeNull();
      expect(await index.reader.get(idOf(1))).toMatchObject({ author: 'ann' });
      expect((await index.reader.vectors([idOf(12)])).size).toBe(1);
      expect(await index.photos.thumbnails?.([idOf(13)])).toEqual(new Map([[idOf(13), Buffer.of(13)]]));
    }
  });

  it('wants every node to answer', async () => {
    await apply(...photos(0, 3));
    down = 1;
    await killNode(1);
    await expect(place.store.maintenance.verify()).rejects.toMatchObject({
      code: 'cluster_unreachable',
      message: expect.stringContaining(`127.0.0.1:${nodeAddresses(1).port}`),
    });
  });
});

describe('reconcile', () => {
  const settle = () => place.store.maintenance.reconcile(({ lat }) => (lat > 0 ? 'ES' : 'ZA'));
  const NOTHING = { copies: 0, moved: 0, renewed: 0, forgotten: 0 };

  it('puts right what references copy of their sources, and whose facts count', async () => {
    const at = { lat: 10, lon: 20 };
    const first = photo(1, { path: '00.jpg', point: at });
    await apply(...photos(0, 5), { ...first, facts: { ...first.facts, point: at }, iso2: 'ES' });
    expect(await settle()).toEqual({ references: 5, sources: 6, ...NOTHING });
    // As if the ingester of 1.jpg had written last, without having seen 00.jpg.
    await patch(1, { ...referenceOf(1).point, paths: ['1.jpg'], conflict: false });
    await patch(2, { paths: ['2.jpg', 'none.jpg'] });
    const { notices } = await place.store.maintenance.verify();
    expect(notices).toContainEqual(expect.stringMatching(/^2 references say other things of their sources/));
    expect(await settle()).toEqual({ references: 5, sources: 6, copies: 2, moved: 1, renewed: 1, forgotten: 0 });
    const index = await place.store.open();
    expect(await index.reader.get(idOf(1))).toMatchObject({ point: at, iso2: 'ES' });
    expect((await index.catalogue.conflicts()).map(({ id }) => id)).toEqual([idOf(1)]);
    expect((await index.reader.list({ filter: { source: ['00.jpg'] }, limit: 5 })).references).toHaveLength(1);
    expect((await index.reader.list({ filter: { source: ['none.jpg'] }, limit: 5 })).references).toHaveLength(0);
    const [renewed, other] = await index.known.files([photo(1, { path: '00.jpg' }).source, photo(1).source]);
    expect([renewed?.source?.factsHash, other?.source?.factsHash]).toEqual(['', 'hash']);
    expect(await settle()).toEqual({ references: 5, sources: 6, ...NOTHING });
    expect((await place.store.maintenance.verify()).notices.join()).not.toContain('other things');
  });

  it('takes away sources whose reference is not there, so that their photos count as new', async () => {
    await apply(...photos(0, 4));
    const path = `/objects/${place.name}/${uuidOf(2)}?consistency_level=ALL`;
    expect((await askNode(0, 'DELETE', path)).status).toBe(204);
    const { notices } = await place.another(undefined, { verifyMs: 0 }).maintenance.verify();
    expect(notices).toContainEqual(expect.stringMatching(/^1 sources name references that are not there/));
    expect(await settle()).toEqual({ references: 3, sources: 4, ...NOTHING, forgotten: 1 });
    const index = await place.store.open();
    expect((await index.known.files([photo(2).source]))[0]?.source).toBeNull();
    expect((await apply(photo(2)))[0]?.did).toBe('added');
  });
});

describe('prune', () => {
  it('forgets what is gone below roots that are there, sources first, and nothing in a dry run', async () => {
    const root = temporaryFolder();
    for (let i = 0; i < 6; i++) putFile(root, `${i}.jpg`, `${i}`);
    const at = (i: number, path = `${i}.jpg`) => photo(i, { root, path });
    await apply(
      ...[0, 1, 2, 3, 4, 5].map((i) => at(i)),
      photo(1, { root: '/not/there' }),
      photo(9),
      at(2, 'again.jpg'),
    );
    // 5.jpg holds another photo now: the former one has no source any more.
    await apply(at(6, '5.jpg'));
    for (const i of [0, 1, 2]) rmSync(`${root}/${i}.jpg`);
    putFile(root, 'again.jpg', '2');
    const failure = { kind: 'failure', code: 'not_an_image', reason: 'None.', photoId: null } as const;
    const file = { bytes: 1, mtimeMs: 1, ctimeMs: null, inode: null };
    await apply({ ...failure, ...file, root, path: 'gone.txt' }, { ...failure, ...file, root, path: '3.jpg' });
    const { maintenance } = place.store;
    const expected = {
      vanished: [0, 1, 2].map((i) => ({ root, path: `${i}.jpg`, id: idOf(i) })),
      deleted: [idOf(0), idOf(5)].sort(),
      failures: [{ root, path: 'gone.txt' }],
      missingRoots: ['/not/there', '/photos'],
    };
    const sorted = <T extends { vanished: readonly { path: string }[] }>(report: T) => ({
      ...report,
      vanished: report.vanished.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    });
    const index = await place.store.open();
    const before = await index.catalogue.counts();
    expect(sorted(await maintenance.prune({ dryRun: true }))).toMatchObject({ ...expected, dryRun: true });
    expect(await index.catalogue.counts()).toEqual(before);
    // One that was just written has its source yet to come.
    const cautious = await place.another(undefined, { freshMs: 60_000 }).maintenance.prune({ dryRun: true });
    expect(cautious.deleted).toEqual([idOf(0)]);
    expect(sorted(await maintenance.prune())).toMatchObject({ ...expected, dryRun: false });
    expect(await index.catalogue.counts()).toMatchObject({
      references: before.references - 2,
      sources: before.sources - 3,
    });
    expect((await index.reader.get(idOf(1)))?.sources).toHaveLength(1);
    expect((await index.journal.failures()).map(({ path }) => path)).toEqual(['3.jpg']);
    expect(await maintenance.prune()).toMatchObject({ vanished: [], deleted: [], failures: [] });
    const files = (await index.known.files([sourceOf(root, '0.jpg')]))[0];
    expect(files?.source).toBeNull();
    expect(sourceUuid(sourceOf(root, '0.jpg'))).toHaveLength(36);
  });
});

const sourceOf = (root: string, path: string) => ({ root, path });

describe('what a cluster does not offer', () => {
  it('is refused by a code and a sentence that names what does', async () => {
    await apply(photo(1));
    const { maintenance } = place.store;
    const refusals = [
      () => maintenance.remap('/a', '/b'),
      () => maintenance.backup('/backup'),
      () => maintenance.reembed(MODEL),
    ];
    for (const refused of refusals)
      await expect(refused()).rejects.toMatchObject({
        code: 'not_offered',
        message: expect.stringContaining(`streetdex index copy --from ${place.location} --to`),
      });
    await expect(maintenance.rebuild()).rejects.toMatchObject({ code: 'not_offered' });
  });
});
