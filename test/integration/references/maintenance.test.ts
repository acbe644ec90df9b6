import { createHash } from 'node:crypto';
import fs, { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Source } from '../../../src/domain/reference.js';
import { thumbnailsFolder } from '../../../src/references/beside-index.js';
import { backupIndex } from '../../../src/references/embedded/backup-index.js';
import { deleteReferences } from '../../../src/references/embedded/delete-references.js';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { pruneSources } from '../../../src/references/embedded/prune-sources.js';
import { graphFingerprint, rebuildGraph } from '../../../src/references/embedded/rebuild-graph.js';
import { remapRoot } from '../../../src/references/embedded/remap-root.js';
import { verifyIndex } from '../../../src/references/embedded/verify-index.js';
import { openSqlite } from '../../../src/store/sqlite.js';
import { failNext } from '../../support/failing-call.js';
import { idOf, MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const base = temporaryFolder();
let folder: string;
let photos: string;

beforeEach(() => {
  folder = mkdtempSync(join(base, 'index-'));
  photos = mkdtempSync(join(base, 'photos-'));
});

async function write(into: string, order: readonly number[]): Promise<void> {
  const writer = await openWriter(into, MODEL);
  for (const i of order) {
    writeFileSync(join(photos, `${i}.jpg`), 'x'.repeat(1000 + i));
    writer.transaction((tx) => {
      tx.put(referenceOf(i), vectorOf(i));
      tx.putSource(idOf(i), sourceOf(i, { root: photos }));
    });
  }
  await writer.checkpoint();
  await writer.close();
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('rebuilding', () => {
  it('gives equal graphs for the same references, whatever was written and deleted before', async () => {
    const other = mkdtempSync(join(base, 'other-'));
    await write(folder, upTo(200));
    await write(other, [...upTo(230)].reverse());
    await deleteReferences(other, upTo(230).slice(200).map(idOf));
    expect(graphFingerprint(folder)).not.toBe(graphFingerprint(other));
    const [a, b] = [await rebuildGraph(folder), await rebuildGraph(other)];
    expect(a).toMatchObject({ points: 200, generation: 2 });
    expect(a.fingerprint).toBe(b.fingerprint);
    expect((await rebuildGraph(folder)).fingerprint).toBe(a.fingerprint);
  });
});

describe('verifying', () => {
  it('finds nothing wrong with a whole index, and changes nothing', async () => {
    await write(folder, upTo(150));
    const report = verifyIndex(folder);
    expect(report).toMatchObject({ ok: true, problems: [], notices: [], references: 150, sources: 150, recallAt10: 1 });
    expect(report.graph).toEqual({ state: 'current', points: 150, deleted: 0, missing: 0 });
    expect(verifyIndex(folder)).toEqual(report);
  });

  it.each<[string, string, string]>([
    [
      'a vector that was cut',
      'UPDATE vectors SET vector = substr(vector, 1, 100) WHERE label = 3',
      '1 vectors are not unit',
    ],
    [
      'a vector that is another’s',
      'UPDATE vectors SET vector = (SELECT other.vector FROM vectors other WHERE other.label = 4) WHERE label = 3',
      '1 vectors are not those of the graph',
    ],
    ['a vector that is gone', 'DELETE FROM vectors WHERE label = 3', '1 references have no vector'],
    [
      'a position that is not indexed',
      'DELETE FROM reference_boxes WHERE label = 3',
      '1 references are not in the index of pos',
    ],
    [
      'an id that is not that of the bytes',
      'UPDATE "references" SET sha256 = \'ff\' WHERE label = 3',
      '1 references have an id',
    ],
  ])('finds %s', async (_, sql, words) => {
    await write(folder, upTo(20));
    const db = openSqlite(join(folder, 'index.sqlite'));
    db.pragma('foreign_keys = OFF');
    db.exec(sql);
    db.close();
    const report = verifyIndex(folder);
    expect(report.ok).toBe(false);
    expect(report.problems.join(' ')).toContain(words);
  });
});

describe('pruning', () => {
  it('removes what vanished, and the references that nothing is left of', async () => {
    await write(folder, upTo(5));
    const writer = await openWriter(folder, MODEL);
    mkdirSync(join(photos, 'moved'));
    writer.transaction((tx) => tx.putSource(idOf(1), sourceOf(1, { root: photos, path: 'moved/1.jpg' })));
    await writer.close();
    renameSync(join(photos, '1.jpg'), join(photos, 'moved/1.jpg'));
    rmSync(join(photos, '2.jpg'));
    const dry = await pruneSources(folder, { dryRun: true });
    expect(dry.vanished.map(({ path, id }) => [path, id])).toEqual([
      ['1.jpg', idOf(1)],
      ['2.jpg', idOf(2)],
    ]);
    expect(dry).toMatchObject({ deleted: [idOf(2)], missingRoots: [], dryRun: true });
    expect(await pruneSources(folder)).toEqual({ ...dry, dryRun: false });
    const reader = await openReader(folder);
    expect([...(await reader.present([idOf(1), idOf(2)]))]).toEqual([idOf(1)]);
    expect((await reader.counts()).references).toBe(4);
    await reader.close();
    expect(await pruneSources(folder)).toMatchObject({ vanished: [], deleted: [] });
  });

  it('removes kept bytes that no source names any more, and those alone', async () => {
    await write(folder, upTo(2));
    const writer = await openWriter(folder, MODEL);
    const kept = await writer.keepFile(Buffer.from('kept'), '.jpg');
    const orphan = await writer.keepFile(Buffer.from('orphan'), '.jpg');
    writer.transaction((tx) => tx.putSource(idOf(1), sourceOf(1, { root: 'files', path: kept })));
    await writer.close();
    expect(await pruneSources(folder, { dryRun: true })).toMatchObject({ orphanFiles: [orphan], vanished: [] });
    expect(existsSync(join(folder, 'files', orphan))).toBe(true);
    expect(await pruneSources(folder)).toMatchObject({ orphanFiles: [orphan], deleted: [] });
    expect([kept, orphan].map((path) => existsSync(join(folder, 'files', path)))).toEqual([true, false]);
    expect(await pruneSources(folder)).toMatchObject({ orphanFiles: [] });
  });

  it('says in a sentence that kept bytes can’t be deleted, and deletes them the next time', async () => {
    await write(folder, upTo(2));
    mkdirSync(join(folder, 'files', 'ab'), { recursive: true });
    writeFileSync(join(folder, 'files', 'ab', 'orphan.jpg'), 'x');
    rmSync(join(photos, '1.jpg'));
    failNext(fs, 'rmSync', /orphan\.jpg$/, 'EIO');
    await expect(pruneSources(folder)).rejects.toMatchObject({ code: 'disk_error' });
    expect(await pruneSources(folder)).toMatchObject({ orphanFiles: ['ab/orphan.jpg'], vanished: [], deleted: [] });
  });

  it('leaves alone what lies below a root that is not there, and remapping finds it again', async () => {
    await write(folder, upTo(5));
    const elsewhere = join(base, `elsewhere-${Date.now()}`);
    renameSync(photos, elsewhere);
    expect(await pruneSources(folder)).toMatchObject({ vanished: [], deleted: [], missingRoots: [photos] });
    expect(verifyIndex(folder)).toMatchObject({ ok: true, sourcesMissing: 5 });
    expect(remapRoot(folder, photos, elsewhere)).toEqual({ sources: 5 });
    expect(verifyIndex(folder)).toMatchObject({ ok: true, sourcesMissing: 0, notices: [] });
    expect(() => remapRoot(folder, photos, elsewhere)).toThrow(expect.objectContaining({ code: 'root_not_found' }));
    expect(() => remapRoot(folder, elsewhere, 'relative')).toThrow(expect.objectContaining({ code: 'bad_root' }));
  });

  it('makes two roots one', async () => {
    await write(folder, upTo(3));
    const other = mkdtempSync(join(base, 'photos-'));
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => {
      tx.putSource(idOf(0), sourceOf(0, { root: other, path: '0.jpg' }));
      tx.putSource(idOf(1), sourceOf(1, { root: other, path: 'else/1.jpg' }));
    });
    await writer.close();
    remapRoot(folder, other, photos);
    const reader = await openReader(folder);
    expect((await reader.get(idOf(0)))?.sources.map(({ root, path }) => [root, path])).toEqual([[photos, '0.jpg']]);
    expect((await reader.get(idOf(1)))?.sources.map(({ path }) => path)).toEqual(['1.jpg', 'else/1.jpg']);
    await reader.close();
  });
});

/** A reference of two photos at two places, of which `says`, the first, gave the facts. */
async function putTwice(i: number, says: Partial<Source>, other: Partial<Source>): Promise<void> {
  const writer = await openWriter(folder, MODEL);
  writer.transaction((tx) => {
    const point = { lat: 10, lon: 10 };
    tx.put(referenceOf(i, { point, author: 'of the first', iso2: 'NG' }), vectorOf(i));
    tx.putSource(idOf(i), sourceOf(i, { point, ...says }));
    tx.putSource(idOf(i), sourceOf(i, { point: { lat: 47, lon: 11 }, ...other }));
  });
  await writer.close();
}

describe('remapping a root that has the say', () => {
  const folderAhead = () => mkdtempSync(join(base, 'a-'));
  const stored = async () => {
    const reader = await openReader(folder);
    const [reference, { conflicts }] = [await reader.get(idOf(0)), await reader.counts()];
    await reader.close();
    return { point: reference?.point, iso2: reference?.iso2, sources: reference?.sources, conflicts };
  };
  const ofTheOther = { point: { lat: 47, lon: 11 }, iso2: 'AT' };

  it('into one that knows the same path gives the reference the position of what is left, which agrees with itself', async () => {
    const from = folderAhead();
    await putTwice(0, { root: from }, { root: photos });
    expect((await stored()).conflicts).toBe(1);
    remapRoot(folder, from, photos);
    const { sources, ...facts } = await stored();
    expect(facts).toEqual({ ...ofTheOther, conflicts: 0 });
    // The next ingest reads it for all other facts, which only the photo and what lies beside it know.
    expect(sources).toEqual([expect.objectContaining({ root: photos, path: '0.jpg', factsHash: '' })]);
    // None of the notices is about the coverage map.
    const notices = [/index prune/, /graph lacks/].map((text) => expect.stringMatching(text));
    expect(verifyIndex(folder)).toMatchObject({ ok: true, problems: [], notices });
  });

  it('to a name behind another root gives it the position of that one', async () => {
    const from = folderAhead();
    await putTwice(0, { root: from }, { root: photos });
    remapRoot(folder, from, mkdtempSync(join(base, 'z-')));
    expect(await stored()).toMatchObject({ ...ofTheOther, conflicts: 1, sources: [{ factsHash: '' }, {}] });
  });

  it('to a name that leaves it the say changes no facts', async () => {
    const from = folderAhead();
    await putTwice(0, { root: from }, { root: photos });
    remapRoot(folder, from, mkdtempSync(join(base, 'b-')));
    const { factsHash } = sourceOf(0);
    expect(await stored()).toMatchObject({ point: { lat: 10, lon: 10 }, conflicts: 1, sources: [{ factsHash }, {}] });
  });
});

describe('pruning the source that has the say', () => {
  it('gives the reference the position of the one that is left', async () => {
    await putTwice(0, { root: photos, path: 'a.jpg' }, { root: photos, path: 'b.jpg' });
    writeFileSync(join(photos, 'b.jpg'), 'x');
    await pruneSources(folder);
    const reader = await openReader(folder);
    const left = await reader.get(idOf(0));
    await reader.close();
    expect(left).toMatchObject({
      point: { lat: 47, lon: 11 },
      iso2: 'AT',
      sources: [{ path: 'b.jpg', factsHash: '' }],
    });
  });
});

describe('deleting', () => {
  it("takes the bytes that the index keeps, never the user's", async () => {
    await write(folder, [1, 2]);
    const writer = await openWriter(folder, MODEL);
    const bytes = Buffer.from('kept bytes');
    const path = await writer.keepFile(bytes, '.jpg');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    writer.transaction((tx) => {
      tx.put({ ...referenceOf(3), id: sha256.slice(0, 32), sha256 }, vectorOf(3));
      tx.putSource(sha256.slice(0, 32), sourceOf(3, { root: 'files', path }));
    });
    await writer.close();
    const thumbnails = [idOf(1), idOf(2)].map((id) => join(thumbnailsFolder(folder), `${id}.webp`));
    mkdirSync(thumbnailsFolder(folder));
    for (const file of thumbnails) writeFileSync(file, 'small');
    const result = await deleteReferences(folder, [idOf(1), sha256.slice(0, 32), 'unknown']);
    expect(result).toEqual({ deleted: [idOf(1), sha256.slice(0, 32)], missing: ['unknown'] });
    expect(existsSync(join(folder, 'files', path))).toBe(false);
    expect(existsSync(join(photos, '1.jpg'))).toBe(true);
    expect(thumbnails.map((file) => existsSync(file))).toEqual([false, true]);
    const reader = await openReader(folder);
    expect((await reader.list({ limit: 9 })).references.map(({ id }) => id)).toEqual([idOf(2)]);
    expect((await reader.neighbours(vectorOf(1), { k: 9 })).map(({ id }) => id)).toEqual([idOf(2)]);
    await reader.close();
  });

  it('leaves the file of the graph, which is as large as the index, to the next who saves it', async () => {
    await write(folder, [1, 2, 3]);
    const saved = () => readFileSync(join(folder, 'manifest.json'), 'utf8');
    const before = saved();
    await deleteReferences(folder, [idOf(2)]);
    expect(saved()).toBe(before);
    const found = async () => {
      const reader = await openReader(folder, { bruteForceMax: 0 });
      const neighbours = await reader.neighbours(vectorOf(2), { k: 9 });
      await reader.close();
      return neighbours.map(({ id }) => id).sort();
    };
    expect(await found()).toEqual([idOf(1), idOf(3)].sort());
    const writer = await openWriter(folder, MODEL);
    await writer.checkpoint();
    await writer.close();
    expect(saved()).not.toBe(before);
    expect(await found()).toEqual([idOf(1), idOf(3)].sort());
  });

  it('waits for no lock: a busy index is refused', async () => {
    await write(folder, [1]);
    const writer = await openWriter(folder, MODEL);
    await expect(deleteReferences(folder, [idOf(1)])).rejects.toMatchObject({ code: 'index_busy' });
    await expect(rebuildGraph(folder)).rejects.toMatchObject({ code: 'index_busy' });
    await expect(pruneSources(folder)).rejects.toMatchObject({ code: 'index_busy' });
    await writer.close();
    await expect(deleteReferences(join(folder, 'none'), [])).rejects.toMatchObject({ code: 'index_not_found' });
  });
});

describe('a backup', () => {
  it('of an index that is being written opens as one moment of it', async () => {
    await write(folder, upTo(100));
    const writer = await openWriter(folder, MODEL);
    const path = await writer.keepFile(Buffer.from('kept'), '.jpg');
    writer.transaction((tx) => tx.put(referenceOf(500), vectorOf(500)));
    const target = join(base, `backup-${Date.now()}`);
    expect(await backupIndex(folder, target)).toEqual({ references: 101, withGraph: true });
    writer.transaction((tx) => tx.remove(idOf(1)));
    await writer.close();
    expect(verifyIndex(target)).toMatchObject({ ok: true, references: 101, graph: { state: 'behind', missing: 1 } });
    expect(existsSync(join(target, 'files', path))).toBe(true);
    const copy = await openReader(target);
    expect((await copy.neighbours(vectorOf(1), { k: 1 }))[0]?.id).toBe(idOf(1));
    await copy.close();
    await (await openWriter(target, MODEL)).close();
    await expect(backupIndex(folder, target)).rejects.toMatchObject({ code: 'target_not_empty' });
  });

  it('takes away what one that was killed left, and has its name only once it is whole', async () => {
    await write(folder, upTo(5));
    const target = join(base, `backup-${Date.now()}-again`);
    mkdirSync(`${target}.part`);
    writeFileSync(join(`${target}.part`, 'index.sqlite'), 'half');
    mkdirSync(target);
    expect(await backupIndex(folder, target)).toEqual({ references: 5, withGraph: true });
    expect([verifyIndex(target).ok, existsSync(`${target}.part`)]).toEqual([true, false]);
  });

  it('of an index without a graph has none', async () => {
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => tx.put(referenceOf(1), vectorOf(1)));
    await writer.close();
    const target = join(base, `backup-${Date.now()}-none`);
    expect(await backupIndex(folder, target)).toEqual({ references: 1, withGraph: false });
    expect(verifyIndex(target)).toMatchObject({ ok: true, graph: { state: 'none', missing: 1 } });
  });
});
