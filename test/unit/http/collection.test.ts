import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  labelSetsAnswerSchema,
  labelsAnswerSchema,
  sampleSchema,
  sharesSchema,
  tagCellsSchema,
  tagPhotosSchema,
  toLabelSchema,
} from '../../../src/api/collection.js';
import { referenceListSchema } from '../../../src/api/references.js';
import { similarAnswerSchema } from '../../../src/api/search.js';
import { httpWorld, problemOf, type TestServer } from '../../support/http-world.js';
import { eventually, idOf } from '../../support/references.js';
import { putFile } from '../../support/temporary-folder.js';

const world = httpWorld();

/** Two of the user's own sets; the model of the tests knows no words, so that what is tagged means nothing. */
function putSets(): void {
  const set = (id: string, kind: string, names: readonly string[], zero_shot: boolean) => ({
    ...{
      format: 'streetdex-label-set',
      version: 1,
      id,
      title: id,
      subject: 'a test',
      kind,
      zero_shot,
      known: 'Nothing.',
    },
    taxonomy: { source: 'Ours', licence: 'None' },
    labels: names.map((name, i) => ({
      ...{ name, meaning: name, sentences: [`A photo of ${name}.`] },
      ...(kind === 'exclusive' && i === 0 ? { cannot_be_seen: true } : {}),
    })),
  });
  const folder = join(world.app.config.data_dir, 'label-sets');
  putFile(folder, 'ground.json', JSON.stringify(set('ground', 'exclusive', ['unseen', 'paved', 'bare'], true)));
  putFile(folder, 'state.json', JSON.stringify(set('state', 'exclusive', ['unseen', 'good', 'bad'], false)));
}

let server: TestServer;

beforeAll(async () => {
  putSets();
  server = await world.serve();
});

const post = (path: string, json: unknown) => server.json(path, json);
const jsonOf = async (path: string) => (await server.get(path)).json();
const setOf = async (name: string) => {
  const { sets, ...rest } = labelSetsAnswerSchema.parse(await jsonOf('/v1/label-sets'));
  return { ...rest, set: sets.find((one) => one.name === name) };
};

async function tagged(name: string): Promise<void> {
  expect((await post('/v1/tags', { set: name })).status).toBe(202);
  let run: Awaited<ReturnType<typeof setOf>>['run'] = null;
  expect(
    await eventually(async () => {
      ({ run } = await setOf(name));
      return run?.ended === true;
    }),
  ).toBe(true);
  expect(run).toMatchObject({ set: name, error: null });
}

describe('label sets and tags', () => {
  it('are listed with what the index knows, and photos are tagged in the background', async () => {
    expect((await setOf('ground')).set).toMatchObject({ own: true, tags: null, labelled: 0, probe: false });
    expect((await setOf('road-surface')).set).toMatchObject({ own: false, kind: 'exclusive' });
    await tagged('ground');
    expect((await setOf('ground')).set?.tags).toMatchObject({
      ...{ made_by: 'sentences', tagged: 6, stale: false, labels: ['unseen', 'paved', 'bare'] },
    });
  });

  it('are refused where sentences tell too little, or there is no such set', async () => {
    expect(await problemOf(await post('/v1/tags', { set: 'state' }))).toMatchObject({ code: 'label_set_needs_labels' });
    expect(await problemOf(await post('/v1/tags', { set: 'grund' }))).toMatchObject({ code: 'label_set_not_found' });
    expect(await problemOf(await post('/v1/tags', {}))).toMatchObject({ code: 'request_invalid' });
    const busy = world.parts();
    busy.collection.tagging.run = { set: 'light', done: 1, total: 2, error: null, ended: false };
    const other = await world.serve({}, { collection: busy.collection });
    expect(await problemOf(await other.json('/v1/tags', { set: 'ground' }))).toMatchObject({ code: 'tagging_running' });
  });

  it('are on the map, each photo in one cell', async () => {
    await tagged('ground');
    const cells = async (label: string, query = '') =>
      tagCellsSchema.parse(await jsonOf(`/v1/tags/ground/cells?label=${label}${query}`));
    const all = await Promise.all(['unseen', 'paved', 'bare'].map((label) => cells(label, '&zoom=3')));
    for (const { features, histogram, share_is } of all) {
      expect(share_is).toBe('likeliest');
      expect(features.reduce((sum, { properties }) => sum + properties.photos, 0)).toBe(6);
      expect(histogram.reduce((a, b) => a + b, 0)).toBe(6);
    }
    // Of each cell the labels' shares add up: one label is the likeliest of each photo.
    for (const { id } of all[0]?.features ?? []) {
      const sum = all.reduce(
        (total, { features }) => total + (features.find((one) => one.id === id)?.properties.share ?? 0),
        0,
      );
      expect(sum).toBeCloseTo(1, 9);
    }
    const near = await cells('paved', '&zoom=3&bbox=10,50,20,56');
    expect(near.features.reduce((sum, { properties }) => sum + properties.photos, 0)).toBe(4);
    expect(await problemOf(await server.get('/v1/tags/ground/cells?label=pavd'))).toMatchObject({
      code: 'label_unknown',
    });
    expect(await problemOf(await server.get('/v1/tags/state/cells?label=good'))).toMatchObject({
      code: 'tags_missing',
    });
  });

  it('give photos in their order, page by page, and filter lists and searches', async () => {
    await tagged('ground');
    const page = async (query: string) =>
      tagPhotosSchema.parse(await jsonOf(`/v1/tags/ground/photos?label=paved${query}`));
    const most = await page('&limit=4');
    const rest = await page(`&limit=4&cursor=${most.cursor}`);
    expect(rest.cursor).toBeNull();
    const all = [...most.photos, ...rest.photos];
    expect(new Set(all.map(({ id }) => id)).size).toBe(6);
    expect(all.map(({ value }) => value)).toEqual(all.map(({ value }) => value).toSorted((a, b) => b - a));
    const doubt = (await page('&order=doubt')).photos.map(({ value }) => Math.abs(value - 0.5));
    expect(doubt).toEqual(doubt.toSorted((a, b) => a - b));
    expect((await page('&bbox=10,50,20,56')).photos.length).toBe(4);
    expect(await problemOf(await server.get('/v1/tags/ground/photos?label=paved&cursor=x'))).toMatchObject({
      code: 'bad_cursor',
    });

    const bound = `ground:paved>=${all[2]?.value}`;
    const listed = referenceListSchema.parse(await jsonOf(`/v1/references?tag=${encodeURIComponent(bound)}`));
    const expected = all.filter(({ value }) => value >= (all[2]?.value ?? 0)).map(({ id }) => id);
    expect(listed.references.map(({ id }) => id).sort()).toEqual(expected.sort());
    const similar = await post('/v1/similar', {
      reference_id: world.photo('sopot').id,
      filter: { tag: bound },
      include_self: true,
    });
    const { results } = similarAnswerSchema.parse(await similar.json());
    expect(results.map(({ id }) => id).sort()).toEqual(expected.sort());
    const located = await post('/v1/locate', {
      reference_id: world.photo('sopot').id,
      filter: { tag: ['state:good'] },
    });
    expect(await problemOf(located)).toMatchObject({ code: 'tags_missing' });
    expect(await problemOf(await server.get('/v1/references?tag=paved'))).toMatchObject({
      code: 'tag_condition_invalid',
    });
  });
});

describe('labels, probes and shares', () => {
  it('are kept by photo, taken back, and drawn at random', async () => {
    const { id, drawn, photos } = sampleSchema.parse(await (await post('/v1/labels/state/samples', { n: 3 })).json());
    expect({ drawn, photos }).toEqual({ drawn: 3, photos: 6 });
    const open = async () => toLabelSchema.parse(await jsonOf(`/v1/labels/state/next?sample=${id}`));
    const [first, second] = (await open()).photos;
    expect((await open()).left).toBe(3);
    const say = (photo: string, labels: readonly string[] | null) =>
      post('/v1/labels/state', { id: photo, labels, chosen: 'random', sample: id });
    expect((await say(first?.id ?? '', ['good'])).status).toBe(204);
    expect((await say(second?.id ?? '', ['bad'])).status).toBe(204);
    expect((await open()).left).toBe(1);
    const labels = async () => labelsAnswerSchema.parse(await jsonOf('/v1/labels/state'));
    expect(await labels()).toEqual({
      ...{ photos: 2, probe: null, samples: [{ id, drawn: 3, labelled: 2, photos: 6 }] },
      counts: [
        { label: 'unseen', photos: 0 },
        { label: 'good', photos: 1 },
        { label: 'bad', photos: 1 },
      ],
    });
    const shares = sharesSchema.parse(await (await post('/v1/shares/state', {})).json());
    expect(shares.groups[0]?.shares.map(({ label, share }) => [label, share])).toEqual([
      ['unseen', 0],
      ['good', 0.5],
      ['bad', 0.5],
    ]);
    expect((await say(second?.id ?? '', null)).status).toBe(204);
    expect((await labels()).photos).toBe(1);

    expect(await problemOf(await say(first?.id ?? '', ['gut']))).toMatchObject({ code: 'label_unknown' });
    expect(await problemOf(await say(first?.id ?? '', ['good', 'bad']))).toMatchObject({ code: 'labels_differ' });
    expect(await problemOf(await say(idOf(1), ['good']))).toMatchObject({ code: 'reference_not_found' });
    expect(await problemOf(await post('/v1/labels/state/samples', { n: 7 }))).toMatchObject({
      code: 'limit_out_of_range',
    });
    expect(await problemOf(await post('/v1/probes/state', {}))).toMatchObject({ code: 'labels_too_few' });
    const nobody = { id: world.photo('berlin').id, labels: ['good'], chosen: 'random', sample: 99 };
    await post('/v1/labels/state', { ...nobody, labels: null });
    expect(await problemOf(await post('/v1/labels/state', nobody))).toMatchObject({
      ...{ status: 404, code: 'sample_not_found' },
    });
    // A sample of another set is none of this one.
    expect(await problemOf(await post('/v1/labels/ground', { ...nobody, labels: ['bare'], sample: id }))).toMatchObject(
      {
        code: 'sample_not_found',
      },
    );
    expect(await problemOf(await server.get('/v1/labels/state/next?sample=99'))).toMatchObject({
      code: 'sample_not_found',
    });
    const unset = await problemOf(await server.get('/v1/labels/stat/next'));
    expect(unset).toMatchObject({ status: 404, code: 'label_set_not_found' });
    // Where the operator keeps them is nothing to callers.
    expect(unset.detail).not.toContain(world.app.config.data_dir);
    const none = await post('/v1/labels/state/samples', { n: 1, filter: { captured_after: '2050-01-01' } });
    expect((await problemOf(none)).detail).toContain('no photo');
    expect(await problemOf(await server.get('/v1/labels/state/next?like=good'))).toMatchObject({
      code: 'tags_missing',
    });
    expect(await problemOf(await post('/v1/shares/ground', {}))).toMatchObject({ code: 'shares_need_labels' });
    const byStreet = await problemOf(await post('/v1/shares/state', { by: 'street' }));
    expect(byStreet.code).toBe('request_invalid');
    expect(byStreet.detail).toContain('country, region, year or cell:0 to cell:9');
  });

  it('of six photos teach little, which the probe says', async () => {
    for (const [i, { id }] of world.photos.entries()) {
      const labels = [i % 2 === 0 ? 'paved' : 'bare'];
      expect((await post('/v1/labels/ground', { id, labels, chosen: 'given' })).status).toBe(204);
    }
    expect(await problemOf(await post('/v1/probes/ground', {}))).toMatchObject({ code: 'labels_too_few' });
  });
});
