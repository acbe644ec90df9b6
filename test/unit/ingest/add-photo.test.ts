import { expect, it } from '@jest/globals';
import { NO_FACTS } from '../../../src/images/known-facts.js';
import { addPhoto } from '../../../src/ingest/add-photo.js';
import { makePhoto } from '../../support/make-photo.js';
import { MemoryStore } from '../../support/memory-store.js';
import { PixelModel } from '../../support/pixel-model.js';

it('the metadata of an uploaded photo is read by a thread that decodes, not by the one that answers', async () => {
  const model = new PixelModel();
  const { id, name, dimension } = model.info;
  const store = new MemoryStore({ modelId: id, modelName: name, dimension });
  model.photoFacts = async () => ({ facts: { ...NO_FACTS, point: { lat: 1, lon: 2 } }, notes: [] });
  const bare = await makePhoto(7);
  const parts = {
    model,
    countryAt: () => null,
    withWriter: <T>(work: (writer: MemoryStore) => Promise<T>) => work(store),
  };
  expect(await addPhoto(bare, {}, parts)).toMatchObject({ outcome: 'added' });
  expect([...store.tables.references.values()].map(({ reference }) => reference.point)).toEqual([{ lat: 1, lon: 2 }]);
});
