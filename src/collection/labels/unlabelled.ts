import type { ReferenceReader } from '../../references/reader.js';
import type { Collection } from '../open-collection.js';
import { LabelStore } from './label-store.js';
import { sampleNotFound, samplesOf } from './samples.js';

/** Ids of a sample's photos that have no label yet, in the order drawn. @throws `sample_not_found` */
export async function unlabelledOf(
  collection: Collection,
  set: string,
  sample: number,
  reader: Pick<ReferenceReader, 'getMany'>,
): Promise<readonly string[]> {
  const known = new Set(new LabelStore(collection).of(set).map(({ id }) => id));
  const drawn = (await samplesOf(collection, set, reader)).find(({ id }) => id === sample);
  if (drawn === undefined) throw sampleNotFound(set, sample);
  return drawn.ids.filter((id) => !known.has(id));
}
