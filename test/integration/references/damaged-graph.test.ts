import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { workerFile } from '../../../src/config/package-root.js';
import type { ReaderOptions } from '../../../src/references/embedded/embedded-reader.js';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { verifyIndex } from '../../../src/references/embedded/verify-index.js';
import { openDatabase } from '../../../src/store/open-database.js';
import { idOf, MODEL, referenceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const COUNT = 400;
const base = temporaryFolder();
const whole = mkdtempSync(join(base, 'whole-'));

beforeAll(async () => {
  const writer = await openWriter(whole, MODEL);
  writer.transaction((tx) => {
    for (let i = 0; i < COUNT; i++) tx.put(referenceOf(i), vectorOf(i));
  });
  await writer.checkpoint();
  await writer.close();
});

/** Waits for what another thread does. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !holds(); ) {
    if (Date.now() > end) throw new Error('It did not come to it.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the thread that searches', () => {
  it('is replaced by itself when it ends, and says so while none can be', async () => {
    const folder = copy();
    const reader = await openReader(folder, { bruteForceMax: 0, pollMs: 20 });
    const other = openDatabase(join(folder, 'index.sqlite'), { migrations: 'index' });
    const query = vectorOf(7000);
    try {
      other.pragma('foreign_keys = OFF');
      other.exec('CREATE TABLE row AS SELECT * FROM "references" ORDER BY label LIMIT 1');
      other.exec('CREATE TABLE whole AS SELECT * FROM vectors WHERE label = (SELECT label FROM row)');
      other.exec('DELETE FROM "references" WHERE label = (SELECT label FROM row)');
      other.exec("INSERT INTO changes (kind, label, at_ms) SELECT 'delete', label, 1 FROM row");
      await until(() => reader.followerState()?.references === COUNT - 1);
      // Nothing that follows the index can live with a vector that is longer than the others.
      other.exec('UPDATE vectors SET vector = zeroblob(4000) WHERE label = (SELECT label FROM row)');
      other.exec('INSERT INTO "references" SELECT * FROM row');
      other.exec("INSERT INTO changes (kind, label, at_ms) SELECT 'insert', label, 1 FROM row");
      await until(() => reader.problem() !== null);
      await expect(reader.neighbours(query, { k: 5 })).rejects.toMatchObject({
        family: 'later',
        code: 'graph_worker_died',
      });
      other.exec('UPDATE vectors SET vector = (SELECT vector FROM whole) WHERE label = (SELECT label FROM whole)');
      await until(() => reader.problem() === null);
      expect(await reader.neighbours(query, { k: 5 })).toHaveLength(5);
    } finally {
      await reader.close();
      other.close();
    }
  });

  it('starts anew where it can’t follow the store, in place of answering from what it has', async () => {
    const folder = copy();
    const reader = await openReader(folder, { pollMs: 20 });
    const other = openDatabase(join(folder, 'index.sqlite'), { migrations: 'index' });
    try {
      other.exec('CREATE TABLE row AS SELECT * FROM "references" ORDER BY label LIMIT 1');
      other.exec('CREATE TABLE whole AS SELECT * FROM vectors WHERE label = (SELECT label FROM row)');
      other.exec('DELETE FROM "references" WHERE label = (SELECT label FROM row)');
      other.exec("INSERT INTO changes (kind, label, at_ms) SELECT 'delete', label, 1 FROM row");
      await until(() => reader.followerState()?.references === COUNT - 1);
      // A label that comes a second time, as none does: it is refused as misuse, not as damage.
      other.transaction(() => {
        other.exec('INSERT INTO "references" SELECT * FROM row');
        other.exec('INSERT INTO vectors SELECT * FROM whole');
        other.exec("INSERT INTO changes (kind, label, at_ms) SELECT 'insert', label, 1 FROM row");
      })();
      await until(() => reader.followerState()?.references === COUNT);
    } finally {
      await reader.close();
      other.close();
    }
  });

  it('builds a graph ahead when the store can be read again, though it could not at first', async () => {
    const folder = mkdtempSync(join(base, 'late-'));
    const worker = new Worker(workerFile('references/embedded/graph-worker'), {
      workerData: { role: 'keep', folder, ahead: true },
    });
    let died: unknown = null;
    worker.on('error', (error) => {
      died = error;
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(died).toBeNull();
    await worker.terminate();
  });
});

function copy(): string {
  const folder = mkdtempSync(join(base, 'copy-'));
  cpSync(whole, folder, { recursive: true });
  return folder;
}

function graphFile(folder: string): string {
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.hnsw')) as string);
}

function editManifest(folder: string, edit: (manifest: { graph: object }) => unknown): void {
  const file = join(folder, 'manifest.json');
  writeFileSync(file, JSON.stringify(edit(JSON.parse(readFileSync(file, 'utf8')))));
}

/** The answers of the index in `folder` are the exact ones; returns what its worker said of the graph. */
async function answersAllTheSame(folder: string) {
  const reader = await openReader(folder, { bruteForceMax: 0 });
  const before = reader.followerState();
  try {
    for (let i = 0; i < 10; i++) {
      const query = vectorOf(7000 + i);
      expect(await reader.neighbours(query, { k: 5 })).toEqual(await reader.neighbours(query, { k: 5, exact: true }));
    }
  } finally {
    await reader.close();
  }
  return before;
}

describe('a database that is damaged', () => {
  it.each([
    ['a vector that is cut', "UPDATE vectors SET vector = x'000000' WHERE label = 5"],
    ['a vector that is none', "UPDATE vectors SET vector = x'' WHERE label = 5"],
    ['a table that has lost its name', 'ALTER TABLE changes RENAME TO chanqes'],
    ['a column that has lost its name', 'ALTER TABLE sources RENAME COLUMN mtime_ms TO mtime_mr'],
  ])('by %s is refused in a sentence, or named by verify', async (_, damage) => {
    const folder = copy();
    const db = openDatabase(join(folder, 'index.sqlite'), { migrations: 'index' });
    db.exec(damage);
    db.close();
    const opened = openReader(folder, { bruteForceMax: 0 }).then(async (reader) => {
      await reader.list({ limit: 10 }).finally(() => reader.close());
    });
    await expect(opened).rejects.toMatchObject({ code: 'database_corrupt' });
    const verified = (() => {
      try {
        return verifyIndex(folder).problems.join();
      } catch (error) {
        expect(error).toMatchObject({ code: 'database_corrupt' });
        return (error as Error).message;
      }
    })();
    expect(verified).toMatch(/not unit vectors|is damaged/);
  });
});

/** An index that lost a quarter of its references, with a reader that has seen it. */
async function withoutAQuarter(options: ReaderOptions) {
  const folder = copy();
  const reader = await openReader(folder, options);
  const writer = await openWriter(folder, MODEL);
  writer.transaction((tx) => {
    for (let i = 0; i < COUNT / 4; i++) tx.remove(idOf(i));
  });
  await reader.sync();
  return { reader, writer };
}

describe('a graph on disk', () => {
  it('that is whole is taken as it is', async () => {
    const state = await answersAllTheSame(copy());
    expect(state).toMatchObject({ graphProblem: null, pending: 0, generation: 1, references: COUNT });
  });

  it.each<[string, (folder: string) => void, string | null]>([
    ['is missing', (folder) => rmSync(graphFile(folder)), 'could not be read (ENOENT)'],
    ['was cut', (folder) => truncateSync(graphFile(folder), 5000), 'too short'],
    [
      'has one altered byte in a vector',
      (folder) => {
        const bytes = readFileSync(graphFile(folder));
        bytes[96 + 4 + 4 * 32 + 2] = (bytes[96 + 4 + 4 * 32 + 2] as number) ^ 1;
        writeFileSync(graphFile(folder), bytes);
      },
      'its sha256 is',
    ],
    [
      'has a link that leads nowhere, and a manifest that fits',
      (folder) => {
        const bytes = readFileSync(graphFile(folder));
        bytes.writeUInt32LE(0x7fffffff, 96 + 4);
        writeFileSync(graphFile(folder), bytes);
      },
      'leads nowhere',
    ],
    [
      'is of another model',
      (folder) => editManifest(folder, (manifest) => ({ ...manifest, graph: { ...manifest.graph, model_id: 'b' } })),
      'another model',
    ],
    [
      'is of another history of the store',
      (folder) =>
        editManifest(folder, (manifest) => ({
          ...manifest,
          graph: { ...manifest.graph, last_change_at_ms: 1 },
        })),
      'another history',
    ],
    [
      'is newer than the store',
      (folder) =>
        editManifest(folder, (manifest) => ({
          ...manifest,
          graph: { ...manifest.graph, last_change: COUNT + 1 },
        })),
      'another history',
    ],
    [
      'is named by a path elsewhere',
      (folder) =>
        editManifest(folder, (manifest) => ({
          ...manifest,
          graph: { ...manifest.graph, file: '../images-1.hnsw' },
        })),
      'elsewhere',
    ],
    ['has no manifest', (folder) => rmSync(join(folder, 'manifest.json')), null],
    ['has a manifest that was cut', (folder) => truncateSync(join(folder, 'manifest.json'), 40), null],
    [
      'has a manifest that names no file for it',
      (folder) => editManifest(folder, ({ graph, ...manifest }) => ({ ...manifest, graph: { ...graph, file: 7 } })),
      null,
    ],
  ])('that %s is not trusted, answers stay right, and the next checkpoint replaces it', async (_, damage, words) => {
    const folder = copy();
    damage(folder);
    const state = await answersAllTheSame(folder);
    expect(state?.pending).toBe(COUNT);
    if (words === null) expect(state?.graphProblem).toBeNull();
    else expect(state?.graphProblem).toContain(words);
    if (words !== null) expect(verifyIndex(folder)).toMatchObject({ ok: true, graph: { state: 'not trusted' } });
    const writer = await openWriter(folder, MODEL);
    expect(await writer.saveGraph()).toMatchObject({ points: COUNT, saved: true });
    await writer.close();
    expect(readdirSync(folder).filter((name) => name.endsWith('.hnsw'))).toHaveLength(1);
    expect(await answersAllTheSame(folder)).toMatchObject({ graphProblem: null, pending: 0 });
    expect(verifyIndex(folder)).toMatchObject({ ok: true, graph: { state: 'current' }, recallAt10: 1 });
  });

  it('of an earlier generation is caught up, without those that were deleted since', async () => {
    const folder = copy();
    const older = graphFile(folder);
    copyFileSync(older, join(base, 'older.hnsw'));
    copyFileSync(join(folder, 'manifest.json'), join(base, 'older.json'));
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => {
      for (let i = 0; i < 20; i++) tx.remove(idOf(i));
      for (let i = COUNT; i < COUNT + 30; i++) tx.put(referenceOf(i), vectorOf(i));
    });
    await writer.checkpoint();
    await writer.close();
    rmSync(graphFile(folder));
    copyFileSync(join(base, 'older.hnsw'), older);
    copyFileSync(join(base, 'older.json'), join(folder, 'manifest.json'));
    expect(await answersAllTheSame(folder)).toMatchObject({ graphProblem: null, pending: 30, tombstones: 20 });
  });

  it('is rebuilt once a fifth of it is deleted, and readers take the new one', async () => {
    const { reader, writer } = await withoutAQuarter({ bruteForceMax: 0 });
    expect(await reader.counts()).toMatchObject({ references: (3 * COUNT) / 4 });
    expect(await reader.engine()).toMatchObject({ tombstones: COUNT / 4 });
    expect(await writer.saveGraph()).toEqual({ generation: 2, points: (3 * COUNT) / 4, rebuilt: true, saved: true });
    await reader.sync();
    expect(await reader.engine()).toMatchObject({ generation: 2, tombstones: 0 });
    expect((await reader.neighbours(vectorOf(COUNT - 1), { k: 1 }))[0]?.id).toBe(idOf(COUNT - 1));
    await writer.close();
    await reader.close();
  });

  it('that has what came since a reader last looked is taken by it with all of that', async () => {
    // Its thread looks at the store when it is asked.
    const { reader, writer } = await withoutAQuarter({ pollMs: 60_000 });
    const isFirst = async (i: number) => (await reader.neighbours(vectorOf(i), { k: 1 }))[0]?.id === idOf(i);
    writer.transaction((tx) => {
      tx.put(referenceOf(COUNT), vectorOf(COUNT));
    });
    expect(await writer.saveGraph()).toMatchObject({ points: (3 * COUNT) / 4 + 1, rebuilt: true });
    expect(await isFirst(COUNT)).toBe(true);
    writer.transaction((tx) => {
      tx.put(referenceOf(COUNT + 1), vectorOf(COUNT + 1));
      tx.remove(idOf(COUNT));
    });
    expect([await isFirst(COUNT + 1), await isFirst(COUNT)]).toEqual([true, false]);
    await reader.sync();
    expect(await reader.engine()).toMatchObject({ generation: 2, tombstones: 1 });
    await writer.close();
    await reader.close();
  });
});
