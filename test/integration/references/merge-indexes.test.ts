import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { copyIndex } from '../../../src/references/copy-index.js';
import { mergeIndexes } from '../../../src/references/merge-indexes.js';
import { openStore } from '../../../src/references/open-store.js';
import type { StoredReference } from '../../../src/references/reader.js';
import type { Store } from '../../../src/references/store.js';
import type { PhotoChange } from '../../../src/references/writer.js';
import { commandLine } from '../../support/command-line.js';
import { idOf, MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const place = () => join(temporaryFolder(), 'index');

function photo(i: number, path: string, author: string | null = null): PhotoChange {
  const reference = referenceOf(i, { author, iso2: i % 2 ? 'PL' : 'DE' });
  return {
    kind: 'photo',
    ...{ id: reference.id, facts: reference, iso2: reference.iso2 },
    ...{ source: sourceOf(i, { path }), gone: [], embedded: { reference, vector: vectorOf(i) } },
  };
}

async function indexOf(photos: readonly PhotoChange[], model = MODEL): Promise<{ store: Store; name: string }> {
  const name = place();
  const store = openStore(name);
  await store.write(model, async (writer) => {
    for (let at = 0; at < photos.length; at += 500) await writer.apply(photos.slice(at, at + 500));
  });
  return { store, name };
}

async function contentOf(store: Store): Promise<Map<string, StoredReference>> {
  const index = await store.open();
  try {
    const all = new Map<string, StoredReference>();
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await index.reader.list({ limit: 1000, ...(cursor ? { cursor } : {}) });
      for (const one of page.references) all.set(one.id, one);
      cursor = page.cursor;
    }
    const vectors = await index.reader.vectors([...all.keys()]);
    expect(vectors.size).toBe(all.size);
    return all;
  } finally {
    await index.close();
  }
}

/** 600 and 520 photos (more than a page), 100 of them in both, under other paths and with other authors. */
const some = () => Array.from({ length: 600 }, (_, i) => photo(i, `north/${i}.jpg`, i % 5 ? 'ann' : null));
const others = () => Array.from({ length: 520 }, (_, i) => photo(500 + i, `a/${i}.jpg`, 'bo'));

describe('two indexes', () => {
  it('come together, whichever is named first: a photo of both has the sources of both, and the facts of the first by path', async () => {
    const [one, other] = [await indexOf(some()), await indexOf(others())];
    const merged: Map<string, StoredReference>[] = [];
    for (const from of [
      [one, other],
      [other, one],
    ]) {
      const into = place();
      const to = openStore(into);
      const reports = await mergeIndexes({ from, to, into });
      expect(reports.map(({ references }) => references).sort()).toEqual([520, 600]);
      merged.push(await contentOf(to));
    }
    const [first, second] = merged;
    expect(first?.size).toBe(1020);
    expect(second).toEqual(first);
    const both = first?.get(idOf(550));
    expect(both?.sources.map(({ path }) => path)).toEqual(['a/50.jpg', 'north/550.jpg']);
    // `a/` comes before `north/`.
    expect(both?.author).toBe('bo');
    expect(first?.get(idOf(7))?.author).toBe('ann');
  }, 120_000);

  it('go on where a merge was stopped, and have nothing to do when it is done', async () => {
    const [one, other] = [await indexOf(some()), await indexOf(others())];
    const into = place();
    const to = openStore(into);
    const merge = (more: object = {}) => mergeIndexes({ from: [one, other], to, into, ...more });
    const stop = new AbortController();
    const stopped = await merge({ signal: stop.signal, onProgress: () => stop.abort() });
    expect(stopped).toMatchObject([{ interrupted: true, checksum: null }]);
    const rest = await merge();
    expect(rest[0]?.before).toBeGreaterThan(0);
    expect((await contentOf(to)).size).toBe(1020);
    expect((await merge()).map(({ copied }) => copied)).toEqual([0, 0]);
  }, 120_000);

  it('of two models are refused before anything is written, and so is a place that holds something else', async () => {
    const one = await indexOf([photo(1, 'a.jpg')]);
    const strange = await indexOf([photo(2, 'b.jpg')], { ...MODEL, modelId: 'b'.repeat(64), modelName: 'other/model' });
    const into = place();
    const to = openStore(into);
    await expect(mergeIndexes({ from: [one, strange], to, into })).rejects.toMatchObject({
      code: 'index_model_mismatch',
    });
    expect(await to.identity()).toBeNull();
    const fellow = await indexOf([photo(3, 'c.jpg')]);
    const full = await indexOf([photo(4, 'd.jpg')]);
    await expect(mergeIndexes({ from: [one, fellow], to: full.store, into: full.name })).rejects.toMatchObject({
      code: 'copy_differs',
      message: expect.stringContaining(idOf(4)),
    });
  });
});

describe('a part of an index', () => {
  it('holds what the filter lets through and nothing else, goes on where it was stopped, and is refused beside other references', async () => {
    const { store, name } = await indexOf(some());
    const into = place();
    const to = openStore(into);
    const copying = { from: store, to, filter: { country: ['PL'] }, names: { from: name, to: into } };
    const stop = new AbortController();
    expect(await copyIndex({ ...copying, signal: stop.signal, onProgress: () => stop.abort() })).toMatchObject({
      interrupted: true,
    });
    const report = await copyIndex(copying);
    expect(report).toMatchObject({ references: 300, sources: 300, interrupted: false });
    const all = await contentOf(store);
    const part = await contentOf(to);
    expect(part).toEqual(new Map([...all].filter(([, { iso2 }]) => iso2 === 'PL')));
    await expect(copyIndex({ ...copying, filter: { country: ['DE'] } })).rejects.toMatchObject({
      code: 'copy_differs',
    });
  }, 120_000);
});

describe('the commands', () => {
  const { run } = commandLine();
  const cli = (...args: string[]) => run(args);

  it('merge two folders into a third, and take a part of that', async () => {
    const [one, other] = [await indexOf(some().slice(0, 30)), await indexOf(others().slice(0, 20))];
    const [both, part] = [place(), place()];
    const merged = cli('index', 'merge', one.name, other.name, '--into', both, '--json');
    expect(JSON.parse(merged.stdout)).toMatchObject({ references: 50, interrupted: false });
    const subset = cli('index', 'subset', '--index', both, '--author', 'bo', '--into', part, '--json');
    expect(JSON.parse(subset.stdout)).toMatchObject({ references: 20, interrupted: false });
    expect([...(await contentOf(openStore(part))).values()].every(({ author }) => author === 'bo')).toBe(true);
  }, 120_000);

  it('refuse an index with itself, and a part that is all of it', async () => {
    const { name } = await indexOf([photo(1, 'a.jpg')]);
    expect(cli('index', 'merge', name, `${name}/.`, '--into', place()).stderr).toContain('[copy_same_place]');
    expect(cli('index', 'merge', name, place(), '--into', name).stderr).toContain('[copy_same_place]');
    expect(cli('index', 'merge', name, place(), '--into', place()).stderr).toContain('[index_not_found]');
    expect(cli('index', 'subset', '--index', name, '--country', 'PL', '--into', name).stderr).toContain(
      '[copy_same_place]',
    );
    expect(cli('index', 'subset', '--index', name, '--into', place()).stderr).toContain('--country');
  }, 120_000);
});
