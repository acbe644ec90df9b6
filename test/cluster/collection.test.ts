import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LabelStore } from '../../src/collection/labels/label-store.js';
import { drawSample } from '../../src/collection/labels/samples.js';
import { Collection } from '../../src/collection/open-collection.js';
import { population } from '../../src/collection/population.js';
import { sharesOfSet } from '../../src/collection/shares/shares-of-set.js';
import { sentenceTagger } from '../../src/collection/tags/scorer.js';
import { tagIndex } from '../../src/collection/tags/tag-index.js';
import { Tags } from '../../src/collection/tags/tags.js';
import { cosine } from '../../src/domain/unit-vector.js';
import { labelSetOf } from '../support/label-sets.js';
import { idOf, MODEL, vectorOf } from '../support/references.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { emptyPlace, type Place } from './support/clusters.js';
import { photos } from './support/photos.js';

let place: Place;

beforeEach(() => {
  place = emptyPlace();
});

afterEach(() => place.dispose());

describe('a collection in a cluster', () => {
  it('is tagged, narrowed by its tags, and has shares', async () => {
    await place.store.write(MODEL, (writer) => writer.apply(photos(0, 60)));
    const { reader } = await place.store.open();
    const collection = new Collection(temporaryFolder());
    const set = labelSetOf('gates', 'independent', { open: ['9001'], shut: ['9002'] });
    const model = {
      info: { id: MODEL.modelId, logitScale: 20 } as never,
      embedTexts: async (texts: readonly string[]) => texts.map((text) => vectorOf(Number(text))),
    };
    expect(await tagIndex([sentenceTagger(set, model)], { collection, reader })).toMatchObject({ tagged: 60 });
    const tags = new Tags(collection);
    const filter = tags.narrow(undefined, ['gates:open>=0.8'], MODEL.modelId);
    const ids = Array.from({ length: 60 }, (_, i) => idOf(i));
    const open = (id: string) => cosine(vectorOf(ids.indexOf(id)), vectorOf(9001));
    const listed = (await reader.list({ limit: 100, ...(filter === undefined ? {} : { filter }) })).references;
    expect(listed.length).toBeGreaterThan(8);
    expect(listed.length).toBeLessThan(16);
    const rest = ids.filter((id) => !listed.some((one) => one.id === id));
    expect(Math.min(...listed.map(({ id }) => open(id)))).toBeGreaterThan(Math.max(...rest.map(open)) - 0.02);

    const sample = drawSample(collection, 'gates', {
      photos: await population(reader),
      filter: undefined,
      n: 20,
      seed: 9,
    });
    const said = sample.ids.map((id, i) => ({
      id,
      labels: i < 8 ? ['open'] : [],
      chosen: 'random' as const,
      sample: sample.id,
    }));
    new LabelStore(collection).put('gates', said);
    const { groups } = await sharesOfSet(
      { set, filter: undefined, by: null },
      { collection, reader, tags, gazetteer: () => Promise.reject(new Error('nobody asked for regions')) },
    );
    expect(groups[0]).toMatchObject({ photos: 60, labelled: 20 });
    expect(groups[0]?.shares[0]).toMatchObject({ label: 'open', share: 0.4 });
  });
});
