import type { ReferenceReader } from '../../references/reader.js';
import type { LabelSet } from '../label-set.js';
import type { Collection } from '../open-collection.js';
import { LabelStore } from './label-store.js';
import { labelledPrefix, samplesOf } from './samples.js';

/** What people said of photos with a set. */
export interface LabelsOfSet {
  /** Number of labelled photos. */
  readonly photos: number;
  readonly counts: { readonly label: string; readonly photos: number }[];
  readonly samples: {
    readonly id: number;
    readonly drawn: number;
    /** In the order drawn, without a gap. */
    readonly labelled: number;
    /** Number of photos that it was drawn from. */
    readonly photos: number;
  }[];
}

export async function labelsOfSet(
  set: LabelSet,
  collection: Collection,
  reader: Pick<ReferenceReader, 'getMany'>,
): Promise<LabelsOfSet> {
  const labelled = new LabelStore(collection).of(set.id);
  const known = new Set(labelled.map(({ id }) => id));
  return {
    photos: labelled.length,
    counts: set.labels.map(({ name }) => ({
      label: name,
      photos: labelled.filter(({ labels }) => labels.includes(name)).length,
    })),
    samples: (await samplesOf(collection, set.id, reader)).map((sample) => ({
      ...{ id: sample.id, drawn: sample.ids.length, photos: sample.photos },
      labelled: labelledPrefix(sample, known).prefix.length,
    })),
  };
}
