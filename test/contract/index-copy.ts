import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyIndex } from '../../src/references/copy-index.js';
import type { StoredReference } from '../../src/references/reader.js';
import type { Store } from '../../src/references/store.js';
import type { Change, PhotoChange } from '../../src/references/writer.js';
import { idOf, MODEL, referenceOf, sourceOf, vectorOf } from '../support/references.js';

export interface TwoStores {
  readonly from: Store;
  readonly to: Store;
  readonly dispose?: () => Promise<void>;
}

function photo(i: number, source = {}): PhotoChange {
  const reference = referenceOf(i, { iso2: i % 2 ? 'PL' : null, author: i % 3 ? `author ${i % 7}` : null });
  return {
    kind: 'photo',
    ...{ id: reference.id, facts: reference, iso2: reference.iso2 },
    ...{ source: sourceOf(i, source), gone: [], embedded: { reference, vector: vectorOf(i) } },
  };
}

/** A vector of another model. */
const anewOf = (id: string) => vectorOf(Number.parseInt(id.slice(0, 6), 16), 8);

/** What a copy promises, from any engine into any. @param make two places, nothing at either. @param COUNT more than a page of references */
export function describeCopy(name: string, make: () => Promise<TwoStores>, COUNT = 1203): void {
  describe(`a copy (${name})`, () => {
    let stores: TwoStores;
    const names = { from: 'here', to: 'there' };
    const apply = (store: Store, ...changes: Change[]) => store.write(MODEL, (writer) => writer.apply(changes));
    const copy = (more: object = {}) => copyIndex({ from: stores.from, to: stores.to, names, ...more });

    beforeEach(async () => {
      stores = await make();
      const all = Array.from({ length: COUNT }, (_, i) => photo(i));
      const failure = { kind: 'failure', root: '/photos', path: 'x', code: 'not_an_image', reason: 'None.' } as const;
      await stores.from.write(MODEL, async (writer) => {
        for (let at = 0; at < COUNT; at += 200) await writer.apply(all.slice(at, at + 200));
        // One with two sources that disagree, one without any, and a failure.
        await writer.apply([
          photo(1, { path: 'copy.jpg', point: { lat: 1, lon: 2 } }),
          photo(COUNT, { path: '2.jpg' }),
        ]);
        await writer.apply([{ ...failure, photoId: null, bytes: 1, mtimeMs: 1, ctimeMs: null, inode: null }]);
      });
    });

    afterEach(async () => {
      await stores.dispose?.();
    });

    const contentOf = async (store: Store) => {
      const index = await store.open();
      try {
        const all = new Map<string, StoredReference>();
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const page = await index.reader.list({ limit: 1000, ...(cursor ? { cursor } : {}) });
          for (const one of page.references) all.set(one.id, one);
          cursor = page.cursor;
        }
        const ids = [...all.keys()].sort();
        const vectors = await index.reader.vectors(ids);
        return { counts: await index.catalogue.counts(), all: ids.map((id) => [all.get(id), vectors.get(id)]) };
      } finally {
        await index.close();
      }
    };

    it('holds all of it, says so, and finds nothing to do the second time', async () => {
      const told: [string, number, number][] = [];
      const report = await copy({ onProgress: (...progress: [string, number, number]) => told.push(progress) });
      const counts = { references: COUNT + 1, sources: COUNT + 1 };
      expect(report).toMatchObject({ ...counts, copied: COUNT + 1, before: 0, interrupted: false });
      expect(await contentOf(stores.to)).toEqual(await contentOf(stores.from));
      expect((await contentOf(stores.to)).counts).toEqual({ ...counts, conflicts: 1 });
      expect(told.at(-1)).toEqual(['comparing', 2 * (COUNT + 1), 2 * (COUNT + 1)]);
      expect(told.filter(([stage]) => stage === 'copying').at(-1)).toEqual(['copying', COUNT + 1, COUNT + 1]);
      const again = await copy();
      expect(again).toMatchObject({ copied: 0, before: COUNT + 1, checksum: report.checksum });
      const index = await stores.to.open();
      expect((await index.journal.runs()).map(({ state, arguments: asked }) => [state, asked])).toEqual(
        Array(2).fill(['finished', { copy_from: 'here' }]),
      );
      expect(await index.journal.failures()).toEqual([]);
      await index.close();
    });

    it('that was stopped, or that failed, goes on from there', async () => {
      const stop = new AbortController();
      const stopped = await copy({ signal: stop.signal, onProgress: () => stop.abort() });
      expect(stopped).toMatchObject({ interrupted: true, checksum: null, before: 0 });
      expect(stopped.copied).toBeLessThan(COUNT);
      await expect(
        copy({
          onProgress: (_: string, done: number) => {
            if (done > stopped.copied) throw new Error('killed');
          },
        }),
      ).rejects.toThrow('killed');
      const rest = await copy();
      expect(rest.before).toBeGreaterThan(stopped.copied);
      expect(rest.before + rest.copied).toBe(COUNT + 1);
      expect(await contentOf(stores.to)).toEqual(await contentOf(stores.from));
    });

    it('follows what is corrected, and says where the other place holds more', async () => {
      await copy();
      const corrected = photo(5);
      await apply(stores.from, { ...corrected, embedded: null, facts: { ...corrected.facts, author: 'cleo' } });
      expect(await copy()).toMatchObject({ copied: 1, before: COUNT });
      expect(await contentOf(stores.to)).toEqual(await contentOf(stores.from));
      await apply(stores.to, photo(COUNT + 9));
      await expect(copy()).rejects.toMatchObject({
        code: 'copy_differs',
        message: expect.stringContaining(`${COUNT + 2} references`),
      });
    });

    it('with vectors made anew is of the other model, leaves out what gives none, and goes on where it was stopped', async () => {
      const model = { modelId: 'b'.repeat(64), modelName: 'test/other', dimension: 8 };
      const gone = new Set([idOf(3)]);
      const asked: string[] = [];
      const stop = new AbortController();
      const anew = {
        model,
        vectorOf: async ({ id, sources }: { id: string; sources: readonly { file: string }[] }) => {
          asked.push(id);
          if (asked.length === 100) stop.abort();
          if (gone.has(id)) return { code: 'file_missing', reason: `No ${sources[0]?.file}.` };
          return anewOf(id);
        },
      };
      const stopped = await copy({ anew, signal: stop.signal });
      expect(stopped).toMatchObject({ interrupted: true, checksum: null, before: 0 });
      const report = await copy({ anew });
      const failures = [{ id: idOf(3), path: '3.jpg', code: 'file_missing', reason: 'No /photos/3.jpg.' }];
      expect(report).toMatchObject({ before: stopped.copied, copied: COUNT - stopped.copied, failed: 1, failures });
      // Each once, but for the one that gave none, which may have been met by both.
      expect(asked.length - new Set(asked).size).toBeLessThanOrEqual(1);
      expect(await stores.to.identity()).toMatchObject(model);
      const [before, after] = [await contentOf(stores.from), await contentOf(stores.to)];
      expect(after.all.map(([one]) => one)).toEqual(
        before.all.map(([one]) => one).filter((one) => (one as StoredReference).id !== idOf(3)),
      );
      for (const [one, vector] of after.all) expect(vector).toEqual(anewOf((one as StoredReference).id));
      gone.clear();
      expect(await copy({ anew })).toMatchObject({ copied: 1, before: COUNT, failed: 0, failures: [] });
    });

    it('is refused where the other place holds another model, or there is nothing to copy', async () => {
      const other = { ...MODEL, modelId: 'b'.repeat(64) };
      await stores.to.write(other, async () => undefined);
      await expect(copy()).rejects.toMatchObject({ code: 'index_model_mismatch' });
      expect((await stores.from.maintenance.remove([idOf(1)])).deleted).toHaveLength(1);
    });
  });
}
