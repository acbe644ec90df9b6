import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openStore } from '../../src/references/open-store.js';
import { eventually, idOf, MODEL, temporaryFolder, vectorOf } from '../support/references.js';
import {
  askNode,
  emptyPlace,
  killNode,
  NODES,
  NODES_FOLDER,
  type Place,
  pauseNode,
  programEnvironment,
  RUNS_LONG,
  resumeNode,
  startNode,
} from './support/clusters.js';
import { photo, photos } from './support/photos.js';
import { wayTo } from './support/proxies.js';

let place: Place;
const down = new Set<number>();

afterEach(async () => {
  await Promise.all([...down].map((node) => startNode(node)));
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

/** Stores photos in batches while something happens, and says what became of them. */
async function storedWhile(store: Place['store'], from: number, to: number, happens: (done: number) => Promise<void>) {
  return store.write(MODEL, async (writer) => {
    const did: string[] = [];
    for (let at = from; at < to; at += 20) {
      await happens(at - from);
      did.push(...(await writer.apply(photos(at, at + 20))).map((result) => result.did));
    }
    return did;
  });
}

/**
 * Nothing lost, nothing twice, and every replica the same: within the time that they take to compare themselves, or once what a node lost of
 * its own indexes when it was killed, or its disk was full, is repaired.
 */
async function expectAll(count: number): Promise<void> {
  const { maintenance } = place.another(undefined, { verifyMs: 60_000 });
  const found = await maintenance.verify();
  for (const problem of found.problems) expect(problem).toMatch(/ lack on /);
  const report = found.ok ? found : await maintenance.verify({ repair: { vectorOf: async () => null } });
  expect(report).toMatchObject({ ok: true, problems: [], references: count, sources: count });
  expect(report.notices.filter((notice) => notice.includes('reconcile'))).toEqual([]);
  const again = await place.store.write(MODEL, (writer) => writer.apply(photos(0, count)));
  expect(again.map((result) => result.did)).toEqual(Array(count).fill('unchanged'));
}

describe('a way to a node', () => {
  it('that is cut while photos are stored leaves the others to be asked, and nothing is lost or stored twice', async () => {
    place = emptyPlace();
    await place.store.write(MODEL, async () => undefined);
    const way = await wayTo(0);
    try {
      const store = place.another([way.address, ...NODES.split(',').slice(1)].join(','));
      const did = await storedWhile(store, 0, 100, async (done) => {
        if (done === 40) way.cut();
      });
      expect(did).toEqual(Array(100).fill('added'));
      way.mend();
      expect(await storedWhile(store, 100, 120, async () => undefined)).toEqual(Array(20).fill('added'));
    } finally {
      await way.close();
    }
    await expectAll(120);
  });

  it('that is the only one a machine knows ends its ingest in a sentence, and the same again has all once', async () => {
    place = emptyPlace();
    await place.store.write(MODEL, async () => undefined);
    const way = await wayTo(1);
    try {
      const store = place.another(way.address);
      const stored = storedWhile(store, 0, 100, async (done) => {
        if (done === 40) way.cut();
      });
      await expect(stored).rejects.toMatchObject({
        code: 'cluster_unreachable',
        family: 'later',
        message: expect.stringContaining(way.address.split(':').slice(0, 2).join(':')),
      });
      way.mend();
      const did = await storedWhile(store, 0, 100, async () => undefined);
      expect(did.slice(0, 40)).toEqual(Array(40).fill('unchanged'));
      expect(did).toHaveLength(100);
    } finally {
      await way.close();
    }
    await expectAll(100);
  }, 300_000);
});

describe('a node', () => {
  it('whose disk is full takes nothing more, and the others do', async () => {
    place = emptyPlace();
    await place.store.write(MODEL, (writer) => writer.apply(photos(0, 40)));
    await kill(2);
    // More than a hundredth of any disk is in use: the node takes its own for full.
    await startNode(2, { DISK_USE_READONLY_PERCENTAGE: '1', DISK_USE_WARNING_PERCENTAGE: '1' });
    const isFull = async () => {
      const shards = (await (await askNode(2, 'GET', `/schema/${place.name}/shards`)).json()) as { status: string }[];
      return shards.every(({ status }) => status === 'READONLY');
    };
    expect(await eventually(isFull)).toBe(true);
    expect(await storedWhile(place.store, 40, 100, async () => undefined)).toEqual(Array(60).fill('added'));
    await killNode(2);
    await startNode(2);
    down.delete(2);
    await expectAll(100);
  });

  it('whose disk has no byte left loses nothing of what the others take, and has all once there is room', async () => {
    const disk = temporaryFolder();
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'none', disk]).status !== 0) {
      return console.warn('Skipped: a small disk cannot be mounted here.');
    }
    place = emptyPlace();
    try {
      await place.store.write(MODEL, (writer) => writer.apply(photos(0, 40)));
      const index = await place.another().open();
      await kill(2);
      cpSync(join(NODES_FOLDER, 'node3', 'data'), join(disk, 'data'), { recursive: true });
      await startNode(2, { PERSISTENCE_DATA_PATH: join(disk, 'data'), DISK_USE_READONLY_PERCENTAGE: '100' });
      const whole = async () => (await index.engine()).nodes_behind === 0;
      expect(await eventually(whole, 60_000)).toBe(true);
      const fill = () => {
        for (;;) appendFileSync(join(disk, 'filler'), Buffer.alloc(4096));
      };
      expect(fill).toThrow('ENOSPC');
      expect(await storedWhile(place.store, 40, 200, async () => undefined)).toEqual(Array(160).fill('added'));
      for (let i = 0; i < 200; i += 10) {
        const hits = await index.reader.neighbours(vectorOf(i), { k: 1 });
        expect(hits[0]?.id).toBe(idOf(i));
      }
      // A look at the nodes that took long leaves an answer degraded, which is right and passes.
      const isWhole = async () => !('incomplete' in (await index.reader.neighbours(vectorOf(1), { k: 1 })));
      expect(await eventually(isWhole, 30_000)).toBe(true);
      await killNode(2);
      rmSync(join(disk, 'filler'));
      await startNode(2, { PERSISTENCE_DATA_PATH: join(disk, 'data') });
      await expectAll(200);
    } finally {
      // As its own disk has it, which is older.
      await killNode(2);
      await startNode(2);
      down.delete(2);
      spawnSync('umount', [disk]);
    }
    await expectAll(200);
  }, 600_000);

  (RUNS_LONG ? it : it.skip)('that stands still for 20 s holds nothing up for good, and loses nothing', async () => {
    place = emptyPlace();
    await place.store.write(MODEL, (writer) => writer.apply(photos(0, 40)));
    const index = await place.another().open();
    const failures: unknown[] = [];
    let asked = 0;
    let still: Promise<void> | null = null;
    let over = false;
    const asking = (async () => {
      while (!over) {
        await index.reader.neighbours(vectorOf(asked % 40), { k: 5 }).catch((error: unknown) => failures.push(error));
        asked++;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const did = await storedWhile(place.store, 40, 200, async (done) => {
      if (done !== 40) return;
      await pauseNode(1);
      still = new Promise((resolve) => setTimeout(resolve, 20_000)).then(() => resumeNode(1));
    });
    await still;
    over = true;
    await asking;
    expect(did).toEqual(Array(160).fill('added'));
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(5);
    await expectAll(200);
  });

  (RUNS_LONG ? it : it.skip)(
    'that was away when references and sources were deleted does not bring them back',
    async () => {
      place = emptyPlace();
      const { store } = place;
      await store.write(MODEL, (writer) => writer.apply([...photos(0, 20), photo(3, { path: 'copy.jpg' })]));
      await kill(2);
      await store.maintenance.remove([idOf(1), idOf(2)]);
      const withdrawal = { kind: 'withdrawal' as const, root: '/photos' };
      await store.write(MODEL, (writer) =>
        writer.apply([
          { ...withdrawal, path: 'copy.jpg', next: { root: '/photos', path: '3.jpg', iso2: null } },
          { ...withdrawal, path: '4.jpg', next: null },
        ]),
      );
      await startNode(2);
      down.delete(2);
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      for (const node of [0, 1, 2]) {
        const alone = place.another(NODES.split(',')[node]);
        const { catalogue, reader } = await alone.open();
        expect(await catalogue.counts()).toMatchObject({ references: 17, sources: 17 });
        for (const i of [1, 2, 4]) expect(await reader.get(idOf(i))).toBeNull();
        expect((await reader.get(idOf(3)))?.sources).toHaveLength(1);
      }
    },
  );
});

describe('a cluster that is restarted', () => {
  it('under a server is said to be away, and answers again without being opened anew', async () => {
    place = emptyPlace();
    await place.store.write(MODEL, (writer) => writer.apply(photos(0, 20)));
    const index = await place.store.open();
    const asks = () => index.reader.neighbours(vectorOf(3), { k: 1 });
    expect((await asks())[0]?.id).toBe(idOf(3));
    for (const node of [0, 1, 2]) await kill(node);
    await expect(asks()).rejects.toMatchObject({ code: 'cluster_unreachable', family: 'later' });
    // None is ready before two are there.
    await Promise.all([0, 1, 2].map((node) => startNode(node)));
    down.clear();
    const answers = () =>
      asks().then(
        ([first]) => first?.id === idOf(3),
        () => false,
      );
    expect(await eventually(answers, 30_000)).toBe(true);
    const stored = () =>
      place.store
        .write(MODEL, (writer) => writer.apply(photos(20, 30)))
        .then(
          () => true,
          () => false,
        );
    expect(await eventually(stored, 30_000)).toBe(true);
    await expectAll(30);
  }, 300_000);
});

describe('two whose clocks are an hour apart', () => {
  it.each([3_600_000, -3_600_000])(
    'write in the order in which they write, not in that of their clocks: %i ms',
    async (ms) => {
      place = emptyPlace();
      const folder = temporaryFolder();
      const shift = join(folder, 'shift.cjs');
      writeFileSync(shift, `const now = Date.now; Date.now = () => now() + ${ms};`);
      const from = join(folder, 'index');
      const own = openStore(from);
      await own.write(MODEL, (writer) => writer.apply(photos(0, 20)));
      const copy = (clock: readonly string[]) =>
        spawnSync(
          process.execPath,
          [
            ...clock,
            'dist/cli/main.js',
            ...['index', 'copy', '--from', from, '--to', place.location, '--data-dir', folder],
          ],
          { env: programEnvironment(), encoding: 'utf8' },
        );
      expect(copy(['--require', shift])).toMatchObject({ status: 0 });
      await place.store.maintenance.remove([idOf(1)]);
      const corrected = { ...photo(2), embedded: null };
      await place.store.write(MODEL, (writer) =>
        writer.apply([{ ...corrected, facts: { ...corrected.facts, author: 'ann' } }]),
      );
      expect(await place.another().maintenance.verify()).toMatchObject({ ok: true, references: 19, sources: 19 });
      const index = await place.store.open();
      expect(await index.reader.get(idOf(1))).toBeNull();
      expect(await index.reader.get(idOf(2))).toMatchObject({ author: 'ann' });
      // The other writes again, and that counts.
      expect(copy(['--require', shift])).toMatchObject({ status: 0 });
      expect(await index.reader.get(idOf(1))).toMatchObject({ id: idOf(1) });
      expect(await index.reader.get(idOf(2))).toMatchObject({ author: null });
      expect(await place.another().maintenance.verify()).toMatchObject({ ok: true, references: 20, sources: 20 });
    },
  );
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

  it('one of whose nodes is down from the beginning is written by a process that says nothing of it', async () => {
    place = emptyPlace();
    const script = join(__dirname, 'support', 'write-once.mjs');
    for (const location of [
      place.location.replace('//', '//127.0.0.1:1:1,'),
      place.location.replace(/(\/\w+)$/, ',127.0.0.1:1:1$1'),
    ]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, location, temporaryFolder()]);
      expect([status, String(stdout), String(stderr)]).toEqual([0, expect.stringMatching(/added|unchanged/), '']);
    }
  });

  it('keeps no photos, and refuses what it does not offer', async () => {
    place = emptyPlace();
    const { store } = place;
    const kept = store.write(MODEL, (writer) => writer.keepFile(Buffer.from('x'), '.jpg'));
    await expect(kept).rejects.toMatchObject({ code: 'upload_not_offered' });
    await expect(store.maintenance.rebuild()).rejects.toMatchObject({ code: 'not_offered' });
  });
});
