import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { LabelStore } from '../../../src/collection/labels/label-store.js';
import { Collection } from '../../../src/collection/open-collection.js';
import { sentenceTagger, type Tagger } from '../../../src/collection/tags/scorer.js';
import { tagIndex } from '../../../src/collection/tags/tag-index.js';
import { LOG_ODDS } from '../../../src/collection/tags/tag-scale.js';
import { TagTable, tagStates } from '../../../src/collection/tags/tag-table.js';
import { Tags } from '../../../src/collection/tags/tags.js';
import { cosine, type UnitVector } from '../../../src/domain/unit-vector.js';
import { openStore } from '../../../src/references/open-store.js';
import type { Change } from '../../../src/references/writer.js';
import { labelSetOf } from '../../support/label-sets.js';
import { idOf, MODEL, referenceOf, sourceOf, vectorOf } from '../../support/references.js';

const LOGIT_SCALE = 20;

const photo = (i: number): Change => {
  const reference = referenceOf(i);
  const embedded = { reference, vector: vectorOf(i) };
  return { kind: 'photo', id: reference.id, facts: reference, iso2: null, source: sourceOf(i), gone: [], embedded };
};

/** A set whose sentences are numbers: of each the vector is that of the reference of this number. */
const setOf = (id: string, kind: 'exclusive' | 'independent', labels: Record<string, readonly number[]>) =>
  labelSetOf(
    id,
    kind,
    Object.fromEntries(Object.entries(labels).map(([name, numbers]) => [name, numbers.map(String)])),
  );

const textModel = (embedded: string[] = []) => ({
  info: { id: MODEL.modelId, logitScale: LOGIT_SCALE } as never,
  embedTexts: async (texts: readonly string[]) => {
    embedded.push(...texts);
    return texts.map((text) => vectorOf(Number(text)));
  },
});

async function place(count: number) {
  const folder = mkdtempSync(join(tmpdir(), 'streetdex-tags-'));
  const store = openStore(folder);
  const apply = (...changes: Change[]) => store.write(MODEL, (writer) => writer.apply(changes));
  await apply(...Array.from({ length: count }, (_, i) => photo(i)));
  const collection = new Collection(folder);
  return { store, apply, collection, index: await store.open({ lazy: true }) };
}

const GATES = setOf('gates', 'exclusive', { unseen: [9001], open: [9002, 9003], shut: [9004] });
const THINGS = setOf('things', 'independent', { bench: [9005], lamp: [9006, 9007] });

const mean = (...numbers: number[]) => {
  const sum = Array.from({ length: MODEL.dimension }, (_, d) =>
    numbers.reduce((total, i) => total + (vectorOf(i)[d] as number), 0),
  );
  const length = Math.sqrt(sum.reduce((total, value) => total + value ** 2, 0));
  return Float32Array.from(sum, (value) => value / length) as UnitVector;
};

describe('tagging an index', () => {
  it('keeps what the sentences say of each photo, to the step of a byte', async () => {
    const { collection, index } = await place(300);
    const taggers = [sentenceTagger(GATES, textModel()), sentenceTagger(THINGS, textModel())];
    expect(await tagIndex(taggers, { collection, reader: index.reader })).toEqual({
      ...{ references: 300, tagged: 300, interrupted: false },
    });
    const gates = TagTable.read(collection, 'gates', MODEL.modelId);
    const things = TagTable.read(collection, 'things', MODEL.modelId);
    const texts = [mean(9001), mean(9002, 9003), mean(9004)];
    const lamps: (readonly [cosine: number, value: number])[] = [];
    for (let i = 0; i < 300; i++) {
      const at = gates.places.of(idOf(i)) as number;
      const powers = texts.map((text) => Math.exp(LOGIT_SCALE * cosine(vectorOf(i), text)));
      const sum = powers.reduce((a, b) => a + b, 0);
      for (const [k, power] of powers.entries()) {
        const odds = Math.log(power / (sum - power));
        expect(Math.abs(gates.score(k, at) - Math.min(12.7, Math.max(-12.7, odds)))).toBeLessThan(0.0501);
      }
      const lamp = cosine(vectorOf(i), mean(9006, 9007));
      expect(Math.abs(things.score(1, at) - lamp)).toBeLessThan(0.005);
      lamps.push([lamp, things.value(1, at)]);
    }
    // A value of what sentences gave is the share of photos with less of it.
    for (const [lamp, value] of lamps) {
      const less = lamps.filter(([other]) => other < lamp).length / lamps.length;
      expect(Math.abs(value - less)).toBeLessThan(0.03);
    }
  });

  it('goes on where it was cut short, looks at no photo twice and forgets those that are gone', async () => {
    const { collection, index, apply, store } = await place(5000);
    const asked: string[] = [];
    const { reader } = index;
    const vectors = reader.vectors.bind(reader);
    reader.vectors = (ids) => {
      asked.push(...ids);
      return vectors(ids);
    };
    const stop = new AbortController();
    const tagger = sentenceTagger(GATES, textModel());
    const cut = await tagIndex(
      [tagger],
      { collection, reader },
      { signal: stop.signal, onProgress: () => stop.abort() },
    );
    expect(cut).toEqual({ references: 5000, tagged: 4096, interrupted: true });
    expect(tagStates(collection)[0]?.tagged).toBe(4096);
    expect(await tagIndex([tagger], { collection, reader })).toMatchObject({ tagged: 904, interrupted: false });
    expect(asked.length).toBe(5000);
    expect(new Set(asked).size).toBe(5000);

    const before = TagTable.read(collection, 'gates', MODEL.modelId);
    expect(before.state.tagged).toBe(5000);
    await store.maintenance.remove([idOf(7), idOf(4500)]);
    await apply(photo(6000));
    const embedded: string[] = [];
    const again = sentenceTagger(GATES, textModel(embedded));
    expect(await tagIndex([again], { collection, reader })).toMatchObject({ references: 4999, tagged: 1 });
    expect(await tagIndex([again], { collection, reader })).toMatchObject({ references: 4999, tagged: 0 });
    // Sentences are embedded only where there is something to tag.
    expect(embedded.length).toBe(4);
    expect(tagStates(collection).map(({ tagged }) => tagged)).toEqual([4999]);
    const after = TagTable.read(collection, 'gates', MODEL.modelId);
    expect(after.places.of(idOf(7))).toBeUndefined();
    expect(after.places.of(idOf(8))).toBe(before.places.of(idOf(8)));
    const added = after.places.of(idOf(6000)) as number;
    expect([before.places.of(idOf(7)), before.places.of(idOf(4500))]).toContain(added);
    const odds = LOGIT_SCALE * (cosine(vectorOf(6000), mean(9004)) - cosine(vectorOf(6000), mean(9001)));
    // Of three labels the log odds of two differ by about their logits, but for the third.
    expect(Math.sign(after.score(2, added) - after.score(0, added))).toBe(Math.sign(odds));
  });

  it('begins anew where the sentences are others, and leaves other sets be', async () => {
    const { collection, index } = await place(20);
    const parts = { collection, reader: index.reader };
    await tagIndex([sentenceTagger(GATES, textModel()), sentenceTagger(THINGS, textModel())], parts);
    const other = setOf('gates', 'exclusive', { unseen: [9001], open: [9008], shut: [9004] });
    expect(await tagIndex([sentenceTagger(other, textModel())], parts)).toMatchObject({ tagged: 20 });
    expect(await tagIndex([sentenceTagger(THINGS, textModel())], parts)).toMatchObject({ tagged: 0 });
    expect(tagStates(collection).map(({ name, labels }) => [name, labels])).toEqual([
      ['gates', ['unseen', 'open', 'shut']],
      ['things', ['bench', 'lamp']],
    ]);
  });

  it('counts what was tagged in the format before counts were kept', async () => {
    const { collection, index } = await place(5000);
    await tagIndex([sentenceTagger(GATES, textModel())], { collection, reader: index.reader });
    collection.write((db) => {
      const triggers = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all() as string[];
      for (const name of triggers) db.exec(`DROP TRIGGER ${name}`);
      db.exec('DROP TABLE tag_writes; DROP INDEX tagged; ALTER TABLE tags DROP COLUMN tagged');
      db.exec('DELETE FROM migrations WHERE number > 1; PRAGMA user_version = 1');
    });
    collection.close();
    expect(tagStates(collection).map(({ tagged }) => tagged)).toEqual([5000]);
  });

  it('is read anew when tags are written, and not for labels', async () => {
    const { collection, index, apply } = await place(20);
    const [tagger, tags] = [sentenceTagger(GATES, textModel()), new Tags(collection)];
    await tagIndex([tagger], { collection, reader: index.reader });
    const table = tags.table('gates', MODEL.modelId);
    new LabelStore(collection).put('gates', [{ id: idOf(1), labels: ['open'], chosen: 'given', sample: null }]);
    expect(tags.table('gates', MODEL.modelId)).toBe(table);
    await apply(photo(21));
    // By another process.
    await tagIndex([tagger], { collection: new Collection(dirname(collection.folder)), reader: index.reader });
    expect(tags.table('gates', MODEL.modelId).places.of(idOf(21))).toBeDefined();
    expect(tags.table('gates', MODEL.modelId).state.tagged).toBe(21);
  });

  it('is for one at a time', async () => {
    const { collection, index } = await place(3);
    await collection.tagging(async () => {
      const tagger = sentenceTagger(GATES, textModel());
      await expect(tagIndex([tagger], { collection, reader: index.reader })).rejects.toMatchObject({
        code: 'index_busy',
      });
    });
  });

  it('may be asked what is tagged from the moment it begins, by a probe too', async () => {
    const { collection, index } = await place(2);
    const seen: (readonly [tagged: number | undefined, value: number])[] = [];
    const tagger: Tagger = {
      ...{ name: 'gates', kind: 'exclusive', labels: ['open', 'shut'], madeBy: 'probe', stamp: 'a probe' },
      scorer: async () => {
        const tags = new Tags(collection);
        const state = tags.states(MODEL.modelId).find(({ name }) => name === 'gates');
        seen.push([state?.tagged, tags.table('gates', MODEL.modelId).value(0, 0)]);
        return { vectors: [vectorOf(1)], scale: LOG_ODDS, score: (_products, scores) => scores.fill(0) };
      },
    };
    await tagIndex([tagger], { collection, reader: index.reader });
    expect(seen).toEqual([[0, Number.NaN]]);
    expect(new Tags(collection).table('gates', MODEL.modelId).value(0, 0)).toBeCloseTo(0.5, 1);
  });

  it('refuses sentences that are known to tell too little', () => {
    const off = { ...GATES, zero_shot: false };
    expect(() => sentenceTagger(off, textModel())).toThrow(expect.objectContaining({ code: 'label_set_needs_labels' }));
  });
});

describe('a condition on tags', () => {
  it('names the photos that hold it, among those of a filter', async () => {
    const { collection, index } = await place(200);
    await tagIndex([sentenceTagger(GATES, textModel()), sentenceTagger(THINGS, textModel())], {
      ...{ collection, reader: index.reader },
    });
    const tags = new Tags(collection);
    const ids = Array.from({ length: 200 }, (_, i) => idOf(i));
    const named = (...conditions: string[]) => new Set(tags.narrow(undefined, conditions, MODEL.modelId)?.ids);
    const lamp = (id: string) => cosine(vectorOf(ids.indexOf(id)), mean(9006, 9007));
    const top = named('things:lamp>=0.9');
    expect(top.size).toBeGreaterThan(10);
    expect(top.size).toBeLessThan(30);
    const rest = ids.filter((id) => !top.has(id));
    expect(Math.min(...[...top].map(lamp))).toBeGreaterThan(Math.max(...rest.map(lamp)) - 0.01);
    expect(named('things:lamp<=0.9').size + top.size).toBe(200);

    const likeliest = ['unseen', 'open', 'shut'].map((label) => named(`gates:${label}`));
    expect(likeliest.reduce((sum, { size }) => sum + size, 0)).toBe(200);
    const texts = [mean(9001), mean(9002, 9003), mean(9004)];
    const wrong = ids.filter((id, i) => {
      const cosines = texts.map((text) => cosine(vectorOf(i), text));
      return !likeliest[cosines.indexOf(Math.max(...cosines))]?.has(id);
    });
    // Two that are as likely to a byte are told apart by order.
    expect(wrong.length).toBeLessThan(8);
    const both = named('gates:open', 'things:lamp>=0.5');
    expect([...both].every((id) => likeliest[1]?.has(id) && named('things:lamp>=0.5').has(id))).toBe(true);

    const among = { ids: [...top].slice(0, 3), country: ['FR'] };
    expect(tags.narrow(among, ['things:lamp>=0.9'], MODEL.modelId)).toEqual(among);
    expect(tags.narrow(among, [], MODEL.modelId)).toBe(among);
  });

  it('is refused where it says nothing that can be answered', async () => {
    const { collection, index } = await place(2);
    const tags = new Tags(collection);
    const codeOf = (condition: string, modelId = MODEL.modelId) => {
      try {
        return tags.narrow(undefined, [condition], modelId)?.ids?.length;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(codeOf('gates:open>=0.5')).toBe('tags_missing');
    await tagIndex([sentenceTagger(GATES, textModel()), sentenceTagger(THINGS, textModel())], {
      ...{ collection, reader: index.reader },
    });
    expect(codeOf('gates:open>=0')).toBe(2);
    expect(codeOf('gates:oben>=0')).toBe('label_unknown');
    expect(codeOf('gate:open>=0')).toBe('tags_missing');
    expect(codeOf('things:lamp')).toBe('tag_condition_invalid');
    for (const text of [
      '',
      'gates',
      'gates:',
      ':open',
      'gates:open>0.5',
      'gates:open>=1.1',
      'gates:open>=x',
      'gates:open>=0.5>=0.6',
    ])
      expect(codeOf(text)).toBe('tag_condition_invalid');
    expect(codeOf('gates:open>=0', 'b'.repeat(64))).toBe('tags_stale');
  });
});
