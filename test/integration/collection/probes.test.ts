import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { LabelSet } from '../../../src/collection/label-set.js';
import { LabelStore, type PhotoLabels } from '../../../src/collection/labels/label-store.js';
import { readLabelTable } from '../../../src/collection/labels/read-label-table.js';
import { drawSample } from '../../../src/collection/labels/samples.js';
import { Collection } from '../../../src/collection/open-collection.js';
import { population } from '../../../src/collection/population.js';
import { chooseNext } from '../../../src/collection/probes/choose-next.js';
import {
  heldOutOf,
  keepHeldOut,
  keepProbe,
  modelsOf,
  probeFile,
  probeStamp,
  readProbe,
} from '../../../src/collection/probes/probe.js';
import { probeTagger } from '../../../src/collection/probes/probe-tagger.js';
import { trainProbe } from '../../../src/collection/probes/train-probe.js';
import { sharesOfSet } from '../../../src/collection/shares/shares-of-set.js';
import { tagIndex } from '../../../src/collection/tags/tag-index.js';
import { TagTable } from '../../../src/collection/tags/tag-table.js';
import { Tags } from '../../../src/collection/tags/tags.js';
import { present } from '../../../src/domain/present.js';
import { seededRandom } from '../../../src/domain/seeded-random.js';
import { toUnitVector, type UnitVector } from '../../../src/domain/unit-vector.js';
import { openStore } from '../../../src/references/open-store.js';
import type { Change } from '../../../src/references/writer.js';
import { labelSetOf } from '../../support/label-sets.js';
import { idOf, MODEL, referenceOf, sourceOf, vectorOf } from '../../support/references.js';

const CLASSES = ['grass', 'sett', 'tarmac'] as const;
const ROAD = labelSetOf('road', 'exclusive', { unseen: ['u'], grass: ['g'], sett: ['s'], tarmac: ['t'] }, false);
const THINGS = labelSetOf('things', 'independent', { bench: ['b'], lamp: ['l'] }, false);

/** The class of photo i. */
const classOf = (i: number) => CLASSES[i % 3] as (typeof CLASSES)[number];

/** Photos of a class lie around a direction of its own, as far apart as `noise` says. */
function classed(i: number, noise: number): UnitVector {
  const centre = vectorOf(50_000 + (i % 3));
  const own = vectorOf(i);
  return toUnitVector(Array.from(centre, (value, d) => value + noise * present(own[d])));
}

async function place(count: number, noise = 1.2) {
  const folder = mkdtempSync(join(tmpdir(), 'streetdex-probes-'));
  const store = openStore(folder);
  const changes = Array.from({ length: count }, (_, i): Change => {
    const reference = referenceOf(i, { sequence: `walk ${Math.floor(i / 6)}`, iso2: i % 2 === 0 ? 'FR' : 'PL' });
    const embedded = { reference, vector: classed(i, noise) };
    return {
      kind: 'photo',
      id: reference.id,
      facts: reference,
      iso2: reference.iso2,
      source: sourceOf(i),
      gone: [],
      embedded,
    };
  });
  await store.write(MODEL, (writer) => writer.apply(changes));
  const index = await store.open({ lazy: true });
  const gazetteer = () => Promise.reject(new Error('nobody asked for regions'));
  return { folder, index, collection: new Collection(folder), reader: index.reader, gazetteer };
}

const given = (i: number, labels: readonly string[]): PhotoLabels => ({
  id: idOf(i),
  labels,
  chosen: 'given',
  sample: null,
});
const labelled = (count: number) => Array.from({ length: count }, (_, i) => given(i, [classOf(i)]));

async function tagBy(
  set: LabelSet,
  labels: readonly PhotoLabels[],
  { collection, reader }: Awaited<ReturnType<typeof place>>,
) {
  const { probe, heldOut } = await trainProbe(set, labels, reader, { sentences: null });
  keepProbe(collection, probe);
  keepHeldOut(collection, probe, heldOut);
  await tagIndex([probeTagger(probe)], { collection, reader });
  return { probe, heldOut };
}

describe('a probe', () => {
  it('knows classes that vectors tell apart, and says how well from photos that it had not seen', async () => {
    const { reader } = await place(240);
    const { probe, heldOut } = await trainProbe(ROAD, labelled(120), reader, { sentences: null });
    const [task] = probe.tasks;
    expect(task).toMatchObject({ labels: [...CLASSES], photos: [40, 40, 40], chance: 1 / 3, zero_shot: null });
    expect(task?.balanced_accuracy.low).toBeGreaterThan(0.7);
    expect(probe).toMatchObject({ better: true, forced: false, left_out: ['unseen'] });
    const right = Array.from({ length: 120 }, (_, i) => {
      const own = heldOut.get(idOf(i)) ?? [];
      expect(own.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
      return own.indexOf(Math.max(...own)) === i % 3 ? 1 : 0;
    });
    const shareRight = right.reduce<number>((a, b) => a + b, 0) / 120;
    expect(Math.abs(shareRight - (task?.balanced_accuracy.value ?? 0))).toBeLessThan(1e-9);
  });

  it('of labels that have nothing to do with the photos says that it is no better than chance', async () => {
    const { reader } = await place(240);
    const random = seededRandom(77);
    const noise = Array.from({ length: 120 }, (_, i) => given(i, [CLASSES[Math.floor(3 * random())] as string]));
    const { probe } = await trainProbe(ROAD, noise, reader, { sentences: null });
    expect(probe.better).toBe(false);
    expect((await trainProbe(ROAD, noise, reader, { sentences: null, force: true })).probe.forced).toBe(true);
  });

  it('is drawn to sentences that know better than chance, where labels are few', async () => {
    const { reader } = await place(240, 2.5);
    const few = labelled(240).filter((_, i) => i < 18);
    const vectors = [vectorOf(1), ...[0, 1, 2].map((k) => vectorOf(50_000 + k))];
    const sentences = { vectors, logitScale: 20 };
    const accuracyOf = async (asked: typeof sentences | null) => {
      const { probe } = await trainProbe(ROAD, few, reader, { sentences: asked });
      const { probabilities } = await ownScores(probe, reader);
      const rest = Array.from({ length: 222 }, (_, i) => i + 18);
      return rest.filter((i) => likeliest(probabilities(i)) === i % 3).length / rest.length;
    };
    expect(await accuracyOf(sentences)).toBeGreaterThan((await accuracyOf(null)) + 0.05);
  });

  it('of an independent set asks for each label whether it holds', async () => {
    const at = await place(240);
    const labels = Array.from({ length: 120 }, (_, i) =>
      given(i, [...(i % 3 === 0 ? ['bench'] : []), ...(i % 3 === 1 ? ['lamp'] : [])]),
    );
    const { probe } = await tagBy(THINGS, labels, at);
    expect(probe.tasks.map((task) => [task.labels, task.photos])).toEqual([
      [['bench'], [80, 40]],
      [['lamp'], [80, 40]],
    ]);
    const table = TagTable.read(at.collection, 'things', MODEL.modelId);
    const right = Array.from({ length: 120 }, (_, i) => i + 120).filter((i) => {
      const where = present(table.places.of(idOf(i)));
      return table.value(0, where) > 0.5 === (i % 3 === 0) && table.value(1, where) > 0.5 === (i % 3 === 1);
    });
    expect(right.length).toBeGreaterThan(100);
  });

  it('tags photos with the mean of what its folds give', async () => {
    const at = await place(90);
    const { probe } = await tagBy(ROAD, labelled(60), at);
    const table = TagTable.read(at.collection, 'road', MODEL.modelId);
    expect(table.state).toMatchObject({ madeBy: 'probe', labels: [...CLASSES] });
    const { probabilities } = await ownScores(probe, at.reader);
    for (let i = 0; i < 90; i++) {
      probabilities(i).forEach((p, k) => {
        expect(Math.abs(table.value(k, present(table.places.of(idOf(i)))) - p)).toBeLessThan(0.0126);
      });
    }
  });

  it('is a file that tells when it was altered, is of another model, or newer', async () => {
    const { collection, reader } = await place(60);
    const { probe } = await trainProbe(ROAD, labelled(60), reader, { sentences: null });
    expect(readProbe(collection, 'road', MODEL.modelId)).toBeNull();
    keepProbe(collection, probe);
    expect(readProbe(collection, 'road', MODEL.modelId)).toEqual(probe);
    const file = probeFile(collection, 'road');
    const text = readFileSync(file, 'utf8');
    const codeOf = (changed: string, modelId = MODEL.modelId) => {
      writeFileSync(file, changed);
      try {
        readProbe(collection, 'road', modelId);
        return null;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(codeOf(text)).toBeNull();
    expect(codeOf(text.replace('"better":true', '"better":false'))).toBe('probe_invalid');
    expect(codeOf(text.slice(0, 100))).toBe('probe_invalid');
    expect(codeOf(text.replace('"tasks"', '"tusks"'))).toBe('probe_invalid');
    expect(codeOf(text.replace('"version":1', '"version":2'))).toBe('format_newer');
    expect(codeOf(text, 'b'.repeat(64))).toBe('probe_model_mismatch');
  });

  it('is refused where labels are too few, of one kind, or of one walk', async () => {
    const { reader } = await place(60);
    const codeOf = (labels: readonly PhotoLabels[]) =>
      trainProbe(ROAD, labels, reader, { sentences: null }).then(
        () => null,
        (error: { code: string }) => error.code,
      );
    expect(await codeOf([])).toBe('labels_too_few');
    expect(await codeOf(labelled(9))).toBe('labels_too_few');
    expect(await codeOf(Array.from({ length: 30 }, (_, i) => given(i, ['grass'])))).toBe('labels_too_few');
    expect(await codeOf(Array.from({ length: 20 }, (_, i) => given(1000 + i, [classOf(i)])))).toBe('labels_too_few');
    const oneWalk = await place(6);
    await expect(
      trainProbe(
        labelSetOf('two', 'exclusive', { unseen: ['u'], grass: ['g'], sett: ['s'] }, false),
        Array.from({ length: 6 }, (_, i) => given(i, ['grass'])),
        oneWalk.reader,
        { sentences: null },
      ),
    ).rejects.toMatchObject({ code: 'labels_too_few' });
  });
});

/** What the probe gives photos, worked out from its file in the plainest way. */
async function ownScores(
  probe: Awaited<ReturnType<typeof trainProbe>>['probe'],
  reader: Awaited<ReturnType<typeof place>>['reader'],
) {
  const task = present(probe.tasks[0]);
  const models = modelsOf(task, MODEL.dimension);
  const vectors = await reader.vectors(Array.from({ length: 240 }, (_, i) => idOf(i)));
  const probabilities = (i: number) => {
    const vector = present(vectors.get(idOf(i)));
    const sums = new Array<number>(task.labels.length).fill(0);
    for (const [fold, { weights, biases }] of models.entries()) {
      const powers = [...biases].map((bias, k) =>
        Math.exp(
          (bias + vector.reduce((sum, value, d) => sum + value * present(weights[k * MODEL.dimension + d]), 0)) /
            task.temperature,
        ),
      );
      const whole = powers.reduce((a, b) => a + b, 0);
      for (const [k, power] of powers.entries())
        sums[k] = present(sums[k]) + (present(task.shares[fold]) * power) / whole;
    }
    return sums;
  };
  return { probabilities };
}

const likeliest = (values: readonly number[]) => values.indexOf(Math.max(...values));

describe('photos to label next', () => {
  it('are those that tags are least sure of, or that have most of a label; none that is labelled', async () => {
    const at = await place(240, 2);
    const labels = labelled(60);
    await tagBy(ROAD, labels, at);
    const table = TagTable.read(at.collection, 'road', MODEL.modelId);
    const photos = await population(at.reader);
    const known = new Set(labels.map(({ id }) => id));
    const unsure = await chooseNext(table, photos, known, at.reader, { n: 12, seed: 5 });
    expect(new Set(unsure.map(({ id }) => id)).size).toBe(12);
    expect(unsure.some(({ id }) => known.has(id))).toBe(false);
    const lead = (id: string) => {
      const where = present(table.places.of(id));
      const [first = 0, second = 0] = [0, 1, 2].map((k) => table.value(k, where)).sort((a, b) => b - a);
      return first - second;
    };
    const mean = (ids: readonly string[]) => ids.reduce((sum, id) => sum + lead(id), 0) / ids.length;
    expect(mean(unsure.map(({ id }) => id))).toBeLessThan(mean(photos.map(({ id }) => id)) / 2);
    const like = await chooseNext(table, photos, known, at.reader, { n: 12, like: 'sett', seed: 5 });
    expect(
      like.filter(({ id }) => classOf(Array.from({ length: 240 }, (_, i) => idOf(i)).indexOf(id)) === 'sett').length,
    ).toBeGreaterThan(9);
    const any = await chooseNext(null, photos, known, at.reader, { n: 200, seed: 5 });
    expect(any.length).toBeGreaterThan(100);
    expect(any.some(({ id }) => known.has(id))).toBe(false);
  });
});

describe('a table of labels', () => {
  const tableOf = async (text: string, set = ROAD) => {
    const { folder, reader } = await place(12);
    const file = join(folder, 'labels.csv');
    writeFileSync(file, text);
    return readLabelTable(file, set, reader);
  };
  const codeOf = (text: string, set = ROAD) =>
    tableOf(text, set).then(
      () => null,
      (error: { code: string }) => error.code,
    );

  it('names photos by id or by path, and says how they were drawn', async () => {
    expect(await tableOf(`id,label\n${idOf(1)},sett\n${idOf(2)},\n${idOf(99)},grass\n`)).toEqual({
      labelled: [given(1, ['sett'])],
      empty: 1,
      unknown: [idOf(99)],
    });
    expect(await tableOf('\uFEFFfile,label,sample\n3.jpg,sett,7\n11.jpg,"grass",7\n1.jp,sett,\n')).toEqual({
      labelled: [
        { id: idOf(3), labels: ['sett'], chosen: 'random', sample: 7 },
        { id: idOf(11), labels: ['grass'], chosen: 'random', sample: 7 },
      ],
      empty: 0,
      unknown: ['1.jp'],
    });
    expect((await tableOf(`id,label\n${idOf(1)},lamp;bench\n${idOf(2)},none\n`, THINGS)).labelled).toEqual([
      given(1, ['bench', 'lamp']),
      given(2, []),
    ]);
  });

  it('is refused where it can not be what was meant', async () => {
    expect(await codeOf(`id,label\n${idOf(1)},set\n`)).toBe('label_unknown');
    expect(await codeOf(`id,label\n${idOf(1)},sett\n${idOf(1)},grass\n`)).toBe('labels_differ');
    expect(await codeOf(`id,label\n${idOf(1)},sett\n${idOf(1)},sett\n`)).toBeNull();
    expect(await codeOf('id,what\na,b\n')).toBe('label_table_invalid');
    expect(await codeOf('')).toBe('label_table_invalid');
    expect(await codeOf('id,label,sample\na,sett,x\n')).toBe('label_table_invalid');
    expect(await codeOf('id,label\n"a,sett\n')).toBe('label_table_invalid');
    const { reader } = await place(3);
    await expect(readLabelTable('/nowhere/labels.csv', ROAD, reader)).rejects.toMatchObject({ code: 'unreadable' });
  });
});

describe('shares', () => {
  it('come from labels of photos drawn at random, and are about the photos in question', async () => {
    const at = await place(600);
    await tagBy(ROAD, labelled(60), at);
    const tags = new Tags(at.collection);
    const store = new LabelStore(at.collection);
    store.put('road', labelled(60));
    const asked = { set: ROAD, filter: undefined, by: null };
    const parts = { ...at, tags };
    const numbers = new Map(Array.from({ length: 600 }, (_, i) => [idOf(i), i]));
    const photos = await population(at.reader);
    const sample = drawSample(at.collection, 'road', { photos, filter: undefined, n: 90, seed: 3 });
    expect(new Set(sample.ids).size).toBe(90);
    const random = (id: string) => ({
      ...given(present(numbers.get(id)), [classOf(present(numbers.get(id)))]),
      chosen: 'random' as const,
      sample: sample.id,
    });
    store.put('road', sample.ids.map(random));
    const { method, groups } = await sharesOfSet(asked, parts);
    expect(method).toBe('sample');
    expect(groups[0]).toMatchObject({ group: 'all', photos: 600, labelled: 90 });
    const named = new Map(groups[0]?.shares.map((share) => [share.label, share]));
    for (const name of CLASSES) {
      const { share, low, high, lambda } = present(named.get(name));
      // Nine of ten intervals hold the truth, and hardly any is twice as far from it.
      expect(Math.abs((share as number) - 1 / 3)).toBeLessThan((high as number) - (low as number));
      // The probe knows the classes: its word counts, and narrows what 90 labels alone would leave open (0.08).
      expect(lambda as number).toBeGreaterThan(0.5);
      expect((high as number) - (low as number)).toBeLessThan(0.12);
    }
    expect(named.get('unseen')).toMatchObject({ share: 0, low: 0, interval: 'wilson' });
    const byCountry = await sharesOfSet({ ...asked, by: 'country' }, parts);
    expect(byCountry.groups.map(({ group, photos: own }) => [group, own])).toEqual([
      ['FR', 300],
      ['PL', 300],
    ]);
    expect(byCountry.groups.reduce((sum, group) => sum + group.labelled, 0)).toBe(90);
    const inFrance = await sharesOfSet({ ...asked, filter: { country: ['FR'] } }, parts);
    expect(inFrance.groups[0]).toMatchObject({ photos: 300, labelled: byCountry.groups[0]?.labelled });
  });

  it('do not take labels for random that were not, nor such as came out of turn', async () => {
    const at = await place(300);
    const parts = { ...at, tags: new Tags(at.collection) };
    const store = new LabelStore(at.collection);
    store.put('road', labelled(60));
    const asked = { set: ROAD, filter: undefined, by: null };
    await expect(sharesOfSet(asked, parts)).rejects.toMatchObject({ code: 'shares_need_labels' });
    const photos = await population(at.reader);
    const open = photos.filter(({ id }) => !labelled(60).some((one) => one.id === id));
    const sample = drawSample(at.collection, 'road', { photos: open, filter: undefined, n: 40, seed: 4 });
    const put = (ids: readonly string[]) =>
      store.put(
        'road',
        ids.map((id) => ({ id, labels: ['sett'], chosen: 'random' as const, sample: sample.id })),
      );
    put(sample.ids.slice(0, 10));
    put(sample.ids.slice(15, 20));
    const { groups, notices } = await sharesOfSet(asked, parts);
    expect(groups[0]?.labelled).toBe(10);
    expect(notices.some((notice) => notice.startsWith('5 labels of sample 1 are not used'))).toBe(true);
  });

  it('go on past a drawn photo that is gone from the index since', async () => {
    const at = await place(60);
    const parts = { ...at, tags: new Tags(at.collection) };
    const photos = await population(at.reader);
    const sample = drawSample(at.collection, 'road', { photos, filter: undefined, n: 20, seed: 6 });
    const labelled = sample.ids.filter((_, i) => i !== 5);
    new LabelStore(at.collection).put(
      'road',
      labelled.map((id) => ({ id, labels: ['sett'], chosen: 'random' as const, sample: sample.id })),
    );
    const asked = { set: ROAD, filter: undefined, by: null };
    expect((await sharesOfSet(asked, parts)).groups[0]?.labelled).toBe(5);
    await openStore(at.folder).maintenance.remove([present(sample.ids[5])]);
    const { groups } = await sharesOfSet(asked, parts);
    expect(groups[0]).toMatchObject({ photos: 59, labelled: 19 });
  });

  it('without random labels come from a probe, with what that assumes', async () => {
    const at = await place(300);
    const labels = labelled(90);
    new LabelStore(at.collection).put('road', labels);
    const { probe } = await tagBy(ROAD, labels, at);
    expect(heldOutOf(at.collection, 'road', probeStamp(probe)).size).toBe(90);
    const asked = { set: ROAD, filter: undefined, by: null };
    const { method, groups, notices } = await sharesOfSet(asked, { ...at, tags: new Tags(at.collection) });
    expect(method).toBe('shifted');
    expect(notices[0]).toMatch(/assumes/);
    for (const { label, share, low, high } of groups[0]?.shares ?? []) {
      expect(CLASSES).toContain(label);
      expect(Math.abs((share as number) - 1 / 3)).toBeLessThan(0.1);
      expect((low as number) < (share as number) && (share as number) < (high as number)).toBe(true);
    }
  });

  it('can not be asked of more photos than there are', async () => {
    const at = await place(5);
    const photos = await population(at.reader);
    for (const n of [0, 6, 1.5])
      expect(() => drawSample(at.collection, 'road', { photos, filter: undefined, n })).toThrow(
        expect.objectContaining({ code: 'limit_out_of_range' }),
      );
  });
});
