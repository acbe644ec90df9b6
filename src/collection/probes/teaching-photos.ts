import { fault } from '../../domain/errors.js';
import type { Reference } from '../../domain/reference.js';
import type { ReferenceReader } from '../../references/reader.js';
import { LabelStore } from '../labels/label-store.js';
import type { Collection } from '../open-collection.js';
import type { Tags } from '../tags/tags.js';
import { chooseNext, type NextQuery } from './choose-next.js';

/**
 * Ids of photos whose label would teach a set most, or with `like` of those that have most of that label.
 * @param photos the photos to choose from
 * @throws `tags_missing` for `like` without tags, `tags_stale`, `label_unknown`
 */
export async function teachingPhotos(
  set: string,
  photos: readonly Reference[],
  query: NextQuery,
  {
    collection,
    reader,
    tags,
  }: { readonly collection: Collection; readonly reader: ReferenceReader; readonly tags: Tags },
): Promise<readonly string[]> {
  const table = tags.tableIfAny(set, reader.modelId);
  if (query.like !== undefined && table === null) {
    throw fault(
      'tags_missing',
      `Expected tags of ${set}, to find what is most like ${query.like}. Tag it: streetdex tag --set ${set}.`,
    );
  }
  const labelled = new Set(new LabelStore(collection).of(set).map(({ id }) => id));
  return (await chooseNext(table, photos, labelled, reader, query)).map(({ id }) => id);
}
